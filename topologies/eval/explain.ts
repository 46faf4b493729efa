import type { TrueCrossing } from './truth.ts';

/** A crossing as the pipeline counted it, with the true object under the track's box at that moment. */
export interface CountedCrossing {
  readonly line: string;
  readonly className: string;
  readonly direction: 'in' | 'out';
  readonly atMs: number;
  readonly trackId: string;
  /** Null when there is none: the track follows nothing. */
  readonly objectId: string | null;
}

/** Which track was on a true object, frame by frame. */
export interface Cover {
  readonly atMs: number;
  readonly trackId: string | null;
  readonly hiddenShare: number;
}

export const reasons = ['missed', 'double', 'idSwitch', 'wrongSide', 'wrongClass', 'phantom'] as const;
export type Reason = (typeof reasons)[number];

export interface CountError {
  readonly reason: Reason;
  readonly line: string;
  readonly direction: 'in' | 'out';
  readonly atMs: number;
  readonly objectId: string | null;
  readonly trackId: string | null;
  /** One sentence for people. */
  readonly text: string;
}

/** A count belongs to a true crossing at most this far away in time. */
const apartMsMax = 1500;
/** Tracks are compared this long before and after a crossing. */
const aroundMs = 1500;

const seconds = (atMs: number): string => `${(atMs / 1000).toFixed(1)} s`;

interface Pair {
  readonly truth: TrueCrossing;
  readonly counted: CountedCrossing;
}

/** Closest in time first, the same object before another one. */
const pairUp = (truths: readonly TrueCrossing[], counts: readonly CountedCrossing[]): Pair[] => {
  const candidates = truths
    .flatMap((truth) => counts.map((counted) => ({ truth, counted })))
    .filter(
      ({ truth, counted }) =>
        truth.line === counted.line &&
        truth.direction === counted.direction &&
        Math.abs(truth.atMs - counted.atMs) <= apartMsMax,
    )
    .map((pair) => ({
      ...pair,
      cost:
        Math.abs(pair.truth.atMs - pair.counted.atMs) +
        (pair.truth.id === pair.counted.objectId ? 0 : apartMsMax) +
        (pair.truth.className === pair.counted.className ? 0 : apartMsMax),
    }))
    .sort((p, q) => p.cost - q.cost);
  const pairs: Pair[] = [];
  for (const { truth, counted } of candidates)
    if (!pairs.some((pair) => pair.truth === truth || pair.counted === counted))
      pairs.push({ truth, counted });
  return pairs;
};

const tracksOn = (cover: readonly Cover[], fromMs: number, toMs: number): string[] => [
  ...new Set(
    cover
      .filter(({ atMs, trackId }) => atMs >= fromMs && atMs <= toMs && trackId !== null)
      .map(({ trackId }) => trackId as string),
  ),
];

const explainMissing = (
  truth: TrueCrossing,
  counts: readonly CountedCrossing[],
  cover: readonly Cover[],
): CountError => {
  const base = { line: truth.line, direction: truth.direction, atMs: truth.atMs, objectId: truth.id };
  const opposite = counts.find(
    ({ line, direction, atMs, objectId }) =>
      line === truth.line &&
      direction !== truth.direction &&
      objectId === truth.id &&
      Math.abs(atMs - truth.atMs) <= apartMsMax,
  );
  const what = `${truth.id} went ${truth.direction} over ${truth.line} at ${seconds(truth.atMs)}`;
  if (opposite)
    return {
      ...base,
      reason: 'wrongSide',
      trackId: opposite.trackId,
      text: `${what} and was counted ${opposite.direction}`,
    };
  const tracks = tracksOn(cover, truth.atMs - aroundMs, truth.atMs + aroundMs);
  if (tracks.length > 1)
    return {
      ...base,
      reason: 'idSwitch',
      trackId: tracks[0] ?? null,
      text: `${what}; the track changed from ${tracks.join(' to ')} around the line`,
    };
  const near = cover.filter(({ atMs }) => Math.abs(atMs - truth.atMs) <= aroundMs);
  const seen = near.filter(({ trackId }) => trackId !== null).length;
  const hidden = Math.max(0, ...near.map(({ hiddenShare }) => hiddenShare));
  return {
    ...base,
    reason: 'missed',
    trackId: tracks[0] ?? null,
    text: `${what}; followed in ${seen} of ${near.length} frames around it, hidden by up to ${Math.round(hidden * 100)} %`,
  };
};

const explainExtra = (
  counted: CountedCrossing,
  pairs: readonly Pair[],
  covers: ReadonlyMap<string, readonly Cover[]>,
): CountError => {
  const { line, direction, atMs, objectId, trackId } = counted;
  const base = { line, direction, atMs, objectId, trackId };
  const what = `track ${trackId} was counted ${direction} over ${line} at ${seconds(atMs)}`;
  if (objectId === null) return { ...base, reason: 'phantom', text: `${what}; there was nothing under it` };
  const before = pairs.find(
    ({ truth }) =>
      truth.id === objectId &&
      truth.line === line &&
      truth.direction === direction &&
      Math.abs(truth.atMs - atMs) <= 10_000,
  );
  if (before)
    return {
      ...base,
      reason: 'double',
      text: `${what}, but ${objectId} was counted already as track ${before.counted.trackId}`,
    };
  const others = [...covers]
    .filter(
      ([id, cover]) => id !== objectId && tracksOn(cover, atMs - aroundMs, atMs + aroundMs).includes(trackId),
    )
    .map(([id]) => id);
  if (others.length > 0)
    return {
      ...base,
      reason: 'idSwitch',
      text: `${what}; it went over from ${others.join(', ')} to ${objectId}`,
    };
  return { ...base, reason: 'wrongSide', text: `${what}; ${objectId} did not cross there` };
};

/**
 * Compares counts with the truth. `exact` when every line has the true number in each direction for each class;
 * every difference is one error with its reason.
 */
export const explainCounts = (
  truths: readonly TrueCrossing[],
  counts: readonly CountedCrossing[],
  covers: ReadonlyMap<string, readonly Cover[]>,
): { exact: boolean; errors: CountError[] } => {
  const pairs = pairUp(truths, counts);
  const errors: CountError[] = [];
  const told = new Set<CountedCrossing>();
  for (const truth of truths)
    if (!pairs.some((pair) => pair.truth === truth)) {
      const error = explainMissing(truth, counts, covers.get(truth.id) ?? []);
      errors.push(error);
      // Counted the wrong way is one mistake, not one missed and one too many.
      if (error.reason === 'wrongSide') {
        const wrong = counts.find(
          (counted) =>
            counted.trackId === error.trackId &&
            counted.line === truth.line &&
            counted.direction !== truth.direction,
        );
        if (wrong) told.add(wrong);
      }
    }
  for (const counted of counts)
    if (!told.has(counted) && !pairs.some((pair) => pair.counted === counted))
      errors.push(explainExtra(counted, pairs, covers));
  for (const { truth, counted } of pairs)
    if (truth.className !== counted.className)
      errors.push({
        reason: 'wrongClass',
        line: truth.line,
        direction: truth.direction,
        atMs: truth.atMs,
        objectId: truth.id,
        trackId: counted.trackId,
        text: `${truth.id} was counted over ${truth.line} at ${seconds(truth.atMs)} as ${counted.className}`,
      });
  return { exact: errors.length === 0, errors: errors.sort((p, q) => p.atMs - q.atMs) };
};
