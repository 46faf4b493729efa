import { matchByScore } from './matching.ts';
import { epsilon, sizeOf } from './sequence.ts';
import type { ScoredSequence } from './sequence.ts';

export interface IdentityMetrics {
  truePositives: number;
  falseNegatives: number;
  falsePositives: number;
  idf1: number;
  precision: number;
  recall: number;
}

const ratesOf = (truePositives: number, falseNegatives: number, falsePositives: number): IdentityMetrics => ({
  truePositives,
  falseNegatives,
  falsePositives,
  idf1: truePositives / Math.max(1, truePositives + (falseNegatives + falsePositives) / 2),
  precision: truePositives / Math.max(1, truePositives + falsePositives),
  recall: truePositives / Math.max(1, truePositives + falseNegatives),
});

/** Identity metrics (Ristani et al. 2016): the one pairing of whole tracks that explains most boxes. */
export const identityMetrics = (sequence: ScoredSequence, threshold = 0.5): IdentityMetrics => {
  const { truthCount, trackedCount } = sequence;
  const shared = new Float64Array(truthCount * trackedCount);
  sequence.truth.forEach((truth, t) => {
    const tracked = sequence.tracked[t] ?? [];
    truth.forEach((id, r) =>
      tracked.forEach((trackedId, c) => {
        const similarity = sequence.similarity[t]?.[r * tracked.length + c] ?? 0;
        if (similarity < threshold - epsilon) return;
        const cell = id * trackedCount + trackedId;
        shared[cell] = (shared[cell] as number) + 1;
      }),
    );
  });
  const columns = matchByScore(shared, truthCount, trackedCount);
  let truePositives = 0;
  for (let id = 0; id < truthCount; id++) {
    const column = columns[id] as number;
    if (column >= 0) truePositives += shared[id * trackedCount + column] as number;
  }
  return ratesOf(
    truePositives,
    sizeOf(sequence.truth) - truePositives,
    sizeOf(sequence.tracked) - truePositives,
  );
};

export const combineIdentity = (parts: readonly IdentityMetrics[]): IdentityMetrics => {
  const sum = (key: 'truePositives' | 'falseNegatives' | 'falsePositives'): number =>
    parts.reduce((total, part) => total + part[key], 0);
  return ratesOf(sum('truePositives'), sum('falseNegatives'), sum('falsePositives'));
};
