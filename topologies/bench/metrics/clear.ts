import { matchByScore } from './matching.ts';
import { epsilon } from './sequence.ts';
import type { ScoredSequence } from './sequence.ts';

/** Counts of CLEAR MOT; the rates are computed from sums, so sequences combine by adding counts. */
export interface ClearCounts {
  truePositives: number;
  falseNegatives: number;
  falsePositives: number;
  idSwitches: number;
  fragments: number;
  mostlyTracked: number;
  partlyTracked: number;
  mostlyLost: number;
  similaritySum: number;
}

export interface ClearMetrics extends ClearCounts {
  mota: number;
  /** Mean similarity of the matches. */
  motp: number;
}

/** What is known of each true object while the frames go by. */
const createLedger = (truthCount: number) => ({
  /** Tracker id matched in the latest frame that was compared; -1 for none. */
  latest: new Int32Array(truthCount).fill(-1),
  /** Tracker id of the latest match, however long ago. */
  ever: new Int32Array(truthCount).fill(-1),
  present: new Int32Array(truthCount),
  matched: new Int32Array(truthCount),
  begun: new Int32Array(truthCount),
});

type Ledger = ReturnType<typeof createLedger>;

/** A match of the frame before is worth more than any similarity, so it is kept while it is good enough. */
const continuity = 1000;

const scoresOf = (sequence: ScoredSequence, t: number, threshold: number, ledger: Ledger): Float64Array => {
  const truth = sequence.truth[t] ?? [];
  const tracked = sequence.tracked[t] ?? [];
  const similarity = sequence.similarity[t] as Float64Array;
  const score = new Float64Array(similarity.length);
  truth.forEach((id, r) =>
    tracked.forEach((trackedId, c) => {
      const value = similarity[r * tracked.length + c] as number;
      if (value < threshold - epsilon) return;
      score[r * tracked.length + c] = value + (ledger.latest[id] === trackedId ? continuity : 0);
    }),
  );
  return score;
};

const tally = (ledger: Ledger, truthCount: number, counts: ClearCounts): void => {
  for (let id = 0; id < truthCount; id++) {
    const share = (ledger.matched[id] as number) / Math.max(1, ledger.present[id] as number);
    if (share > 0.8) counts.mostlyTracked++;
    else if (share >= 0.2) counts.partlyTracked++;
    counts.fragments += Math.max(0, (ledger.begun[id] as number) - 1);
  }
  counts.mostlyLost = truthCount - counts.mostlyTracked - counts.partlyTracked;
};

const emptyCounts = (): ClearCounts => ({
  truePositives: 0,
  falseNegatives: 0,
  falsePositives: 0,
  idSwitches: 0,
  fragments: 0,
  mostlyTracked: 0,
  partlyTracked: 0,
  mostlyLost: 0,
  similaritySum: 0,
});

const ratesOf = (counts: ClearCounts): ClearMetrics => {
  const { truePositives, falseNegatives, falsePositives, idSwitches, similaritySum } = counts;
  return {
    ...counts,
    mota: (truePositives - falsePositives - idSwitches) / Math.max(1, truePositives + falseNegatives),
    motp: similaritySum / Math.max(1, truePositives),
  };
};

/** CLEAR MOT (Bernardin & Stiefelhagen 2008), as TrackEval counts it. */
export const clearMetrics = (sequence: ScoredSequence, threshold = 0.5): ClearMetrics => {
  const counts = emptyCounts();
  const ledger = createLedger(sequence.truthCount);
  sequence.truth.forEach((truth, t) => {
    const tracked = sequence.tracked[t] ?? [];
    for (const id of truth) ledger.present[id] = (ledger.present[id] as number) + 1;
    if (truth.length === 0 || tracked.length === 0) {
      counts.falsePositives += tracked.length;
      counts.falseNegatives += truth.length;
      return;
    }
    const columns = matchByScore(scoresOf(sequence, t, threshold, ledger), truth.length, tracked.length);
    const before = ledger.latest.slice();
    ledger.latest.fill(-1);
    let matches = 0;
    truth.forEach((id, r) => {
      const column = columns[r] as number;
      if (column < 0) return;
      const trackedId = tracked[column] as number;
      matches++;
      counts.similaritySum += sequence.similarity[t]?.[r * tracked.length + column] ?? 0;
      if (ledger.ever[id] !== -1 && ledger.ever[id] !== trackedId) counts.idSwitches++;
      if (before[id] === -1) ledger.begun[id] = (ledger.begun[id] as number) + 1;
      ledger.matched[id] = (ledger.matched[id] as number) + 1;
      ledger.latest[id] = ledger.ever[id] = trackedId;
    });
    counts.truePositives += matches;
    counts.falseNegatives += truth.length - matches;
    counts.falsePositives += tracked.length - matches;
  });
  tally(ledger, sequence.truthCount, counts);
  return ratesOf(counts);
};

/** Several sequences as one: counts add up, rates follow. */
export const combineClear = (parts: readonly ClearMetrics[]): ClearMetrics => {
  const sum = emptyCounts();
  for (const part of parts)
    for (const key of Object.keys(sum) as (keyof ClearCounts)[]) sum[key] += part[key];
  return ratesOf(sum);
};
