import { describe, expect, it } from 'vitest';
import { explainCounts } from './explain.ts';
import type { CountedCrossing, Cover } from './explain.ts';
import { createPrecision } from './precision.ts';
import { compareStays } from './stays.ts';
import type { TrueCrossing, TrueFrame } from './truth.ts';

const truth = (atMs: number, more: Partial<TrueCrossing> = {}): TrueCrossing => ({
  line: 'door',
  id: 'anna',
  className: 'person',
  direction: 'in',
  atMs,
  ...more,
});
const counted = (atMs: number, more: Partial<CountedCrossing> = {}): CountedCrossing => ({
  line: 'door',
  className: 'person',
  direction: 'in',
  atMs,
  trackId: '1',
  objectId: 'anna',
  ...more,
});
const cover = (tracks: readonly (string | null)[]): Cover[] =>
  tracks.map((trackId, index) => ({ atMs: index * 500, trackId, hiddenShare: 0.2 }));

describe('explainCounts', () => {
  it.each([
    ['a count at the right moment', [truth(1000)], [counted(1100)], { anna: ['1', '1', '1', '1'] }, []],
    ['nobody followed', [truth(1000)], [], { anna: [null, null, null, null] }, ['missed']],
    ['followed and not counted', [truth(1000)], [], { anna: ['1', '1', '1', '1'] }, ['missed']],
    ['the track changed at the line', [truth(1000)], [], { anna: ['1', '1', '4', '4'] }, ['idSwitch']],
    [
      'counted again by a second track',
      [truth(1000)],
      [counted(1000), counted(1600, { trackId: '2' })],
      { anna: ['1', '1', '2', '2'] },
      ['double'],
    ],
    [
      'counted the other way round',
      [truth(1000)],
      [counted(1100, { direction: 'out' })],
      { anna: ['1', '1', '1'] },
      ['wrongSide'],
    ],
    ['counted though it stayed on its side', [], [counted(1000)], { anna: ['1', '1', '1'] }, ['wrongSide']],
    [
      'a track that jumped from one to another',
      [],
      [counted(1000, { objectId: 'bert' })],
      { anna: ['1', '1', null], bert: [null, null, '1'] },
      ['idSwitch'],
    ],
    ['a count with nothing under it', [], [counted(1000, { objectId: null })], {}, ['phantom']],
    [
      'counted as something else',
      [truth(1000)],
      [counted(1000, { className: 'vehicle' })],
      { anna: ['1', '1'] },
      ['wrongClass'],
    ],
    [
      'too far away in time',
      [truth(1000)],
      [counted(4000)],
      { anna: [null, null, null] },
      ['missed', 'wrongSide'],
    ],
    [
      'another line',
      [truth(1000)],
      [counted(1000, { line: 'till' })],
      { anna: [null, null, null] },
      ['missed', 'wrongSide'],
    ],
  ] as const)('%s', (_name, truths, counts, covers, reasons) => {
    const map = new Map(
      Object.entries(covers).map(([id, tracks]) => [id, cover(tracks as readonly (string | null)[])]),
    );
    const { exact, errors } = explainCounts(truths, counts, map);
    expect(errors.map(({ reason }) => reason)).toEqual(reasons);
    expect(exact).toBe(reasons.length === 0);
  });

  it('gives two who cross together one count each', () => {
    const truths = [truth(1000), truth(1050, { id: 'bert' })];
    const counts = [counted(1080, { objectId: 'bert', trackId: '2' }), counted(1020)];
    expect(explainCounts(truths, counts, new Map()).exact).toBe(true);
  });
});

describe('average precision', () => {
  const frame = (
    boxes: readonly (readonly [number, number, number, number])[],
    hiddenShare = 0,
  ): TrueFrame => ({
    index: 0,
    atMs: 0,
    objects: boxes.map((box, index) => ({ id: `${index}`, className: 'person', box: [...box], hiddenShare })),
  });
  const at = (x: number, confidence: number) => ({
    className: 'person',
    confidence,
    box: [x, 0.1, x + 0.1, 0.4] as const,
  });
  it.each([
    ['all found', [0.1, 0.5], [at(0.1, 0.9), at(0.5, 0.8)], 1],
    ['half found', [0.1, 0.5], [at(0.1, 0.9)], 0.5],
    ['a false one of higher score halves the precision', [0.1], [at(0.7, 0.95), at(0.1, 0.9)], 0.5],
    ['a false one of lower score costs nothing', [0.1], [at(0.1, 0.9), at(0.7, 0.2)], 1],
    [
      'found twice is false once',
      [0.1, 0.5],
      [at(0.1, 0.9), at(0.11, 0.8), at(0.5, 0.7)],
      0.5 + 0.5 * (2 / 3),
    ],
  ] as const)('%s', (_name, truths, found, expected) => {
    const precision = createPrecision();
    precision.add(frame(truths.map((x) => [x, 0.1, x + 0.1, 0.4] as const)), [...found], ['person']);
    expect(precision.finish()['person']).toBeCloseTo(expected, 6);
  });

  it('neither asks for nor punishes what is hidden', () => {
    const precision = createPrecision();
    precision.add(frame([[0.1, 0.1, 0.2, 0.4]], 0.9), [at(0.1, 0.9)], ['person']);
    precision.add(frame([[0.5, 0.1, 0.6, 0.4]]), [at(0.5, 0.8)], ['person']);
    expect(precision.finish()['person']).toBe(1);
  });
});

describe('compareStays', () => {
  it('compares the sums of a zone', () => {
    const stay = { zone: 'till', id: 'a', className: 'person', isWhole: true };
    const result = compareStays(
      'till',
      [
        { ...stay, enteredAtMs: 0, leftAtMs: 4000 },
        { ...stay, enteredAtMs: 9000, leftAtMs: 15_000 },
        { ...stay, zone: 'other', enteredAtMs: 0, leftAtMs: 9000 },
      ],
      [{ zone: 'till', className: 'person', enteredAtMs: 0, dwellMs: 9000 }],
    );
    expect(result).toEqual({
      zone: 'till',
      trueVisits: 2,
      visits: 1,
      trueDwellMs: 10_000,
      dwellMs: 9000,
      dwellErrorShare: 0.1,
    });
  });
});
