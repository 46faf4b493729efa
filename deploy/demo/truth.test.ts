import { describe, expect, it } from 'vitest';
import { createPinholeCamera } from './camera.ts';
import type { Ground } from './camera.ts';
import { createMask } from './mask.ts';
import type { Actor, Scene } from './scene.ts';
import type { Drawn } from './shapes.ts';
import { createTruth, isInside } from './truth.ts';

const camera = createPinholeCamera({
  width: 768,
  height: 432,
  lensHeight: 3,
  pitchDegrees: 25,
  fieldOfViewDegrees: 60,
});

const sceneOf = (path: (step: number) => Ground | null): Scene => {
  const actor: Actor = { id: 'a', className: 'person', anchorAt: path, drawAt: () => null };
  return {
    kind: 'store',
    seed: 1,
    camera,
    fps: 10,
    durationMs: 10_000,
    classes: ['person'],
    lines: [{ name: 'door', a: { x: 0, y: 4 }, b: { x: 0, y: 8 } }],
    zones: [
      {
        name: 'zone',
        polygon: [
          { x: 1, y: 4 },
          { x: 3, y: 4 },
          { x: 3, y: 8 },
          { x: 1, y: 8 },
        ],
      },
    ],
    actors: [actor],
    statics: [],
    noise: 0,
    lightAt: () => 1,
    paintBackground: () => undefined,
    paintAir: () => undefined,
  };
};

describe('crossings from the world', () => {
  it.each([
    ['to the right is in', (step: number) => ({ x: step / 20 - 5, y: 6 }), ['in']],
    ['to the left is out', (step: number) => ({ x: 5 - step / 20, y: 6 }), ['out']],
    ['beside the ends is nothing', (step: number) => ({ x: step / 20 - 5, y: 9 }), []],
    [
      'there and back counts both',
      (step: number) => ({ x: 3 - Math.abs(step / 20 - 5), y: 6 }),
      ['in', 'out'],
    ],
    [
      'a step over it and straight back is nothing',
      (step: number) => ({ x: step >= 100 && step < 106 ? 0.1 : -0.1, y: 6 }),
      [],
    ],
    ['at the very end nobody can say', (step: number) => ({ x: (step - 195) / 20, y: 6 }), []],
  ] as const)('%s', (_name, path, directions) => {
    const { crossings } = createTruth(sceneOf(path)).finish();
    expect(crossings.map(({ direction }) => direction)).toEqual(directions);
  });

  it('takes the moment between two steps', () => {
    const { crossings } = createTruth(sceneOf((step) => ({ x: step / 20 - 5.01, y: 6 }))).finish();
    expect(crossings[0]?.atMs).toBe(5010);
  });
});

describe('stays from the world', () => {
  it('last from the first to the last step inside, over gaps of a second', () => {
    const isOut = (step: number): boolean => step < 20 || step >= 120 || (step >= 60 && step < 75);
    const { stays } = createTruth(sceneOf((step) => ({ x: isOut(step) ? 0.5 : 2, y: 6 }))).finish();
    expect(stays).toEqual([
      { zone: 'zone', id: 'a', className: 'person', enteredAtMs: 1000, leftAtMs: 6000, isWhole: true },
    ]);
  });

  it('knows inside from outside', () => {
    const polygon = [
      { x: 0, y: 0 },
      { x: 4, y: 0 },
      { x: 0, y: 4 },
    ];
    expect(isInside({ polygon }, { x: 1, y: 1 })).toBe(true);
    expect(isInside({ polygon }, { x: 3, y: 3 })).toBe(false);
  });
});

describe('the mask', () => {
  const square = (object: number, depth: number, x: number, y: number, size: number): Drawn => ({
    depth,
    object,
    shapes: [
      {
        kind: 'polygon',
        points: [
          { x, y },
          { x: x + size, y },
          { x: x + size, y: y + size },
          { x, y: y + size },
        ],
        fill: '',
      },
    ],
  });

  it.each([
    ['alone: all of it', [square(0, 5, 100, 100, 40)], { x1: 100, y1: 100, x2: 140, y2: 140 }, 0],
    [
      'half hidden by a nearer one',
      [square(0, 5, 100, 100, 40), square(1, 4, 120, 90, 80)],
      { x1: 100, y1: 100, x2: 120, y2: 140 },
      0.5,
    ],
    [
      'half hidden by something that stands still',
      [square(0, 5, 100, 100, 40), square(-1, 4, 100, 120, 80)],
      { x1: 100, y1: 100, x2: 140, y2: 120 },
      0.5,
    ],
    ['half beyond the edge', [square(0, 5, -20, 100, 40)], { x1: 0, y1: 100, x2: 20, y2: 140 }, 0.5],
    ['wholly hidden: no box', [square(0, 5, 100, 100, 40), square(1, 4, 90, 90, 80)], null, 1],
  ] as const)('%s', (_name, drawn, box, hidden) => {
    const [seen] = createMask(768, 432).look([...drawn], 2);
    expect(seen?.box).toEqual(box);
    expect(seen?.hiddenShare).toBeCloseTo(hidden, 5);
  });

  it('shows through an opening only what lies in it', () => {
    const opening = [
      { x: 110, y: 0 },
      { x: 300, y: 0 },
      { x: 300, y: 300 },
      { x: 110, y: 300 },
    ];
    const [seen] = createMask(768, 432).look([{ ...square(0, 5, 100, 100, 40), clip: opening }], 1);
    expect(seen?.box).toEqual({ x1: 110, y1: 100, x2: 140, y2: 140 });
    expect(seen?.hiddenShare).toBeCloseTo(0.25, 5);
  });
});
