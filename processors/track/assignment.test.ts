import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAssigner } from './assignment.ts';

const assign = (cost: number[][], limit: number): number[] => {
  const [rows, columns] = [cost.length, cost[0]?.length ?? 0];
  const result = new Int32Array(rows);
  createAssigner().assign(Float64Array.from(cost.flat()), rows, columns, limit, result);
  return [...result];
};

const total = (cost: number[][], pairs: number[], limit: number): number =>
  pairs.reduce((sum, column, row) => sum + (column < 0 ? limit : (cost[row]?.[column] ?? limit)), 0);

/** The least total over every way to pair rows with free columns or leave them alone. */
const leastTotal = (cost: number[][], limit: number, row = 0, used = 0): number => {
  const entries = cost[row];
  if (!entries) return 0;
  let least = limit + leastTotal(cost, limit, row + 1, used);
  entries.forEach((entry, column) => {
    if (used & (1 << column) || entry >= limit) return;
    least = Math.min(least, entry + leastTotal(cost, limit, row + 1, used | (1 << column)));
  });
  return least;
};

test.each([
  ['nothing to pair', [], []],
  ['one pair', [[0.2]], [0]],
  ['a pair at the limit is not made', [[1]], [-1]],
  [
    'the cheapest pair is given up when the sum is less',
    [
      [0.1, 0.2],
      [0.1, 0.9],
    ],
    [1, 0],
  ],
  ['more rows than columns', [[0.5], [0.2], [0.9]], [-1, 0, -1]],
  ['more columns than rows', [[0.5, 0.4, 0.6]], [1]],
  [
    'forbidden pairs',
    [
      [Infinity, 0.4],
      [Infinity, 0.3],
    ],
    [-1, 1],
  ],
] as const)('%s', (_name, cost, expected) => {
  expect(assign(cost as unknown as number[][], 1)).toEqual(expected);
});

test('finds the least total, as trying everything does', () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .chain(([rows, columns]) =>
      fc.array(
        fc.array(
          fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constant(Infinity), fc.constant(0.5)),
          {
            minLength: columns,
            maxLength: columns,
          },
        ),
        { minLength: rows, maxLength: rows },
      ),
    );
  fc.assert(
    fc.property(matrix, (cost) => {
      const pairs = assign(cost, 1);
      const used = pairs.filter((column) => column >= 0);
      expect(new Set(used).size).toBe(used.length);
      expect(total(cost, pairs, 1)).toBeCloseTo(leastTotal(cost, 1), 9);
    }),
    { numRuns: 500 },
  );
});

test('gives the same pairs every time, whatever was paired before', () => {
  const assigner = createAssigner();
  const cost = Float64Array.from([0.3, 0.3, 0.3, 0.3]);
  const [first, second] = [new Int32Array(2), new Int32Array(2)];
  assigner.assign(cost, 2, 2, 1, first);
  assigner.assign(
    Float64Array.from({ length: 900 }, (_, index) => (index * 7919) % 1000),
    30,
    30,
    1000,
    new Int32Array(30),
  );
  assigner.assign(cost, 2, 2, 1, second);
  expect(second).toEqual(first);
});
