import type { Candidates } from './candidates.ts';

/** At most this many objects come out of one frame. */
export const detectionsMax = 300;

/** Intersection over union of two boxes of one array, by index. */
const overlap = (boxes: Float32Array, a: number, b: number): number => {
  const i = a * 4;
  const j = b * 4;
  const ax1 = boxes[i] as number;
  const ay1 = boxes[i + 1] as number;
  const ax2 = boxes[i + 2] as number;
  const ay2 = boxes[i + 3] as number;
  const bx1 = boxes[j] as number;
  const by1 = boxes[j + 1] as number;
  const bx2 = boxes[j + 2] as number;
  const by2 = boxes[j + 3] as number;
  const width = Math.min(ax2, bx2) - Math.max(ax1, bx1);
  const height = Math.min(ay2, by2) - Math.max(ay1, by1);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared);
};

/**
 * Greedy non-maximum suppression within each class: of boxes that overlap more than `iouMax` the best score
 * stays. Equal scores keep the order of the model's output, so the result does not depend on the sort.
 * Returns indexes of the kept candidates by falling score, at most 300.
 */
export const suppress = ({ count, boxes, scores, classIds }: Candidates, iouMax: number): number[] => {
  const order = Array.from({ length: count }, (_, index) => index).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
  );
  const kept: number[] = [];
  for (const index of order) {
    if (kept.length === detectionsMax) break;
    const isNew = kept.every(
      (better) => classIds[better] !== classIds[index] || overlap(boxes, better, index) <= iouMax,
    );
    if (isNew) kept.push(index);
  }
  return kept;
};
