import { describe, expect, test } from 'vitest';
import type { CameraDocument } from '#schemas';
import {
  createBench,
  crossingsOf,
  documentOf,
  endOf,
  frameOf,
  outputsOf,
  recordOf,
  trackAt,
} from './testing.ts';

/** A line down the middle; its `in` side is the left of the picture. */
const middle = { lineId: 'l', a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } };

/** Crossings of one track that is at x[i] at i × 100 ms, as [direction, crossing time in ms]. */
const crossed = (line: Partial<CameraDocument['lines'][number]>, xs: (number | null)[], y = 0.5) =>
  crossingsOf(
    outputsOf(
      documentOf([{ ...middle, ...line }], []),
      xs.map((x, index) => frameOf(index * 100, x === null ? [] : [trackAt('1', x, y)])),
    ),
  ).map(({ direction, crossedAtUs }) => [direction, crossedAtUs / 1000]);

describe('a bare line', () => {
  test.each([
    ['leftwards over the downward arrow is in', {}, [0.6, 0.4], [['in', 50]]],
    ['rightwards is out', {}, [0.4, 0.6], [['out', 50]]],
    ['the time is interpolated', {}, [0.45, 0.65], [['out', 25]]],
    [
      'every bare crossing counts',
      {},
      [0.4, 0.6, 0.4],
      [
        ['out', 50],
        ['in', 150],
      ],
    ],
    ['a point on the line belongs to the side before', {}, [0.4, 0.5, 0.4], []],
    ['… and has crossed where it touched', {}, [0.4, 0.5, 0.6], [['out', 100]]],
    ['an unseen step still crosses', {}, [0.4, null, null, 0.6], [['out', 150]]],
  ] as const)('%s', (_name, line, xs, expected) => {
    expect(crossed(line, [...xs])).toEqual(expected);
  });

  test('only a path that meets the segment counts, and passing beside it still changes the side', () => {
    const short = { a: { x: 0.5, y: 0.4 }, b: { x: 0.5, y: 0.6 } };
    expect(crossed(short, [0.4, 0.6], 0.8)).toEqual([]);
    expect(crossed(short, [0.4, 0.6], 0.5)).toEqual([['out', 50]]);
    const around = [
      trackAt('1', 0.4, 0.5),
      trackAt('1', 0.6, 0.5),
      trackAt('1', 0.6, 0.9),
      trackAt('1', 0.4, 0.9),
      trackAt('1', 0.4, 0.5),
      trackAt('1', 0.6, 0.5),
    ].map((track, index) => frameOf(index * 100, [track]));
    expect(crossingsOf(outputsOf(documentOf([{ ...middle, ...short }], []), around))).toHaveLength(2);
  });
});

describe('a line with a band and a hold', () => {
  const held = { hysteresis: 0.02, confirmMs: 200, observationsMin: 2 };
  test.each([
    ['counts once when the far side is held', [0.4, 0.6, 0.6, 0.6], [['out', 50]]],
    ['counts nothing when it is not held', [0.4, 0.6, 0.6, 0.4, 0.4, 0.4], []],
    ['counts nothing inside the band', [0.4, 0.51, 0.51, 0.51, 0.51, 0.51], []],
    [
      'counts once, at the last passage, however long it trembled',
      [0.4, 0.51, 0.49, 0.51, 0.6, 0.6, 0.6],
      [['out', 250]],
    ],
    [
      'counts the same direction again only after a return',
      [0.4, 0.6, 0.6, 0.6, 0.49, 0.6, 0.6, 0.6],
      [['out', 50]],
    ],
    [
      'counts there and back',
      [0.4, 0.6, 0.6, 0.6, 0.4, 0.4, 0.4],
      [
        ['out', 50],
        ['in', 350],
      ],
    ],
    ['needs its observations even after a long time', [0.4, 0.6, null, null, null, null], []],
  ] as const)('%s', (_name, xs, expected) => {
    expect(crossed(held, [...xs])).toEqual(expected);
  });
});

test('the band is measured in picture heights, so a wide picture has a narrower one in x', () => {
  const document = documentOf([{ ...middle, hysteresis: 0.1 }], []);
  const walk = (width: number) =>
    [0.45, 0.56, 0.56].map((x, index) => {
      const record = frameOf(index * 100, [trackAt('1', x, 0.5)]);
      return { ...record, frame: record.frame && { ...record.frame, width } };
    });
  expect(crossingsOf(outputsOf(document, walk(100)))).toHaveLength(0);
  expect(crossingsOf(outputsOf(document, walk(200)))).toHaveLength(1);
});

test('a tentative track counts nothing until its confirmation replays its path', () => {
  const xs = [0.4, 0.6, 0.6];
  const walk = (last: string) =>
    xs.map((x, index) =>
      frameOf(index * 100, [trackAt('1', x, 0.5, { state: index === 2 ? last : 'tentative' })]),
    );
  expect(crossingsOf(outputsOf(documentOf([middle], []), walk('tentative')))).toHaveLength(0);
  const [crossing] = crossingsOf(outputsOf(documentOf([middle], []), walk('confirmed')));
  expect(crossing).toMatchObject({ crossedAtUs: 50_000, observedAtUs: 200_000, direction: 'out' });
});

test('the guessed box of a lost track crosses nothing', () => {
  const records = [
    frameOf(0, [trackAt('1', 0.4, 0.5)]),
    frameOf(100, [trackAt('1', 0.6, 0.5, { state: 'lost' })]),
  ];
  expect(crossingsOf(outputsOf(documentOf([middle], []), records))).toHaveLength(0);
});

test('a crossing carries who, where, when, and which document judged it', () => {
  const [crossing] = crossingsOf(
    outputsOf(documentOf([{ ...middle, role: 'entrance' }], []), [
      frameOf(0, [trackAt('7', 0.4, 0.5)]),
      frameOf(100, [trackAt('7', 0.6, 0.7)], { late: true }),
    ]),
  );
  expect(crossing).toMatchObject({
    eventId: 'c:r1:7:l:50000',
    siteId: 's',
    className: 'person',
    lineName: 'l',
    role: 'entrance',
    configVersion: 1,
    late: true,
    stamps: { decodedAtUs: 1 },
  });
  expect(crossing?.x).toBeCloseTo(0.5, 6);
  expect(crossing?.y).toBeCloseTo(0.6, 6);
});

test('only the classes of the line count', () => {
  const walk = [frameOf(0, [trackAt('1', 0.4, 0.5)]), frameOf(100, [trackAt('1', 0.6, 0.5)])];
  expect(crossingsOf(outputsOf(documentOf([{ ...middle, classes: ['car'] }], []), walk))).toHaveLength(0);
  expect(crossingsOf(outputsOf(documentOf([{ ...middle, classes: ['person'] }], []), walk))).toHaveLength(1);
});

test('moving a line over people counts nobody; renaming it forgets nothing', () => {
  const versions = (second: CameraDocument) => (atUs: number) =>
    atUs < 150_000 ? { version: 1, document: documentOf([middle], []) } : { version: 2, document: second };
  const walk = (second: CameraDocument) => {
    const bench = createBench(versions(second));
    return [0.4, 0.4, 0.4, 0.6].flatMap((x, index) =>
      crossingsOf(bench.process(frameOf(index * 100, [trackAt('1', x, 0.5)]))),
    );
  };
  const moved = documentOf([{ ...middle, a: { x: 0.3, y: 0 }, b: { x: 0.3, y: 1 } }], []);
  expect(walk(moved)).toEqual([]);
  expect(walk(documentOf([{ ...middle, name: 'new name' }], []))).toMatchObject([
    { lineName: 'new name', configVersion: 2 },
  ]);
});

test('records of a replaced decoder and of an ended run are ignored', () => {
  const bench = createBench(() => ({ version: 1, document: documentOf([middle], []) }));
  bench.process(frameOf(0, [trackAt('1', 0.4, 0.5)], { runEpoch: 2, runId: 'r2' }));
  expect(bench.process(frameOf(100, [trackAt('1', 0.6, 0.5)]))).toEqual([]);
  bench.process(endOf(200, { runEpoch: 2, runId: 'r2' }));
  expect(bench.process(recordOf(300, { runEpoch: 2, runId: 'r2' }))).toEqual([]);
});
