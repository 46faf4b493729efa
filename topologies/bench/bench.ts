/** One figure. `ratio` is value / reference (higher is better unless the unit is a time), from alternating runs. */
export interface BenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The other side's figure from the same run; null when that side is not installed. */
  readonly reference: number | null;
  readonly ratio: number | null;
  /** What the reference is, or why there is none. */
  readonly note: string;
}

/** What every benchmark is given. */
export interface BenchContext {
  /** Folder of evaluation data: video/, onnx/, mot15/, reference/. */
  readonly dataDir: string;
  /** Folder of the programs a user would pick instead. */
  readonly peersDir: string;
  /** Python with the peers' packages; `python3` unless said otherwise. */
  readonly python: string;
  /** Alternating runs of each side; the median counts. */
  readonly rounds: number;
  /** Progress for people, on standard error. */
  log(text: string): void;
}

export type Bench = (context: BenchContext) => AsyncIterable<BenchFigure>;

/** Middle value; the mean of the two middle ones for an even count. NaN for none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** Nearest-rank percentile of unsorted values, share 0–1. NaN for none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};
