import { describe, expect, test } from 'vitest';
import { decodePlan, encodePlan, planBlock } from './block-plan.ts';

const start = { topic: 'sightline.crossings', partition: 3, from: 17, appendedAtMs: 1_700_000_000_000 };

describe('a block plan', () => {
  test('survives the metadata of an offset', () => {
    const plan = planBlock(start, 42);
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });

  test.each([
    ['topic', { topic: 'other' }],
    ['partition', { partition: 4 }],
    ['begin', { from: 16 }],
    ['life of the topic', { appendedAtMs: 1_700_000_000_001 }],
  ])('has another token for another %s', (_what, change) => {
    expect(planBlock({ ...start, ...change }, 42).token).not.toBe(planBlock(start, 42).token);
  });

  test('is absent where nothing was under way', () => {
    for (const metadata of ['', null, undefined]) expect(decodePlan(metadata)).toBeUndefined();
  });

  test.each(['nonsense', '{}', '{"end":1.5,"token":"a"}', '{"end":1}', 'null'])(
    'refuses what it did not write: %s',
    (metadata) => {
      expect(() => decodePlan(metadata)).toThrow(/metadata/);
    },
  );
});
