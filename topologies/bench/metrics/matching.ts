import { createAssigner } from '#processors/track';

const assigner = createAssigner();
let cost = new Float64Array(0);
let pairs = new Int32Array(0);

/**
 * Pairs rows with columns for the greatest sum of scores (row-major, at least 0); a score of 0 makes no pair.
 * Returns the column of each row or -1; the array is used again by the next call.
 */
export const matchByScore = (score: Float64Array, rows: number, columns: number): Int32Array => {
  const size = rows * columns;
  if (cost.length < size) cost = new Float64Array(size * 2);
  if (pairs.length < rows) pairs = new Int32Array(rows * 2);
  let most = 0;
  for (let index = 0; index < size; index++) most = Math.max(most, score[index] as number);
  for (let index = 0; index < size; index++) cost[index] = most - (score[index] as number);
  pairs.fill(-1, 0, rows);
  if (most > 0) assigner.assign(cost, rows, columns, most, pairs);
  return pairs;
};
