/**
 * One sequence ready to be scored. Ids are indices from 0, of ground truth and of the tracker apart;
 * `similarity[t]` is row-major, truth × tracked, 0–1 (intersection over union).
 */
export interface ScoredSequence {
  readonly truthCount: number;
  readonly trackedCount: number;
  readonly truth: readonly (readonly number[])[];
  readonly tracked: readonly (readonly number[])[];
  readonly similarity: readonly Float64Array[];
}

/** A box with an id, corners left, top and size in any unit. */
export interface IdentifiedBox {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Comparisons of similarity with a threshold forgive rounding, as TrackEval does. */
export const epsilon = Number.EPSILON;

/** Intersection over union of two boxes; 0 when either is empty. */
export const overlap = (a: IdentifiedBox, b: IdentifiedBox): number => {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / (a.width * a.height + b.width * b.height - shared);
};

const createNumbering = () => {
  const numbers = new Map<string, number>();
  return {
    of(id: string): number {
      let number = numbers.get(id);
      if (number === undefined) numbers.set(id, (number = numbers.size));
      return number;
    },
    count: () => numbers.size,
  };
};

/** Compares two lists of frames; frames beyond the longer of ground truth and `frameCount` are not looked at. */
export const compareBoxes = (
  truth: readonly (readonly IdentifiedBox[])[],
  tracked: readonly (readonly IdentifiedBox[])[],
  frameCount: number,
): ScoredSequence => {
  const truthNumbers = createNumbering();
  const trackedNumbers = createNumbering();
  const frames = Array.from({ length: frameCount }, (_, index) => {
    const rows = truth[index] ?? [];
    const columns = tracked[index] ?? [];
    const similarity = new Float64Array(rows.length * columns.length);
    rows.forEach((row, r) =>
      columns.forEach((column, c) => {
        similarity[r * columns.length + c] = overlap(row, column);
      }),
    );
    return {
      truth: rows.map(({ id }) => truthNumbers.of(id)),
      tracked: columns.map(({ id }) => trackedNumbers.of(id)),
      similarity,
    };
  });
  return {
    truth: frames.map((frame) => frame.truth),
    tracked: frames.map((frame) => frame.tracked),
    similarity: frames.map((frame) => frame.similarity),
    truthCount: truthNumbers.count(),
    trackedCount: trackedNumbers.count(),
  };
};

/** Sum of the lengths of lists. */
export const sizeOf = (lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((sum, list) => sum + list.length, 0);
