import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '#schemas';
import { createFileGapGuard } from './file-gap-guard.ts';
import type { FileGapGuard } from './file-gap-guard.ts';

const record = (sequence: number, changes: Partial<FrameRecord> = {}): FrameRecord => ({
  kind: 'tick',
  cameraId: 'door',
  runId: 'run',
  runEpoch: 1,
  sequence,
  capturedAtUs: sequence,
  live: false,
  frame: null,
  ended: null,
  ...changes,
});
const admitted = (guard: FileGapGuard, sequences: readonly number[], changes = {}): number[] =>
  sequences.filter((sequence) => guard.admit(record(sequence, changes)));

describe('file gap guard', () => {
  it('admits a run in order, and its resends', () => {
    const guard = createFileGapGuard();
    expect(admitted(guard, [0, 1, 2, 1, 2, 3, 4])).toEqual([0, 1, 2, 1, 2, 3, 4]);
  });

  it('leaves out what follows a gap until the gap is filled', () => {
    const guard = createFileGapGuard();
    expect(admitted(guard, [0, 1, 5, 6, 7, 2, 3, 4, 5, 6])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(guard.dropped()).toBe(3);
  });

  it('takes up a run where it meets it first', () => {
    expect(admitted(createFileGapGuard(), [40, 41])).toEqual([40, 41]);
  });

  it('after a jump waits for the rewind of a run it meets in its middle', () => {
    const guard = createFileGapGuard();
    admitted(guard, [0, 1, 2]);
    guard.jumped();
    expect(admitted(guard, [60, 61, 62, 41, 42, 43, 44])).toEqual([41, 42, 43, 44]);
  });

  it('after a jump admits a run from its beginning', () => {
    const guard = createFileGapGuard();
    guard.jumped();
    expect(admitted(guard, [0, 1], { runId: 'next' })).toEqual([0, 1]);
  });

  it('lets live cameras jump: their frames may be dropped', () => {
    expect(admitted(createFileGapGuard(), [0, 5, 9], { live: true })).toEqual([0, 5, 9]);
  });
});
