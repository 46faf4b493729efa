import { createAssigner } from './assignment.ts';
import { predictMotion } from './motion.ts';
import type { TrackSettings } from './settings.ts';
import type { TrackedObject } from './state.ts';

/** A detection in picture heights: centre, size, score and class. */
export interface SeenObject {
  x: number;
  y: number;
  width: number;
  height: number;
  confidence: number;
  classId: number;
  className: string;
}

/** Finds for each track the detection that shows the same object. */
export interface Associator {
  /**
   * Fills `matches` with the index of the detection of each track, or -1. `seen` comes by falling confidence.
   * In three passes: confident detections by overlap (ByteTrack, Zhang et al. 2022, with the grown boxes of
   * C-BIoU, Yang et al. 2023), weak ones for what was seen a moment ago, and confident ones left over by distance.
   */
  associate(
    tracks: readonly TrackedObject[],
    seen: readonly SeenObject[],
    atUs: number,
    matches: Int32Array,
  ): void;
  /** The predicted box of a track at the last call: centre x, y, width, height, from index × predictedLength on. */
  readonly predicted: () => Float64Array;
}

export const predictedLength = 5;

/** Share of two intervals' lengths that they have in common, as lengths. */
const overlap = (centreA: number, lengthA: number, centreB: number, lengthB: number): number =>
  Math.min(centreA + lengthA / 2, centreB + lengthB / 2) -
  Math.max(centreA - lengthA / 2, centreB - lengthB / 2);

/** Intersection over union of two boxes grown by `buffer` of their size on each side. */
const grownOverlap = (predicted: Float64Array, offset: number, seen: SeenObject, buffer: number): number => {
  const growth = 1 + 2 * buffer;
  const width = (predicted[offset + 2] as number) * growth;
  const height = (predicted[offset + 3] as number) * growth;
  const across = overlap(predicted[offset] as number, width, seen.x, seen.width * growth);
  if (across <= 0) return 0;
  const down = overlap(predicted[offset + 1] as number, height, seen.y, seen.height * growth);
  if (down <= 0) return 0;
  const shared = across * down;
  return shared / (width * height + seen.width * seen.height * growth * growth - shared);
};

/** The class with the most weight behind it; the first to appear wins a tie. */
export const classOf = (track: TrackedObject): { classId: number; className: string } =>
  track.votes.reduce((best, vote) => (vote.weight > best.weight ? vote : best));

export const createAssociator = (settings: TrackSettings): Associator => {
  const assigner = createAssigner();
  let predicted = new Float64Array(0);
  let cost = new Float64Array(0);
  let pairs = new Int32Array(0);
  const rows: number[] = [];
  const columns: number[] = [];

  /** One pass over the chosen tracks (rows) and detections (columns). */
  const pass = (
    tracks: readonly TrackedObject[],
    seen: readonly SeenObject[],
    matches: Int32Array,
    taken: Uint8Array,
    limit: number,
    costOf: (track: number, seen: SeenObject) => number,
  ): void => {
    if (rows.length === 0 || columns.length === 0) return;
    const size = rows.length * columns.length;
    if (cost.length < size) cost = new Float64Array(size * 2);
    if (pairs.length < rows.length) pairs = new Int32Array(rows.length * 2);
    for (let r = 0; r < rows.length; r++) {
      const track = rows[r] as number;
      const name = classOf(tracks[track] as TrackedObject).className;
      for (let c = 0; c < columns.length; c++) {
        const object = seen[columns[c] as number] as SeenObject;
        const other = object.className === name ? 0 : settings.classChangeCost;
        cost[r * columns.length + c] = costOf(track, object) + other;
      }
    }
    assigner.assign(cost, rows.length, columns.length, limit, pairs);
    for (let r = 0; r < rows.length; r++) {
      const column = pairs[r] as number;
      if (column < 0) continue;
      matches[rows[r] as number] = columns[column] as number;
      taken[columns[column] as number] = 1;
    }
  };

  const choose = (list: number[], count: number, wanted: (index: number) => boolean): void => {
    list.length = 0;
    for (let index = 0; index < count; index++) if (wanted(index)) list.push(index);
  };

  const byOverlap =
    (buffer: number) =>
    (track: number, object: SeenObject): number =>
      1 - grownOverlap(predicted, track * predictedLength, object, buffer);

  /** Distance of the centres in object heights, beyond one standard deviation of the prediction. */
  const byDistance = (track: number, object: SeenObject): number => {
    const offset = track * predictedLength;
    const height = ((predicted[offset + 3] as number) + object.height) / 2;
    const ratio = (predicted[offset + 3] as number) / object.height;
    if (ratio > 1.6 || ratio < 0.625) return Infinity;
    const distance = Math.hypot(
      (predicted[offset] as number) - object.x,
      (predicted[offset + 1] as number) - object.y,
    );
    return Math.max(0, distance - Math.sqrt(predicted[offset + 4] as number)) / height;
  };

  return {
    predicted: () => predicted,
    associate(tracks, seen, atUs, matches) {
      if (predicted.length < tracks.length * predictedLength)
        predicted = new Float64Array(tracks.length * predictedLength * 2);
      tracks.forEach((track, index) => {
        const seconds = (atUs - track.lastSeenAtUs) / 1e6;
        predictMotion(track.motion, seconds, settings, predicted, index * predictedLength);
      });
      matches.fill(-1, 0, tracks.length);
      const taken = new Uint8Array(seen.length);
      const isFree = (track: number): boolean => matches[track] === -1;
      const isConfident = (index: number): boolean =>
        !taken[index] && (seen[index] as SeenObject).confidence >= settings.confidenceHigh;

      choose(rows, tracks.length, isFree);
      choose(columns, seen.length, isConfident);
      pass(tracks, seen, matches, taken, settings.costMax, byOverlap(settings.buffer));

      choose(rows, tracks.length, isFree);
      choose(columns, seen.length, (index) => !taken[index] && !isConfident(index));
      pass(tracks, seen, matches, taken, settings.weakCostMax, byOverlap(0));

      choose(rows, tracks.length, isFree);
      choose(columns, seen.length, isConfident);
      pass(tracks, seen, matches, taken, settings.distanceMax, byDistance);
    },
  };
};
