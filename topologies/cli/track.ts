import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { createTrack, trackState } from '#processors/track';
import type { TrackOptions } from '#processors/track';
import { createDriver, topology } from '#runtime';
import { topics } from '#schemas';
import type { Track, TrackRecord } from '#schemas';
import { UsageError } from './failure.ts';
import { parseNumber, parseSize } from './geometry-options.ts';
import { detectionRecords } from './mot-records.ts';
import type { MotPicture } from './mot-records.ts';
import { readMot } from './mot.ts';
import type { MotFrames } from './mot.ts';

/** The first half of `analytics`: detections in, tracks out. */
const tracking = (options: TrackOptions) =>
  topology('track')
    .addSource('detections', topics.detections)
    .addStateStore('track', trackState)
    .addProcessor('track', (store) => createTrack(store, options), { from: 'detections', state: 'track' })
    .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' });

const rowText = (frame: number, track: Track, { width, height }: MotPicture): string => {
  const [left, top] = [track.x1 * width, track.y1 * height];
  const box = [left, top, track.x2 * width - left, track.y2 * height - top].map((value) => value.toFixed(2));
  return [frame, track.trackId, ...box, track.confidence.toFixed(4), -1, -1, -1].join(',');
};

/**
 * Tracks of MOT detections as MOT rows: what was seen of every track that was confirmed at some time, from its first
 * observation, as the counter takes them. Predicted boxes of lost tracks are no observations and are left out.
 */
export const trackDetections = async (
  frames: MotFrames,
  picture: MotPicture,
  options: TrackOptions = {},
): Promise<string[]> => {
  const confirmed = new Set<string>();
  const seen: { frame: number; track: Track }[] = [];
  const onOutput = (_sink: string, value: unknown): void => {
    const record = value as TrackRecord;
    for (const track of record.frame?.tracks ?? []) {
      if (track.state === 'lost') continue;
      if (track.state === 'confirmed') confirmed.add(track.trackId);
      seen.push({ frame: record.sequence + 1, track });
    }
  };
  const driver = await createDriver(tracking(options), { onOutput });
  for (const record of detectionRecords(frames, picture)) await driver.pipeInput('detections', record);
  await driver.close();
  return seen
    .filter(({ track }) => confirmed.has(track.trackId))
    .map(({ frame, track }) => rowText(frame, track, picture));
};

interface TrackCommandOptions {
  detections: string;
  size: { width: number; height: number };
  fps: number;
  out: string;
}

const runTrack = async (options: TrackCommandOptions): Promise<void> => {
  const frames = await readMot(options.detections);
  const rows = await trackDetections(frames, { ...options.size, fps: options.fps });
  await writeFile(options.out, rows.length > 0 ? `${rows.join('\n')}\n` : '').catch((error: Error) => {
    throw new UsageError(`--out ${options.out} cannot be written: ${error.message}`);
  });
  const tracks = new Set(rows.map((row) => row.split(',')[1])).size;
  process.stderr.write(`${frames.length} frames, ${tracks} tracks, ${rows.length} boxes → ${options.out}\n`);
};

const help = `
Examples:
  sightline track --detections det.txt --size 1920x1080 --fps 30 --out result.txt
`;

export const registerTrack = (program: Command): void => {
  program
    .command('track')
    .description('follows detections (MOT format in, MOT format out) with the tracker of the live cameras')
    .requiredOption('--detections <file>', 'MOT file: frame,-1,left,top,width,height,score')
    .requiredOption('--size <WxH>', 'pixels of the picture the boxes were drawn on', parseSize)
    .requiredOption('--fps <n>', 'frames per second', parseNumber('--fps', 0.001))
    .requiredOption('--out <file>', 'where to write frame,id,left,top,width,height,score,-1,-1,-1')
    .addHelpText('after', help)
    .action(runTrack);
};
