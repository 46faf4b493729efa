import { matchByScore } from './matching.ts';
import { epsilon } from './sequence.ts';
import type { ScoredSequence } from './sequence.ts';

/** One value for each localisation threshold 0.05, 0.10 … 0.95; `hota` and the others are their means. */
export interface HotaMetrics {
  truePositives: number[];
  falseNegatives: number[];
  falsePositives: number[];
  associationByThreshold: number[];
  localisationByThreshold: number[];
  hota: number;
  detection: number;
  association: number;
  localisation: number;
}

export const thresholds = Array.from({ length: 19 }, (_, index) => (index + 1) * 0.05);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const ratesOf = (
  parts: Omit<HotaMetrics, 'hota' | 'detection' | 'association' | 'localisation'>,
): HotaMetrics => {
  const detection = thresholds.map((_, a) => {
    const [hits, misses, extras] = [
      parts.truePositives[a],
      parts.falseNegatives[a],
      parts.falsePositives[a],
    ] as [number, number, number];
    return hits / Math.max(1, hits + misses + extras);
  });
  return {
    ...parts,
    hota: mean(detection.map((value, a) => Math.sqrt(value * (parts.associationByThreshold[a] as number)))),
    detection: mean(detection),
    association: mean(parts.associationByThreshold),
    localisation: mean(parts.localisationByThreshold),
  };
};

const countOf = (frames: readonly (readonly number[])[], idCount: number): Float64Array => {
  const counts = new Float64Array(idCount);
  for (const frame of frames) for (const id of frame) counts[id] = (counts[id] as number) + 1;
  return counts;
};

/** How well each pair of tracks fits over the whole sequence, so that a frame is matched with foresight. */
const alignment = (
  sequence: ScoredSequence,
  truthCounts: Float64Array,
  trackedCounts: Float64Array,
): Float64Array => {
  const { trackedCount } = sequence;
  const potential = new Float64Array(sequence.truthCount * trackedCount);
  sequence.truth.forEach((truth, t) => {
    const tracked = sequence.tracked[t] ?? [];
    const similarity = sequence.similarity[t] as Float64Array;
    const value = (r: number, c: number): number => similarity[r * tracked.length + c] as number;
    const rowSums = truth.map((_, r) => tracked.reduce((sum, _id, c) => sum + value(r, c), 0));
    const columnSums = tracked.map((_, c) => truth.reduce((sum, _id, r) => sum + value(r, c), 0));
    truth.forEach((id, r) =>
      tracked.forEach((trackedId, c) => {
        const rest = (rowSums[r] as number) + (columnSums[c] as number) - value(r, c);
        if (rest <= epsilon) return;
        const cell = id * trackedCount + trackedId;
        potential[cell] = (potential[cell] as number) + value(r, c) / rest;
      }),
    );
  });
  return potential.map((sum, cell) => {
    const all =
      (truthCounts[Math.floor(cell / trackedCount)] as number) +
      (trackedCounts[cell % trackedCount] as number);
    return sum / Math.max(epsilon, all - sum);
  });
};

/** Matches every frame once; returns for each match its cell (truth × tracked) and its similarity. */
const matchFrames = (
  sequence: ScoredSequence,
  aligned: Float64Array,
): { cell: number; similarity: number }[] => {
  const matches: { cell: number; similarity: number }[] = [];
  sequence.truth.forEach((truth, t) => {
    const tracked = sequence.tracked[t] ?? [];
    if (truth.length === 0 || tracked.length === 0) return;
    const similarity = sequence.similarity[t] as Float64Array;
    const cellOf = (r: number, c: number): number =>
      (truth[r] as number) * sequence.trackedCount + (tracked[c] as number);
    const score = similarity.map(
      (value, index) =>
        value * (aligned[cellOf(Math.floor(index / tracked.length), index % tracked.length)] as number),
    );
    const columns = matchByScore(score, truth.length, tracked.length);
    truth.forEach((_, r) => {
      const column = columns[r] as number;
      if (column < 0) return;
      matches.push({
        cell: cellOf(r, column),
        similarity: similarity[r * tracked.length + column] as number,
      });
    });
  });
  return matches;
};

/** Higher-order tracking accuracy (Luiten et al. 2021), as TrackEval computes it. */
export const hotaMetrics = (sequence: ScoredSequence): HotaMetrics => {
  const truthCounts = countOf(sequence.truth, sequence.truthCount);
  const trackedCounts = countOf(sequence.tracked, sequence.trackedCount);
  const [truthTotal, trackedTotal] = [truthCounts, trackedCounts].map((counts) =>
    counts.reduce((sum, value) => sum + value, 0),
  ) as [number, number];
  const matches = matchFrames(sequence, alignment(sequence, truthCounts, trackedCounts));
  const byThreshold = thresholds.map((threshold) => {
    const good = matches.filter(({ similarity }) => similarity >= threshold - epsilon);
    const times = new Map<number, number>();
    for (const { cell } of good) times.set(cell, (times.get(cell) ?? 0) + 1);
    let association = 0;
    for (const [cell, count] of times) {
      const truthCount = truthCounts[Math.floor(cell / sequence.trackedCount)] as number;
      const trackedCount = trackedCounts[cell % sequence.trackedCount] as number;
      association += (count * count) / Math.max(1, truthCount + trackedCount - count);
    }
    const similaritySum = good.reduce((sum, { similarity }) => sum + similarity, 0);
    return { hits: good.length, association: association / Math.max(1, good.length), similaritySum };
  });
  return ratesOf({
    truePositives: byThreshold.map(({ hits }) => hits),
    falseNegatives: byThreshold.map(({ hits }) => truthTotal - hits),
    falsePositives: byThreshold.map(({ hits }) => trackedTotal - hits),
    associationByThreshold: byThreshold.map(({ association }) => association),
    localisationByThreshold: byThreshold.map(
      ({ hits, similaritySum }) => Math.max(1e-10, similaritySum) / Math.max(1e-10, hits),
    ),
  });
};

/** Several sequences as one: detections add up, association and localisation weigh by true positives. */
export const combineHota = (parts: readonly HotaMetrics[]): HotaMetrics => {
  const add = (key: 'truePositives' | 'falseNegatives' | 'falsePositives'): number[] =>
    thresholds.map((_, a) => parts.reduce((sum, part) => sum + (part[key][a] as number), 0));
  const weigh = (
    key: 'associationByThreshold' | 'localisationByThreshold',
    totals: readonly number[],
  ): number[] =>
    thresholds.map(
      (_, a) =>
        parts.reduce((sum, part) => sum + (part[key][a] as number) * (part.truePositives[a] as number), 0) /
        Math.max(1, totals[a] as number),
    );
  const truePositives = add('truePositives');
  return ratesOf({
    truePositives,
    falseNegatives: add('falseNegatives'),
    falsePositives: add('falsePositives'),
    associationByThreshold: weigh('associationByThreshold', truePositives),
    localisationByThreshold: weigh('localisationByThreshold', truePositives),
  });
};
