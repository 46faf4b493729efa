import { describe, expect, it } from 'vitest';
import { freeId, freeName, inDirection, moved, tidy, topMiddle } from './geometry.ts';

describe('in', () => {
  it.each([
    ['rightwards', { x: 0, y: 0.5 }, { x: 1, y: 0.5 }, { x: 0, y: 1 }],
    ['leftwards', { x: 1, y: 0.5 }, { x: 0, y: 0.5 }, { x: 0, y: -1 }],
    ['downwards', { x: 0.5, y: 0 }, { x: 0.5, y: 1 }, { x: -1, y: 0 }],
    ['upwards', { x: 0.5, y: 1 }, { x: 0.5, y: 0 }, { x: 1, y: 0 }],
  ])('is the right-hand side of an arrow that goes %s', (_, a, b, direction) => {
    const found = inDirection(a, b, 16 / 9);
    expect(found.x).toBeCloseTo(direction.x);
    expect(found.y).toBeCloseTo(direction.y);
  });

  it('is square to the line as it looks on the picture, not in shares', () => {
    const direction = inDirection({ x: 0, y: 0 }, { x: 0.5, y: 1 }, 2);
    expect(direction.x).toBeCloseTo(-Math.SQRT1_2);
    expect(direction.y).toBeCloseTo(Math.SQRT1_2);
  });
});

describe('points', () => {
  it('stay on the picture', () => {
    expect(tidy({ x: -0.2, y: 1.7 })).toEqual({ x: 0, y: 1 });
    expect(tidy({ x: 0.123456789, y: 0.5 })).toEqual({ x: 0.123457, y: 0.5 });
  });

  it('of a shape that is moved keep their form at the edge', () => {
    const shape = [
      { x: 0.1, y: 0.1 },
      { x: 0.3, y: 0.2 },
    ];
    expect(moved(shape, { x: -0.5, y: 2 })).toEqual([
      { x: 0, y: 0.9 },
      { x: 0.2, y: 1 },
    ]);
  });

  it('of a name are above the zone: in the middle of a level side, else at the tip', () => {
    const square = [
      { x: 0.2, y: 0.2 },
      { x: 0.8, y: 0.22 },
      { x: 0.8, y: 0.9 },
    ];
    expect(topMiddle(square).x).toBeCloseTo(0.5);
    expect(topMiddle([{ x: 0.4, y: 0.1 }, ...square])).toEqual({ x: 0.4, y: 0.1 });
  });
});

it('names and ids are the first that nobody has', () => {
  expect(freeName('Line', ['Line 1', 'door'])).toBe('Line 2');
  expect(freeId('line', ['line-1', 'line-2'])).toBe('line-3');
});
