import { describe, expect, test } from 'vitest';
import type { CameraDocument, TrackRecord } from '#schemas';
import {
  createBench,
  documentOf,
  endOf,
  frameOf,
  measuresOf,
  occupancyOf,
  outputsOf,
  recordOf,
  trackAt,
  visitsOf,
} from './testing.ts';

/** The left half of the picture. */
const left = {
  zoneId: 'z',
  polygon: [
    { x: 0, y: 0 },
    { x: 0.5, y: 0 },
    { x: 0.5, y: 1 },
    { x: 0, y: 1 },
  ],
};

type Zone = Partial<CameraDocument['zones'][number]>;
const [inside, outside] = [0.3, 0.7];

/** One track, a frame each 100 ms: `i` inside, `o` outside, `-` not seen, space: no frame at all. */
const walk = (steps: string): TrackRecord[] =>
  [...steps].flatMap((step, index) => {
    if (step === ' ') return [];
    if (step === '-') return [frameOf(index * 100, [])];
    return [frameOf(index * 100, [trackAt('1', step === 'i' ? inside : outside, 0.5)])];
  });

const left_ = (zone: Zone, records: TrackRecord[]) =>
  visitsOf(outputsOf(documentOf([], [{ ...left, ...zone }]), records))
    .filter(({ phase }) => phase === 'left')
    .map(({ enteredAtUs, leftAtUs, dwellMs, reason }) => [
      enteredAtUs / 1000,
      Number(leftAtUs) / 1000,
      dwellMs,
      reason,
    ]);

describe('dwell is event time', () => {
  test.each([
    ['each observation until the next, the last one a frame', {}, 'oiiio', [[100, 400, 300, 'exit']]],
    ['a single observation dwells one frame', {}, 'oio', [[100, 200, 100, 'exit']]],
    [
      'without grace every gap ends the stay',
      {},
      'i-i',
      [
        [0, 100, 100, 'trackEnded'],
        [200, 300, 100, 'runEnded'],
      ],
    ],
    ['an unseen gap within the grace is inside', { graceMs: 300 }, 'ii--iio', [[0, 600, 600, 'exit']]],
    [
      'the grace never adds to dwell when nobody comes back',
      { graceMs: 300 },
      'ii-------',
      [[0, 200, 200, 'trackEnded']],
    ],
    [
      'being outside within the grace is the same stay but no dwell',
      { graceMs: 300 },
      'iiooiio',
      [[0, 600, 400, 'exit']],
    ],
    [
      'outside for longer than the grace is another stay',
      { graceMs: 200 },
      'iioooii',
      [
        [0, 200, 200, 'exit'],
        [500, 700, 200, 'runEnded'],
      ],
    ],
    ['dropped frames do not end it', { graceMs: 300 }, 'ii  iio', [[0, 600, 600, 'exit']]],
    [
      'a long gap without frames does',
      { graceMs: 300 },
      'ii      ii',
      [
        [0, 200, 200, 'trackEnded'],
        [800, 1000, 200, 'runEnded'],
      ],
    ],
    ['too short a stay is none', { enterMs: 200 }, 'iioo', []],
    ['the debounce is part of the stay', { enterMs: 200 }, 'iiio', [[0, 300, 300, 'exit']]],
  ] as const)('%s', (_name, zone, steps, expected) => {
    const records = walk(steps);
    expect(left_({ ...zone }, [...records, endOf(steps.length * 100 + 1)])).toEqual(expected);
  });

  test('a slow camera is not a gap: at 1 fps a stay of three frames is three seconds', () => {
    const records = [0, 1000, 2000].map((atMs) => frameOf(atMs, [trackAt('1', inside, 0.5)], {}, 1));
    expect(left_({}, [...records, endOf(3000)])).toEqual([[0, 3000, 3000, 'runEnded']]);
  });

  test('a tick ends the stay of somebody unseen, with no frame needed', () => {
    const records = [frameOf(0, [trackAt('1', inside, 0.5)]), recordOf(400), recordOf(1400)];
    expect(left_({ graceMs: 1000 }, records)).toEqual([[0, 100, 100, 'trackEnded']]);
  });
});

describe('a visit', () => {
  const document = documentOf([], [{ ...left, enterMs: 200, graceMs: 300 }]);

  test('is told twice: entered when certain, left when over', () => {
    const visits = visitsOf(outputsOf(document, [...walk('iiiiio'), endOf(10_000)]));
    expect(visits).toMatchObject([
      {
        phase: 'entered',
        eventId: 'c:r1:1:z:0:entered',
        enteredAtUs: 0,
        leftAtUs: null,
        dwellMs: 0,
        reason: '',
        observedAtUs: 200_000,
      },
      {
        phase: 'left',
        eventId: 'c:r1:1:z:0:left',
        enteredAtUs: 0,
        leftAtUs: 500_000,
        dwellMs: 500,
        reason: 'exit',
      },
    ]);
  });

  test.each([
    ['the track ends', recordOf(500, { endedTrackIds: ['1'] }), 'trackEnded'],
    ['the run ends', endOf(500), 'runEnded'],
    ['another run begins', recordOf(500, { runId: 'r2', runEpoch: 2 }), 'runEnded'],
  ] as const)('closes when %s', (_name, record, reason) => {
    const visits = visitsOf(outputsOf(document, [...walk('iiii'), record]));
    expect(visits.at(-1)).toMatchObject({
      phase: 'left',
      runId: 'r1',
      leftAtUs: 400_000,
      dwellMs: 400,
      reason,
    });
  });

  test.each([
    ['is deleted', documentOf([], []), 'zoneRemoved'],
    [
      'is moved',
      documentOf([], [{ ...left, polygon: left.polygon.map(({ x, y }) => ({ x: x / 2, y })) }]),
      'zoneRemoved',
    ],
  ] as const)('closes when its zone %s, under its old name', (_name, second, reason) => {
    const named = documentOf([], [{ ...left, name: 'till', graceMs: 300 }]);
    const bench = createBench((atUs) =>
      atUs < 350_000 ? { version: 1, document: named } : { version: 2, document: second },
    );
    const visits = walk('iiiii').flatMap((record) => visitsOf(bench.process(record)));
    expect(visits[1]).toMatchObject({
      phase: 'left',
      zoneName: 'till',
      dwellMs: 400,
      reason,
      configVersion: 1,
    });
  });

  test('goes on when only the name of its zone changes', () => {
    const named = documentOf([], [{ ...left, name: 'new', graceMs: 300 }]);
    const bench = createBench((atUs) => ({
      version: atUs < 250_000 ? 1 : 2,
      document: atUs < 250_000 ? documentOf([], [{ ...left, graceMs: 300 }]) : named,
    }));
    const visits = [...walk('iiiii'), endOf(500)].flatMap((record) => visitsOf(bench.process(record)));
    expect(visits.map(({ phase, zoneName, dwellMs }) => [phase, zoneName, dwellMs])).toEqual([
      ['entered', 'z', 0],
      ['left', 'new', 500],
    ]);
  });

  test('ends everywhere when the camera is deleted', () => {
    const bench = createBench((atUs) => (atUs < 250_000 ? { version: 1, document } : undefined));
    const visits = walk('iiiii').flatMap((record) => visitsOf(bench.process(record)));
    expect(visits.at(-1)).toMatchObject({ phase: 'left', reason: 'zoneRemoved' });
  });
});

test('occupancy is told when it changes and never otherwise', () => {
  const document = documentOf([], [left]);
  const frame = (atMs: number, ...ids: string[]) =>
    frameOf(
      atMs,
      ids.map((id) => trackAt(id, inside, 0.5)),
    );
  const counts = occupancyOf(
    outputsOf(document, [
      frame(0),
      frame(100, 'a'),
      frame(200, 'a', 'b'),
      frame(300, 'b', 'c'),
      frame(400),
      endOf(500),
    ]),
  ).map(({ count, changedAtUs }) => [changedAtUs / 1000, count]);
  expect(counts).toEqual([
    [100, 1],
    [200, 2],
    [400, 0],
  ]);
});

describe('measures', () => {
  test('split presence, watched time and heat at the minute', () => {
    const frames = Array.from({ length: 40 }, (_, index) =>
      frameOf(59_000 + index * 100, [trackAt('1', 0.3, 0.5)]),
    );
    const measures = measuresOf(outputsOf(documentOf([], [left]), [...frames, endOf(63_000)]));
    expect(measures).toMatchObject([
      {
        minuteAtUs: 0,
        observedMs: 1000,
        frames: 10,
        zones: [{ zoneId: 'z', personMs: 1000, observedMs: 1000, occupancyMax: 1 }],
      },
      { minuteAtUs: 60_000_000, observedMs: 3000, frames: 30, zones: [{ personMs: 3000 }] },
    ]);
    expect(measures.map(({ heat }) => heat)).toEqual([
      [{ cell: 13 * 48 + 14, personMs: 1000 }],
      [{ cell: 13 * 48 + 14, personMs: 3000 }],
    ]);
    expect(measures[1]?.paths).toEqual([
      { trackId: '1', className: 'person', points: [expect.objectContaining({ atUs: 59_000_000 })] },
    ]);
  });

  test('do not count a gap as watched', () => {
    const records = [
      frameOf(0, []),
      frameOf(100, []),
      recordOf(1100),
      recordOf(9000),
      frameOf(10_000, []),
      endOf(10_100),
    ];
    expect(measuresOf(outputsOf(documentOf([], [left]), records))).toMatchObject([
      { observedMs: 300, frames: 3 },
    ]);
  });

  test('say late when a record of theirs was', () => {
    const records = [frameOf(0, []), frameOf(100, [], { late: true }), endOf(200)];
    expect(measuresOf(outputsOf(documentOf([], []), records))).toMatchObject([{ late: true }]);
  });

  test('simplify a path to its corners', () => {
    const corner = (index: number) =>
      index < 50 ? [0.2 + index * 0.01, 0.5] : [0.7, 0.5 + (index - 50) * 0.005];
    const frames = Array.from({ length: 100 }, (_, index) => {
      const [x = 0, y = 0] = corner(index);
      return frameOf(index * 100, [trackAt('1', x, y)]);
    });
    const [measure] = measuresOf(outputsOf(documentOf([], []), [...frames, endOf(10_000)]));
    expect(measure?.paths[0]?.points.length).toBeLessThanOrEqual(6);
    expect(measure?.paths[0]?.points.at(-1)).toMatchObject({ atUs: 9_900_000 });
  });
});
