import { describe, expect, it } from 'vitest';
import type { Detection, FrameRecord } from '#schemas';
import { play, videoPath } from '../decode/testing/player.ts';
import { groundTruth, noData, startModel } from './testing/harness.ts';

const width = 480;
const height = 360;
const startAtUs = 1_700_000_000_000_000;

const overlap = (a: readonly number[], b: readonly number[]): number => {
  const [ax1 = 0, ay1 = 0, ax2 = 0, ay2 = 0] = a;
  const [bx1 = 0, by1 = 0, bx2 = 0, by2 = 0] = b;
  const wide = Math.min(ax2, bx2) - Math.max(ax1, bx1);
  const high = Math.min(ay2, by2) - Math.max(ay1, by1);
  if (wide <= 0 || high <= 0) return 0;
  return (wide * high) / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - wide * high);
};

/** Pairs found at IoU 0.5, best score first, each truth taken once. */
const matches = (detections: readonly Detection[], truth: readonly number[][]): number => {
  const taken = new Set<number>();
  for (const { x1, y1, x2, y2 } of detections) {
    const box = [x1 * width, y1 * height, x2 * width, y2 * height];
    const overlaps = truth.map((other, index) => (taken.has(index) ? 0 : overlap(box, other)));
    const best = overlaps.indexOf(Math.max(...overlaps));
    if ((overlaps[best] ?? 0) >= 0.5) taken.add(best);
  }
  return taken.size;
};

/** Every fifth frame of the clip, as decode gives it. */
const frames = async (encoding: string): Promise<FrameRecord[]> => {
  const player = play({
    source: { kind: 'file', url: videoPath('vtest_480x360.mp4'), startAtUs },
    document: { encoding: encoding === 'jpeg' ? 'jpeg' : 'rgb24', fps: 2, jpegQuality: 90 },
  });
  await player.until('the end', () => player.records.at(-1)?.kind === 'runEnded');
  await player.close();
  return player.records.filter(({ kind }) => kind === 'frame');
};

/** Precision and recall on persons, score over 0.5, as the figures of the data's README were measured. */
const judge = async (model: string, encoding: string): Promise<{ precision: number; recall: number }> => {
  const truth = groundTruth('PETS09-S2L1', 0.625);
  const infer = await startModel(model);
  const pictures = await frames(encoding);
  await Promise.all(pictures.map((record) => infer.process(record)));
  await infer.close();
  let found = 0;
  let expected = 0;
  let right = 0;
  for (const { frame, capturedAtUs } of infer.detections) {
    const boxes = truth.get(Math.round((capturedAtUs - startAtUs) / 100_000) + 1) ?? [];
    const persons = (frame?.detections ?? []).filter(
      ({ className, confidence }) => className === 'person' && confidence > 0.5,
    );
    found += persons.length;
    expected += boxes.length;
    right += matches(persons, boxes);
  }
  return { precision: right / found, recall: right / expected };
};

describe.skipIf(noData)(`accuracy on PETS09-S2L1${noData ? ' (skipped: no evaluation data)' : ''}`, () => {
  it.each([
    { model: 'yolox_nano_416', precision: 0.804, recall: 0.891 },
    { model: 'nanodet_m_416', precision: 0.904, recall: 0.811 },
  ])('$model reaches its reference precision and recall', { timeout: 180_000 }, async (reference) => {
    const figures = await judge(reference.model, 'rgb24');
    expect(Math.abs(figures.precision - reference.precision)).toBeLessThanOrEqual(0.01);
    expect(Math.abs(figures.recall - reference.recall)).toBeLessThanOrEqual(0.01);
  });
});
