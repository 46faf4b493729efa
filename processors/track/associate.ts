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

/** Costs of one track's pairs: `begin` sets the track, `of` is asked for each detection. Infinity: never this pair. */
interface PairCost {
  begin(sight: Sight, track: number, predicted: Float64Array): void;
  of(object: SeenObject): number;
}

/** By overlap of the grown boxes, in favour of who was just seen, is believed, and goes on as before. */
const createOverlapCost = (settings: TrackSettings, isGrown: boolean): PairCost => {
  let known: TrackedObject;
  let boxes: Float64Array;
  let [offset, buffer, extra, reach] = [0, 0, 0, 0];
  return {
    begin(sight, track, predicted) {
      known = sight.tracks[track] as TrackedObject;
      boxes = predicted;
      offset = track * predictedLength;
      const seconds = (sight.atUs - known.lastSeenAtUs) / 1e6;
      buffer = isGrown ? settings.buffer + settings.bufferPerSecond * Math.min(1, seconds) : 0;
      extra = known.confirmed ? 0 : settings.tentativeCost;
      if (isGrown) extra += settings.unseenCost * Math.min(2, seconds);
      reach = at(boxes, offset + 2) * (0.5 + buffer);
    },
    of(object) {
      // Most pairs are far apart, and this settles them.
      if (Math.abs(object.x - at(boxes, offset)) >= reach + object.width * (0.5 + buffer)) return Infinity;
      const overlap = grownOverlap(boxes, offset, object, buffer);
      if (overlap === 0) return Infinity;
      if (!isGrown) return 1 - overlap + extra;
      const heading = againstHeading(known.motion, object.x, object.y, object.height);
      return 1 - overlap + extra + settings.headingCost * heading;
    },
  };
};

/** By distance of the centres in object heights, beyond one standard deviation of the prediction. */
const createDistanceCost = (settings: TrackSettings): PairCost => {
  let boxes: Float64Array;
  let offset = 0;
  return {
    begin(_sight, track, predicted) {
      boxes = predicted;
      offset = track * predictedLength;
    },
    of(object) {
      const height = at(boxes, offset + 3);
      const [less, more] = height < object.height ? [height, object.height] : [object.height, height];
      if (more > less * settings.heightRatioMax) return Infinity;
      const distance = Math.hypot(at(boxes, offset) - object.x, at(boxes, offset + 1) - object.y);
      return Math.max(0, distance - Math.sqrt(at(boxes, offset + 4))) / ((less + more) / 2);
    },
  };
};

export const createAssociator = (settings: TrackSettings): Associator => {
  const assigner = createAssigner();
  let predicted = new Float64Array(0);
  let cost = new Float64Array(0);
  let pairs = new Int32Array(0);
  let taken = new Uint8Array(0);
  const rows: number[] = [];
  const columns: number[] = [];
  const byGrownOverlap = createOverlapCost(settings, true);
  const byOverlap = createOverlapCost(settings, false);
  const byDistance = createDistanceCost(settings);

  const reserve = ({ tracks, seen }: Sight): void => {
    if (predicted.length < tracks.length * predictedLength)
      predicted = new Float64Array(tracks.length * predictedLength * 2);
    if (pairs.length < tracks.length) pairs = new Int32Array(tracks.length * 2);
    if (taken.length < seen.length) taken = new Uint8Array(seen.length * 2);
    if (cost.length < tracks.length * seen.length) cost = new Float64Array(tracks.length * seen.length * 2);
  };

  /** One pass over the tracks without a match (rows) and the detections chosen before (columns). */
  const pass = (sight: Sight, matches: Int32Array, limit: number, pairCost: PairCost): void => {
    rows.length = 0;
    for (let track = 0; track < sight.tracks.length; track++) if (matches[track] === -1) rows.push(track);
    if (rows.length === 0 || columns.length === 0) return;
    let kept = 0;
    for (const track of rows) {
      const { className } = classOf(sight.tracks[track] as TrackedObject);
      pairCost.begin(sight, track, predicted);
      let isHopeless = true;
      for (let c = 0; c < columns.length; c++) {
        const object = sight.seen[columns[c] as number] as SeenObject;
        const other = object.className === className ? 0 : settings.classChangeCost;
        const entry = pairCost.of(object) + other;
        if (entry < limit) isHopeless = false;
        cost[kept * columns.length + c] = entry;
      }
      // A track without any possible pair need not take part; its row is written over by the next.
      if (!isHopeless) rows[kept++] = track;
    }
    rows.length = kept;
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
      pass(sight, matches, settings.costMax, byGrownOverlap);
      chooseColumns(sight, false);
      pass(sight, matches, settings.weakCostMax, byOverlap);
      chooseColumns(sight, true);
      pass(sight, matches, settings.distanceMax, byDistance);
    },
  };
};
