import type { TrueStay } from './truth.ts';

/** A stay as the pipeline measured it. */
export interface MeasuredStay {
  readonly zone: string;
  readonly className: string;
  readonly enteredAtMs: number;
  readonly dwellMs: number;
}

export interface ZoneComparison {
  readonly zone: string;
  readonly trueVisits: number;
  readonly visits: number;
  readonly trueDwellMs: number;
  readonly dwellMs: number;
  /** |measured − true| of the total, as a share of the true total. */
  readonly dwellErrorShare: number;
}

/** Sums of one zone beside each other: occupancy over time is what dwell is for, so the sum is what must be right. */
export const compareStays = (
  zone: string,
  truths: readonly TrueStay[],
  measured: readonly MeasuredStay[],
): ZoneComparison => {
  const mine = truths.filter((stay) => stay.zone === zone);
  const theirs = measured.filter((stay) => stay.zone === zone);
  const trueDwellMs = mine.reduce((sum, { enteredAtMs, leftAtMs }) => sum + leftAtMs - enteredAtMs, 0);
  const dwellMs = theirs.reduce((sum, stay) => sum + stay.dwellMs, 0);
  return {
    zone,
    trueVisits: mine.length,
    visits: theirs.length,
    trueDwellMs,
    dwellMs,
    dwellErrorShare:
      trueDwellMs === 0 ? (dwellMs === 0 ? 0 : 1) : Math.abs(dwellMs - trueDwellMs) / trueDwellMs,
  };
};
