import { monotonicUs, wallClockUs } from './clock.ts';
import type { CameraRun } from './camera-run.ts';
import { createPace } from './pace.ts';
import { SourceFailure } from './failures.ts';
import type { DecodedFrame, StreamInfo, VideoReader } from './port.ts';
import { openVideo } from './port.ts';
import type { RunStart } from './run-writer.ts';
import { aimedFps, createRunWriter } from './run-writer.ts';
import { nextPosition } from './source-clock.ts';
import type { SourcePosition } from './types.ts';

/** A file that does not say its rate is taken to have this one, for frames without timestamps. */
const frameRateAssumed = 25;

/** The saved place was not found by its timestamp: the file is read from its start and counted. */
class PlaceLost extends Error {}

/** Frames after the saved place, in order. */
async function* framesAfter(reader: VideoReader, place: SourcePosition): AsyncGenerator<DecodedFrame> {
  const byTimestamp = place.framesRead > 0 && place.exact && place.ptsUs !== null;
  if (byTimestamp && !(await reader.seek(place.ptsUs as number))) throw new PlaceLost();
  let toSkip = byTimestamp ? Infinity : place.framesRead;
  for await (const batch of reader.batches()) {
    for (const frame of batch) {
      if (toSkip === 0) {
        yield frame;
        continue;
      }
      toSkip--;
      if (byTimestamp) {
        if (frame.ptsUs === null || frame.ptsUs > (place.ptsUs as number)) throw new PlaceLost();
        if (frame.ptsUs === place.ptsUs) toSkip = 0;
      }
      frame.free();
    }
  }
}

/** Plays the file once, to its end. Returns the capture time at which it ended. */
const playOnce = async (camera: CameraRun, reader: VideoReader, run: RunStart): Promise<number> => {
  const { request, status, maker } = camera;
  const { info } = reader;
  const writer = createRunWriter(request, run, camera.send);
  const of = {
    sourceWidth: info.width,
    sourceHeight: info.height,
    fps: aimedFps(request.document.fps, info.fps),
  };
  const frameDurationUs = Math.round(1e6 / (info.fps || frameRateAssumed));
  const pace = createPace(request.document.source.realtime);
  const { anchorUs } = run.timeline;
  let position = run.position;
  if (position.framesRead === 0) writer.announce();
  for await (const frame of framesAfter(reader, run.position)) {
    const startedUs = monotonicUs();
    status.received();
    position = nextPosition(position, frame.ptsUs, frameDurationUs);
    if (!reader.exact) position = { ...position, exact: false };
    if (writer.timeline.wants(position.offsetUs)) {
      const capturedAtUs = anchorUs + position.offsetUs;
      writer.ticks(capturedAtUs);
      const picture = maker.make(frame);
      const latencyMs = (monotonicUs() - startedUs) / 1000;
      await pace(capturedAtUs);
      await camera.room();
      if (picture) {
        camera.send(writer.frame(writer.timeline.stamp(capturedAtUs), picture, of, position));
        status.sent(latencyMs);
      } else status.dropped('notEncoded');
      if (info.durationUs > 0) status.position(position.offsetUs / info.durationUs);
    }
    frame.free();
  }
  const endUs = anchorUs + (position.framesRead > 0 ? position.offsetUs + frameDurationUs : 0);
  writer.ended(endUs, 'endOfFile', position);
  status.position(1);
  status.state('ended', whatIsMissing(reader.info, position));
  return endUs;
};

/** Empty when the file was read as far as its header promises; headers are off by a frame or two. */
const whatIsMissing = (
  { frames, durationUs, fps }: StreamInfo,
  { framesRead, offsetUs }: SourcePosition,
): string => {
  if (framesRead === 0) return 'not a single frame could be decoded: the file is damaged';
  const cutOff = 'the file is cut off or damaged';
  if (frames - framesRead > Math.max(3, frames / 100))
    return `${cutOff}: ${framesRead} of ${frames} frames could be read`;
  const missingUs = durationUs - offsetUs - 1e6 / (fps || frameRateAssumed);
  return frames === 0 && missingUs > Math.max(500_000, durationUs / 100)
    ? `${cutOff}: ${(offsetUs / 1e6).toFixed(1)} s of ${(durationUs / 1e6).toFixed(1)} s could be read`
    : '';
};

/** A video file: one run from its start, or from a checkpoint, to its end; again and again when looped. */
export const playFile = async (camera: CameraRun): Promise<void> => {
  const { request, status } = camera;
  const { source } = request.document;
  let next: RunStart | undefined = camera.firstRun(wallClockUs);
  if (!next) {
    status.position(1);
    status.state('ended');
  }
  while (next) {
    const run: RunStart = next;
    const reader = await openVideo(source.url, {}, { threads: request.threads, otherwise: 'notVideo' });
    status.run(run.runId, run.runEpoch);
    status.stream(reader.info.codec, reader.info.width, reader.info.height);
    status.state('online');
    try {
      const endUs = await playOnce(camera, reader, run);
      if (source.loop && endUs === run.timeline.anchorUs) throw new SourceFailure('notVideo');
      // The host keeps one run at a time: were the next announced now, what comes back of this one would be nobody's,
      // its places would stay taken, and a crash would lose its tail.
      if (source.loop) await camera.drained();
      next = source.loop ? camera.runAfter(run, endUs) : undefined;
    } catch (error) {
      if (!(error instanceof PlaceLost)) throw error;
      next = { ...run, position: { ...run.position, exact: false } };
    } finally {
      await reader.close();
    }
  }
};
