import { createAssigner } from './assignment.ts';
import { againstHeading, predictMotion } from './motion.ts';
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

/** Everything one frame brings to the matching. */
export interface Sight {
  readonly tracks: readonly TrackedObject[];
  readonly seen: readonly SeenObject[];
  readonly atUs: number;
  /** What real objects typically get here; thresholds are shares of it. */
  readonly typicalConfidence: number;
}

/** Finds for each track the detection that shows the same object. */
export interface Associator {
  /**
   * Fills `matches` with the index of the detection of each track, or -1. In three passes: confident detections by
   * overlap (two stages by confidence after ByteTrack, Zhang et al. 2022; grown boxes after C-BIoU, Yang et al.
   * 2023; heading after OC-SORT, Cao et al. 2023), weak ones by overlap, and confident ones left over by distance.
   */
  associate(sight: Sight, matches: Int32Array): void;
  /** The predicted boxes at the last call: centre x, y, width, height of each track, `predictedLength` apart. */
  predicted(): Float64Array;
}

export const predictedLength = 5;

const at = (values: Float64Array, index: number): number => values[index] as number;

/** Length that two intervals have in common; negative when they are apart. */
const shared = (centreA: number, lengthA: number, centreB: number, lengthB: number): number =>
  Math.min(centreA + lengthA / 2, centreB + lengthB / 2) -
  Math.max(centreA - lengthA / 2, centreB - lengthB / 2);

/** Intersection over union of two boxes grown by `buffer` of their size on each side. */
const grownOverlap = (predicted: Float64Array, offset: number, seen: SeenObject, buffer: number): number => {
  const growth = 1 + 2 * buffer;
  const width = at(predicted, offset + 2) * growth;
  const height = at(predicted, offset + 3) * growth;
  const across = shared(at(predicted, offset), width, seen.x, seen.width * growth);
  if (across <= 0) return 0;
  const down = shared(at(predicted, offset + 1), height, seen.y, seen.height * growth);
  if (down <= 0) return 0;
  const common = across * down;
  return common / (width * height + seen.width * seen.height * growth * growth - common);
};

/** The class with the most weight behind it; the first to appear wins a tie. */
export const classOf = (track: TrackedObject): { classId: number; className: string } => {
  let best = track.votes[0] as TrackedObject['votes'][number];
  for (const vote of track.votes) if (vote.weight > best.weight) best = vote;
  return best;
};

type CostOf = (sight: Sight, track: number, object: SeenObject) => number;

/** Costs of a pair in each pass, over the predictions of the frame. Infinity: never this pair. */
const createCosts = (settings: TrackSettings, predicted: () => Float64Array) => {
  const unseenSeconds = ({ tracks, atUs }: Sight, track: number): number =>
    (atUs - (tracks[track] as TrackedObject).lastSeenAtUs) / 1e6;

  const byOverlap: CostOf = (sight, track, object) => {
    const seconds = unseenSeconds(sight, track);
    const buffer = settings.buffer + settings.bufferPerSecond * Math.min(1, seconds);
    const overlap = grownOverlap(predicted(), track * predictedLength, object, buffer);
    if (overlap === 0) return Infinity;
    const known = sight.tracks[track] as TrackedObject;
    return (
      1 -
      overlap +
      settings.unseenCost * Math.min(2, seconds) +
      (known.confirmed ? 0 : settings.tentativeCost) +
      settings.headingCost * againstHeading(known.motion, object.x, object.y, object.height)
    );
  };

  const byPlainOverlap: CostOf = (sight, track, object) => {
    const overlap = grownOverlap(predicted(), track * predictedLength, object, 0);
    if (overlap === 0) return Infinity;
    const known = sight.tracks[track] as TrackedObject;
    return 1 - overlap + (known.confirmed ? 0 : settings.tentativeCost);
  };

  /** Distance of the centres in object heights, beyond one standard deviation of the prediction. */
  const byDistance: CostOf = (_sight, track, object) => {
    const boxes = predicted();
    const offset = track * predictedLength;
    const height = at(boxes, offset + 3);
    const [less, more] = height < object.height ? [height, object.height] : [object.height, height];
    if (more > less * settings.heightRatioMax) return Infinity;
    const distance = Math.hypot(at(boxes, offset) - object.x, at(boxes, offset + 1) - object.y);
    return Math.max(0, distance - Math.sqrt(at(boxes, offset + 4))) / ((less + more) / 2);
  };

  return { byOverlap, byPlainOverlap, byDistance };
};

export const createAssociator = (settings: TrackSettings): Associator => {
  const assigner = createAssigner();
  let predicted = new Float64Array(0);
  let cost = new Float64Array(0);
  let pairs = new Int32Array(0);
  let taken = new Uint8Array(0);
  const rows: number[] = [];
  const columns: number[] = [];
  const costs = createCosts(settings, () => predicted);

  const reserve = ({ tracks, seen }: Sight): void => {
    if (predicted.length < tracks.length * predictedLength)
      predicted = new Float64Array(tracks.length * predictedLength * 2);
    if (pairs.length < tracks.length) pairs = new Int32Array(tracks.length * 2);
    if (taken.length < seen.length) taken = new Uint8Array(seen.length * 2);
    if (cost.length < tracks.length * seen.length) cost = new Float64Array(tracks.length * seen.length * 2);
  };

  /** One pass over the tracks without a match (rows) and the detections chosen before (columns). */
  const pass = (sight: Sight, matches: Int32Array, limit: number, costOf: CostOf): void => {
    rows.length = 0;
    for (let track = 0; track < sight.tracks.length; track++) if (matches[track] === -1) rows.push(track);
    if (rows.length === 0 || columns.length === 0) return;
    for (let r = 0; r < rows.length; r++) {
      const track = rows[r] as number;
      const { className } = classOf(sight.tracks[track] as TrackedObject);
      for (let c = 0; c < columns.length; c++) {
        const object = sight.seen[columns[c] as number] as SeenObject;
        const other = object.className === className ? 0 : settings.classChangeCost;
        cost[r * columns.length + c] = costOf(sight, track, object) + other;
      }
    }
    assigner.assign(cost, rows.length, columns.length, limit, pairs);
    for (let r = 0; r < rows.length; r++) {
      const column = pairs[r] as number;
      if (column < 0) continue;
      const detection = columns[column] as number;
      matches[rows[r] as number] = detection;
      taken[detection] = 1;
    }
  };

  const chooseColumns = ({ seen, typicalConfidence }: Sight, areConfident: boolean): void => {
    const bar = settings.confidenceHigh * typicalConfidence;
    columns.length = 0;
    for (let index = 0; index < seen.length; index++)
      if (!taken[index] && (seen[index] as SeenObject).confidence >= bar === areConfident)
        columns.push(index);
  };

  return {
    predicted: () => predicted,
    associate(sight, matches) {
      reserve(sight);
      sight.tracks.forEach((track, index) => {
        const seconds = (sight.atUs - track.lastSeenAtUs) / 1e6;
        predictMotion(track.motion, seconds, settings, predicted, index * predictedLength);
      });
      matches.fill(-1, 0, sight.tracks.length);
      taken.fill(0, 0, sight.seen.length);
      chooseColumns(sight, true);
      pass(sight, matches, settings.costMax, costs.byOverlap);
      chooseColumns(sight, false);
      pass(sight, matches, settings.weakCostMax, costs.byPlainOverlap);
      chooseColumns(sight, true);
      pass(sight, matches, settings.distanceMax, costs.byDistance);
    },
  };
};
