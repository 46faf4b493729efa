import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDriver, topology } from '#runtime';
import { createTrack, trackState } from '#processors/track';
import type { TrackOptions } from '#processors/track';
import { topics } from '#schemas';
import type { DetectionRecord, TrackRecord } from '#schemas';
import { detectionRecords } from '../cli/mot-records.ts';
import type { MotPicture } from '../cli/mot-records.ts';
import { parseMot } from '../cli/mot.ts';
import type { MotFrames } from '../cli/mot.ts';
import {
  clearMetrics,
  combineClear,
  combineHota,
  combineIdentity,
  compareBoxes,
  hotaMetrics,
  identityMetrics,
} from './metrics/index.ts';
import type { IdentifiedBox } from './metrics/index.ts';

/** A folder in MOT format: seqinfo.ini, gt/gt.txt, det/det.txt. */
export interface MotSequence {
  readonly name: string;
  readonly picture: MotPicture;
  readonly frameCount: number;
  /** Rows with flag 0 are not to be found and are left out. */
  readonly truth: MotFrames;
  readonly records: readonly DetectionRecord[];
}

const numberOf = (ini: string, key: string): number =>
  Number(new RegExp(`^${key}=([\\d.]+)`, 'im').exec(ini)?.[1] ?? Number.NaN);

export const readSequence = async (folder: string, name: string): Promise<MotSequence> => {
  const read = (path: string): Promise<string> => readFile(join(folder, name, path), 'utf8');
  const [ini, truth, detections] = (await Promise.all(
    ['seqinfo.ini', 'gt/gt.txt', 'det/det.txt'].map(read),
  )) as [string, string, string];
  const picture = {
    width: numberOf(ini, 'imWidth'),
    height: numberOf(ini, 'imHeight'),
    fps: numberOf(ini, 'frameRate'),
  };
  return {
    name,
    picture,
    frameCount: numberOf(ini, 'seqLength'),
    truth: parseMot(truth, `${name}/gt.txt`).map((rows) => rows.filter(({ weight }) => weight !== 0)),
    records: [...detectionRecords(parseMot(detections, `${name}/det.txt`), picture)],
  };
};

export const readSequences = async (folder: string): Promise<MotSequence[]> =>
  Promise.all((await readdir(folder)).sort().map((name) => readSequence(folder, name)));

/** What a tracker made of a sequence: the records, and the wall-clock time of `track` alone. */
export interface TrackedSequence {
  readonly records: readonly TrackRecord[];
  readonly spentMs: number;
}

/** Plays a sequence through the processor, as `analytics` does, without a broker. */
export const trackSequence = async (
  sequence: MotSequence,
  options: TrackOptions = {},
): Promise<TrackedSequence> => {
  const records: TrackRecord[] = [];
  const driver = await createDriver(
    topology('tracker')
      .addSource('detections', topics.detections)
      .addStateStore('track', trackState)
      .addProcessor('track', (store) => createTrack(store, options), { from: 'detections', state: 'track' })
      .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' }),
    { onOutput: (_sink, value) => void records.push(value as TrackRecord) },
  );
  const startedMs = performance.now();
  for (const record of sequence.records) void driver.pipeInput('detections', record);
  const spentMs = performance.now() - startedMs;
  await driver.close();
  return { records, spentMs };
};

/**
 * What counts as the tracker's answer. `replayed`: every observation of a track that was confirmed at some time,
 * which is what the counter uses and the `track` command writes. `immediate`: only what was confirmed in its own
 * frame, as a tracker must answer that cannot look back.
 */
export type Answer = 'replayed' | 'immediate';

const boxesOf = (
  records: readonly TrackRecord[],
  { width, height }: MotPicture,
  answer: Answer,
): IdentifiedBox[][] => {
  const frames = records.flatMap(({ frame }) => (frame ? [frame.tracks] : []));
  const confirmed = new Set(
    frames
      .flat()
      .filter(({ state }) => state === 'confirmed')
      .map(({ trackId }) => trackId),
  );
  return frames.map((tracks) =>
    tracks
      .filter(
        ({ state, trackId }) =>
          state === 'confirmed' || (answer === 'replayed' && state === 'tentative' && confirmed.has(trackId)),
      )
      .map(({ trackId, x1, y1, x2, y2 }) => ({
        id: trackId,
        x: x1 * width,
        y: y1 * height,
        width: (x2 - x1) * width,
        height: (y2 - y1) * height,
      })),
  );
};

export interface TrackerScore {
  hota: number;
  mota: number;
  idf1: number;
  idSwitches: number;
}

/** Scores of all sequences as one. */
export const scoreTracks = (
  sequences: readonly MotSequence[],
  tracked: readonly TrackedSequence[],
  answer: Answer,
): TrackerScore => {
  const compared = sequences.map((sequence, index) =>
    compareBoxes(
      sequence.truth,
      boxesOf(tracked[index]?.records ?? [], sequence.picture, answer),
      sequence.frameCount,
    ),
  );
  const clear = combineClear(compared.map((sequence) => clearMetrics(sequence)));
  return {
    hota: combineHota(compared.map((sequence) => hotaMetrics(sequence))).hota,
    mota: clear.mota,
    idf1: combineIdentity(compared.map((sequence) => identityMetrics(sequence))).idf1,
    idSwitches: clear.idSwitches,
  };
};
