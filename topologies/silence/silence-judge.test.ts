import { describe, expect, it } from 'vitest';
import type { DetectionRecord } from '#schemas';
import { createSilenceJudge } from './silence-judge.ts';

const record = (changes: Partial<DetectionRecord> = {}): DetectionRecord => ({
  kind: 'tick',
  cameraId: 'door',
  runId: 'door-2',
  runEpoch: 2,
  sequence: 7,
  capturedAtUs: 1_000_000,
  live: true,
  frame: null,
  ended: null,
  ...changes,
});
const other = { runId: 'door-1', runEpoch: 1 };
const silenceAt = (capturedAtUs: number, runId = 'door-2'): object => ({
  kind: 'silence',
  runId,
  capturedAtUs,
});

/** Each step: records that are heard, then so many milliseconds. */
type Step = readonly [DetectionRecord[], number];

describe('silence', () => {
  it.each<[string, Step[], object[]]>([
    [
      'is told after five quiet seconds',
      [
        [[record()], 4999],
        [[], 1],
      ],
      [silenceAt(6_000_000)],
    ],
    [
      'is not told while the camera speaks',
      [
        [[record()], 4000],
        [[record({ sequence: 8 })], 4000],
      ],
      [],
    ],
    [
      'is told again while it lasts',
      [
        [[record()], 5000],
        [[], 4000],
        [[], 1000],
      ],
      [silenceAt(6_000_000), silenceAt(11_000_000)],
    ],
    [
      'is over when the camera speaks again',
      [
        [[record()], 5000],
        [[record({ sequence: 8 })], 4000],
      ],
      [silenceAt(6_000_000)],
    ],
    ['is not told of a run that has ended', [[[record(), record({ kind: 'runEnded' })], 9000]], []],
    ['is not told of a file', [[[record({ live: false })], 9000]], []],
    ['is told of the newest run', [[[record(other), record()], 5000]], [silenceAt(6_000_000)]],
    [
      'is not broken by a replaced decoder',
      [
        [[record()], 4000],
        [[record(other)], 1000],
      ],
      [silenceAt(6_000_000)],
    ],
    [
      'goes on where the owner before was',
      [
        [[record(), record({ kind: 'silence', capturedAtUs: 11_000_000 })], 4000],
        [[], 1000],
      ],
      [silenceAt(16_000_000)],
    ],
  ])('%s', (_, steps, expected) => {
    const judge = createSilenceJudge();
    const told = steps.flatMap(([records, durationMs]) => {
      for (const one of records) judge.heard(one, 0);
      return judge.passed(durationMs);
    });
    expect(told).toMatchObject(expected);
    expect(told).toHaveLength(expected.length);
  });

  it('is told for as long as a stay can be open, then no more', () => {
    const judge = createSilenceJudge();
    judge.heard(record(), 0);
    let told = 0;
    for (let second = 0; second < 3600; second++) told += judge.passed(1000).length;
    expect(told).toBe(132);
  });

  it('is not told of what was last heard long ago', () => {
    const judge = createSilenceJudge();
    judge.heard(record(), 3_600_000);
    expect(judge.passed(9000)).toEqual([]);
  });

  it('is not told of cameras that are watched by others now', () => {
    const judge = createSilenceJudge();
    judge.heard(record(), 0);
    judge.forget((cameraId) => cameraId === 'door');
    expect(judge.passed(9000)).toEqual([]);
  });
});
