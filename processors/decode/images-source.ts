import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CameraRun } from './camera-run.ts';
import { wallClockUs } from './clock.ts';
import { SourceFailure } from './failures.ts';
import { createPace } from './pace.ts';
import type { DecodedFrame } from './port.ts';
import { openVideo } from './port.ts';
import type { RunStart } from './run-writer.ts';
import { createRunWriter } from './run-writer.ts';

const imageNames = /\.(jpe?g|png|bmp|webp|tiff?)$/i;
/** Images have no rate of their own: this is the spacing when the document names none. */
const imagesPerSecond = 1;

/** Names of the images in a folder, sorted by code point so that every machine has the same order. */
const listImages = async (folder: string): Promise<string[]> => {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new SourceFailure('missing', { cause: error });
  }
  const images = names.filter((name) => imageNames.test(name)).sort((a, b) => (a < b ? -1 : 1));
  if (images.length === 0) throw new SourceFailure('noImages');
  return images;
};

/** The picture in an image file; undefined when it is damaged. */
const readImage = async (path: string): Promise<DecodedFrame | undefined> => {
  try {
    const reader = await openVideo(path, {}, { threads: 1, otherwise: 'notVideo' });
    try {
      for await (const [frame, ...more] of reader.batches()) {
        for (const other of more) other.free();
        if (frame) return frame;
      }
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
  }
  return undefined;
};

/** Plays the folder once. Returns the capture time at which it ended; throws when no image could be read. */
const playOnce = async (camera: CameraRun, run: RunStart, images: readonly string[]): Promise<number> => {
  const { request, status, maker } = camera;
  const { source, fps } = request.document;
  const aimed = fps || imagesPerSecond;
  const writer = createRunWriter(request, run, camera.send);
  const pace = createPace(source.realtime);
  const timeOf = (index: number): number => run.timeline.anchorUs + Math.round((index * 1e6) / aimed);
  let skipped = 0;
  let position = run.position;
  if (position.framesRead === 0) writer.announce();
  for (const [index, name] of images.entries()) {
    if (index < run.position.framesRead) continue;
    status.received();
    const frame = await readImage(join(source.url, name));
    const picture = frame && maker.make(frame);
    status.position(index / images.length);
    position = { ...position, framesRead: index + 1, offsetUs: timeOf(index) - run.timeline.anchorUs };
    if (!frame || !picture) {
      skipped++;
      status.dropped('badImage');
      status.state('online', `${name} cannot be read as an image and was skipped (${skipped} so far)`);
      continue;
    }
    const of = { sourceWidth: frame.native.width, sourceHeight: frame.native.height, fps: aimed };
    frame.free();
    writer.ticks(timeOf(index));
    await pace(timeOf(index));
    await camera.room();
    camera.send(writer.frame(writer.timeline.stamp(timeOf(index)), picture, of, position));
    status.sent(0);
  }
  const endUs = timeOf(images.length);
  writer.ended(endUs, 'endOfFile', position);
  status.position(1);
  const end = skipped > 0 ? `${skipped} of ${images.length} images could not be read` : '';
  if (skipped === images.length) throw new SourceFailure('noImages');
  status.state('ended', end);
  return endUs;
};

/** A folder of images, as they are named, `fps` a second of capture time; damaged ones are counted and skipped. */
export const playImages = async (camera: CameraRun): Promise<void> => {
  const { source } = camera.request.document;
  const images = await listImages(source.url);
  let next: RunStart | undefined = camera.firstRun(wallClockUs);
  if (!next) camera.status.state('ended');
  while (next) {
    const run: RunStart = next;
    camera.status.run(run.runId, run.runEpoch);
    camera.status.state('online');
    const endUs = await playOnce(camera, run, images);
    if (source.loop) await camera.drained();
    next = source.loop ? camera.runAfter(run, endUs) : undefined;
  }
};
