import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '#schemas';
import { guardFileGaps } from './guarded-infer.ts';

const record = (sequence: number): FrameRecord => ({
  kind: 'tick',
  cameraId: 'door',
  runId: 'door-1',
  runEpoch: 1,
  sequence,
  capturedAtUs: sequence,
  live: false,
  frame: null,
  ended: null,
});

/** Sends (offset, sequence) pairs of partition 1 through a guard whose group stood at `committed`. */
const inferred = async (
  committed: number | undefined,
  records: readonly (readonly [number, number])[],
): Promise<number[]> => {
  const sequences: number[] = [];
  const guarded = guardFileGaps({
    infer: {
      init: () => undefined,
      process: ({ sequence }) => void sequences.push(sequence),
      close: () => undefined,
    },
    committed: () => Promise.resolve(new Map(committed === undefined ? [] : [[1, committed]])),
    onDropped: () => undefined,
  });
  await guarded.init({ forward: () => undefined, camera: () => undefined });
  for (const [offset, sequence] of records)
    await guarded.process(record(sequence), { topic: 'frames', partition: 1, offset, appendedAtUs: 0 });
  return sequences;
};

describe('infer on the frames topic', () => {
  it.each<[string, number | undefined, (readonly [number, number])[], number[]]>([
    [
      'takes a file up where the group stood',
      500,
      [
        [500, 40],
        [501, 41],
      ],
      [40, 41],
    ],
    [
      'reads a topic from its first record',
      undefined,
      [
        [0, 0],
        [1, 1],
      ],
      [0, 1],
    ],
    [
      'repeats what was not committed',
      500,
      [
        [480, 20],
        [481, 21],
      ],
      [20, 21],
    ],
    [
      'waits for the rewind when frames were deleted while it was away',
      500,
      [
        [700, 60],
        [701, 61],
        [702, 41],
        [703, 42],
      ],
      [41, 42],
    ],
    [
      'waits for it also when frames are deleted while it runs',
      0,
      [
        [0, 0],
        [9, 9],
        [10, 10],
        [11, 1],
      ],
      [0, 1],
    ],
    [
      'waits when it never stood anywhere and the beginning is gone',
      undefined,
      [
        [70, 5],
        [71, 6],
        [72, 0],
      ],
      [0],
    ],
  ])('%s', async (_, committed, records, sequences) => {
    expect(await inferred(committed, records)).toEqual(sequences);
  });
});
