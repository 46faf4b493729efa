import { backOffMs } from './back-off.ts';
import type { CameraRun } from './camera-run.ts';
import { freshRun } from './camera-run.ts';
import { monotonicUs, wallClockUs } from './clock.ts';
import { SourceFailure, withoutCredentials } from './failures.ts';
import { createLiveClock } from './live-clock.ts';
import type { LiveOutbox } from './live-outbox.ts';
import { createLiveOutbox } from './live-outbox.ts';
import type { DecodedFrame, VideoReader } from './port.ts';
import { openVideo } from './port.ts';
import type { PlayRequest } from './protocol.ts';
import type { RunPicture, RunWriter } from './run-writer.ts';
import { aimedFps, createRunWriter } from './run-writer.ts';
import { startPosition } from './source-clock.ts';

/** A camera that is back must be seen within seconds; wrong passwords tried too often lock accounts. */
const retryMsMax = { default: 3_000, authFailed: 30_000 } as const;
/** A tick waits this long for a frame captured before it. */
const tickGraceUs = 500_000;
const watchEveryMs = 200;

/** URL with credentials, for FFmpeg only. */
const authorised = ({ document, credentials }: PlayRequest): string => {
  if (!credentials) return document.source.url;
  const colon = credentials.indexOf(':');
  const [user, password] =
    colon < 0 ? [credentials, ''] : [credentials.slice(0, colon), credentials.slice(colon + 1)];
  return withoutCredentials(document.source.url).replace(
    '://',
    `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`,
  );
};

const connect = async (request: PlayRequest): Promise<VideoReader> => {
  const { transport, connectTimeoutMs } = request.document.source;
  const giveUp = new AbortController();
  // The signal would end the connection at any later time too: it must never fire once the camera answered.
  const limit = setTimeout(() => giveUp.abort(), connectTimeoutMs);
  try {
    return await openVideo(
      authorised(request),
      {
        rtsp_transport: transport,
        // FFmpeg's own limit for one read on the socket, microseconds; ours below judges decoded frames.
        timeout: String(connectTimeoutMs * 1000),
        // A second is enough to learn the size; the rest of FFmpeg's five would only delay the first picture.
        analyzeduration: '1000000',
        fflags: 'nobuffer',
      },
      { threads: request.threads, signal: giveUp.signal, otherwise: 'notStream' },
    );
  } finally {
    clearTimeout(limit);
  }
};

/** One connection's run: it begins with the first decoded frame. */
interface LiveRun {
  readonly writer: RunWriter;
  readonly anchorUs: number;
  /** Monotonic clock at the anchor. */
  readonly startedUs: number;
}

const createLiveRun = (camera: CameraRun, outbox: LiveOutbox, epoch: number, capturedUs: number): LiveRun => {
  const { request, status } = camera;
  const anchorUs = wallClockUs() - (monotonicUs() - capturedUs);
  const run = { ...freshRun(request, epoch, anchorUs), position: startPosition };
  const named = epoch === request.run.runEpoch ? { ...run, runId: request.run.runId } : run;
  const writer = createRunWriter(request, named, outbox.message);
  status.run(named.runId, epoch);
  writer.announce();
  return { writer, anchorUs, startedUs: capturedUs };
};

const onFrame = (
  camera: CameraRun,
  outbox: LiveOutbox,
  { writer, anchorUs, startedUs }: LiveRun,
  frame: DecodedFrame,
  capturedUs: number,
  fps: number,
): void => {
  const { status, maker } = camera;
  const arrivedUs = monotonicUs();
  const offsetUs = capturedUs - startedUs;
  if (!writer.timeline.wants(offsetUs)) return frame.free();
  writer.ticks(anchorUs + offsetUs);
  const stamp = writer.timeline.stamp(anchorUs + offsetUs);
  const of: RunPicture = { sourceWidth: frame.native.width, sourceHeight: frame.native.height, fps };
  outbox.frame({
    free: frame.free,
    make: () => {
      const picture = maker.make(frame);
      if (!picture) return undefined;
      status.sent((monotonicUs() - arrivedUs) / 1000);
      return writer.frame(stamp, picture, of, startPosition);
    },
  });
};

/**
 * Plays one connection until it breaks or no frame was decoded for the stall time-out. True when there was a
 * run, which is then ended: the capture has a gap.
 */
const playConnection = async (
  camera: CameraRun,
  outbox: LiveOutbox,
  reader: VideoReader,
  epoch: number,
): Promise<boolean> => {
  const { request, status } = camera;
  const { source, fps } = request.document;
  const clock = createLiveClock();
  let run: LiveRun | undefined;
  let lastFrameUs = monotonicUs();
  const watch = setInterval(() => {
    const nowUs = monotonicUs();
    if (run) run.writer.ticks(run.anchorUs + nowUs - run.startedUs - tickGraceUs);
    if (nowUs - lastFrameUs > source.stallTimeoutMs * 1000) reader.interrupt();
  }, watchEveryMs);
  try {
    for await (const batch of reader.batches()) {
      for (const frame of batch) {
        status.received();
        lastFrameUs = monotonicUs();
        const capturedUs = clock(frame.ptsUs, lastFrameUs);
        if (!run) {
          run = createLiveRun(camera, outbox, epoch, capturedUs);
          status.stream(reader.info.codec, frame.native.width, frame.native.height);
          status.state('online');
        }
        onFrame(camera, outbox, run, frame, capturedUs, aimedFps(fps, reader.info.fps));
      }
    }
  } finally {
    clearInterval(watch);
  }
  if (run) {
    const endUs = run.anchorUs + monotonicUs() - run.startedUs;
    run.writer.ended(endUs, 'stalled', startPosition);
  }
  const silent = monotonicUs() - lastFrameUs > source.stallTimeoutMs * 1000;
  const seconds = source.stallTimeoutMs / 1000;
  status.state(
    'stalled',
    silent ? `no picture for ${seconds} s; reconnecting` : 'the stream broke off; reconnecting',
  );
  return run !== undefined;
};

/**
 * An RTSP camera, for ever: connects, plays, reconnects with a growing, jittered wait. Each connection that gave
 * a frame is a run with an epoch one higher. Never returns; the parent ends the process.
 */
export const playLive = async (camera: CameraRun): Promise<void> => {
  const { request, status } = camera;
  const outbox = createLiveOutbox(camera.send, status.dropped);
  let epoch = request.run.runEpoch;
  let attempt = 0;
  let connections = 0;
  status.state('connecting');
  for (;;) {
    let mostMs: number = retryMsMax.default;
    try {
      const reader = await connect(request);
      if (connections++ > 0) status.reconnected();
      try {
        const hadRun = await playConnection(camera, outbox, reader, epoch);
        if (hadRun) {
          epoch++;
          attempt = 0;
        }
      } finally {
        await reader.close();
      }
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      status.state(error.state, error.message);
      if (error.state === 'authFailed') mostMs = retryMsMax.authFailed;
    }
    attempt++;
    await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, request.retryAfterMs, mostMs)));
  }
};
