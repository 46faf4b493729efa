import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '#schemas';
import { createCandidates } from './candidates.ts';
import type { Candidates } from './candidates.ts';
import { cocoClasses } from './coco-classes.ts';
import { fitOf } from './fit.ts';
import { nanodet } from './nanodet.ts';
import { createPreprocessor } from './preprocess.ts';
import { detectionsMax, suppress } from './suppress.ts';
import { yolox } from './yolox.ts';

const manifest = (rest: Partial<ModelManifest>): ModelManifest => ({
  name: 'test',
  layout: 'yolox',
  input: { width: 16, height: 16 },
  ...yolox.preprocessing,
  strides: [8],
  classes: ['a', 'b'],
  sha256: '0'.repeat(64),
  license: '',
  ...rest,
});
const candidates = (boxes: number[][], scores: number[], classIds: number[] = []): Candidates => {
  const all = createCandidates();
  all.count = boxes.length;
  all.boxes.set(boxes.flat());
  all.scores.set(scores);
  all.classIds.set(classIds);
  return all;
};

describe('suppression', () => {
  const near = [
    [0, 0, 10, 10],
    [1, 0, 11, 10],
    [20, 0, 30, 10],
  ];
  it.each([
    {
      what: 'keeps the best of boxes that overlap',
      scores: [0.5, 0.9, 0.7],
      classIds: [0, 0, 0],
      iou: 0.5,
      kept: [1, 2],
    },
    {
      what: 'leaves other classes alone',
      scores: [0.5, 0.9, 0.7],
      classIds: [1, 0, 0],
      iou: 0.5,
      kept: [1, 2, 0],
    },
    {
      what: 'keeps overlaps up to the limit',
      scores: [0.5, 0.9, 0.7],
      classIds: [0, 0, 0],
      iou: 0.9,
      kept: [1, 2, 0],
    },
    {
      what: 'keeps the first of equals',
      scores: [0.5, 0.5, 0.5],
      classIds: [0, 0, 0],
      iou: 0.5,
      kept: [0, 2],
    },
  ])('$what', ({ scores, classIds, iou, kept }) => {
    expect(suppress(candidates(near, scores, classIds), iou)).toEqual(kept);
  });
  it('gives at most 300', () => {
    const boxes = Array.from({ length: 400 }, (_, index) => [index * 2, 0, index * 2 + 1, 1]);
    expect(
      suppress(
        candidates(
          boxes,
          boxes.map(() => 0.5),
        ),
        0.5,
      ),
    ).toHaveLength(detectionsMax);
  });
});

describe('YOLOX outputs', () => {
  it('are decoded by grid and stride, scored by objectness and the best class', () => {
    const output = new Float32Array(4 * 7);
    // Cell 3 is the second of the second row.
    output.set([0.5, 0.25, Math.log(2), Math.log(0.5), 0.9, 0.1, 0.8], 3 * 7);
    output.set([0, 0, 0, 0, 0.9, 0.05, 0.01], 0);
    const into = createCandidates();
    yolox.read([output], manifest({}), 0.1, into);
    expect(into.count).toBe(1);
    expect([...into.boxes.subarray(0, 4)]).toEqual([12 - 8, 10 - 2, 12 + 8, 10 + 2]);
    expect(into.scores[0]).toBeCloseTo(0.72);
    expect(into.classIds[0]).toBe(1);
  });
  it('are told from others by their shape', () => {
    const of = (shape: number[]): number | string =>
      yolox.classesOf(
        { inputs: [], outputs: [{ name: 'out', type: 'float32', shape }] },
        { width: 416, height: 416 },
        [8, 16, 32],
      );
    expect(of([1, 3549, 85])).toBe(80);
    expect(of([1, 8400, 85])).toBe(
      'expected one output [1,3549,5+classes] for an input of 416x416, found out[1,8400,85]',
    );
  });
});

describe('NanoDet outputs', () => {
  it('are decoded as the expected distance of each side from the middle of the cell', () => {
    const scores = new Float32Array(4 * 2);
    scores.set([0.2, 0.6], 2);
    const distances = new Float32Array(4 * 4 * 8).fill(-50);
    // Cell 1: all weight on one bin for each side: 1, 0 and 0, and half on 0 and half on 1.
    for (const [side, bins] of [[1], [0], [0], [0, 1]].entries())
      for (const bin of bins) distances[(4 + side) * 8 + bin] = 50;
    const into = createCandidates();
    nanodet.read([scores, distances], manifest({ layout: 'nanodet' }), 0.5, into);
    expect(into.count).toBe(1);
    expect([...into.boxes.subarray(0, 4)]).toEqual([11.5 - 8, 3.5, 11.5, 3.5 + 4]);
    expect([into.scores[0], into.classIds[0]]).toEqual([Math.fround(0.6), 1]);
  });
});

describe('pictures as model input', () => {
  it.each([
    { resize: 'letterbox', width: 480, height: 360, fit: { width: 416, height: 312 } },
    { resize: 'letterbox', width: 100, height: 400, fit: { width: 104, height: 416 } },
    { resize: 'stretch', width: 480, height: 360, fit: { width: 416, height: 416 } },
  ] as const)('$resize a $width x $height picture', ({ resize, width, height, fit }) => {
    expect(fitOf({ input: { width: 416, height: 416 }, resize }, width, height)).toEqual(fit);
  });

  it('are copied, padded and put in the order of planes the model wants', () => {
    const input = { width: 2, height: 2 };
    const letterboxed = createPreprocessor(manifest({ input, padValue: 114 }));
    letterboxed.fill(Uint8Array.from([10, 20, 30, 40, 50, 60]), 2, 1);
    expect([...letterboxed.tensor]).toEqual([30, 60, 114, 114, 20, 50, 114, 114, 10, 40, 114, 114]);
    const normalised = createPreprocessor(
      manifest({
        input,
        resize: 'stretch',
        colorOrder: 'rgb',
        mean: [10, 0, 0],
        standardDeviation: [2, 1, 1],
      }),
    );
    normalised.fill(Uint8Array.from([10, 20, 30]), 1, 1);
    expect([...normalised.tensor]).toEqual([0, 0, 0, 0, 20, 20, 20, 20, 30, 30, 30, 30]);
  });

  it('are resized bilinearly about the middles of pixels', () => {
    const { tensor, fill } = createPreprocessor(
      manifest({ input: { width: 4, height: 1 }, resize: 'stretch', colorOrder: 'rgb' }),
    );
    fill(Uint8Array.from([0, 0, 0, 100, 100, 100]), 2, 1);
    expect([...tensor.subarray(0, 4)]).toEqual([0, 25, 75, 100]);
  });

  it('leave no trace of a larger picture before', () => {
    const { tensor, fill } = createPreprocessor(manifest({ input: { width: 2, height: 2 }, padValue: 7 }));
    fill(new Uint8Array(12).fill(200), 2, 2);
    fill(new Uint8Array(6).fill(100), 2, 1);
    expect([...tensor.subarray(0, 4)]).toEqual([100, 100, 7, 7]);
  });
});

it('COCO has 80 classes, the first is person', () => {
  expect([cocoClasses.length, cocoClasses[0], cocoClasses[79]]).toEqual([80, 'person', 'toothbrush']);
});
