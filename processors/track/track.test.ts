import { describe, expect, test } from 'vitest';
import { createBench, detectionAt, frameOf, recordOf, tracksOf } from './testing.ts';
import type { Bench } from './testing.ts';

/** Somebody who stands there for some frames, 100 ms apart. */
const stand = (bench: Bench, fromMs: number, count: number, x = 0.3) =>
  Array.from({ length: count }, (_, index) =>
    bench.process(frameOf(fromMs + index * 100, [detectionAt(x, 0.5)])),
  );

describe('a track', () => {
  test('is tentative until its third observation, then confirmed under the same id', () => {
    expect(stand(createBench(), 0, 4).map(tracksOf)).toEqual([
      ['1 tentative'],
      ['1 tentative'],
      ['1 confirmed'],
      ['1 confirmed'],
    ]);
  });

  test('is lost while unseen, and found again under its id', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    expect(tracksOf(bench.process(frameOf(300, [])))).toEqual(['1 lost']);
    expect(tracksOf(bench.process(frameOf(1300, [detectionAt(0.3, 0.5)])))).toEqual(['1 confirmed']);
  });

  test('keeps its id through an occlusion while it walks', () => {
    const bench = createBench();
    const at = (index: number) => detectionAt(0.1 + index * 0.01, 0.5);
    for (let index = 0; index < 20; index++) bench.process(frameOf(index * 100, [at(index)]));
    for (let index = 20; index < 30; index++) bench.process(frameOf(index * 100, []));
    expect(tracksOf(bench.process(frameOf(3000, [at(30)])))).toEqual(['1 confirmed']);
  });

  test('is given up after its time, and says so once', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    expect(bench.process(recordOf(1000))?.endedTrackIds).toEqual([]);
    expect(bench.process(recordOf(5000))?.endedTrackIds).toEqual(['1']);
    expect(bench.process(recordOf(6000))?.endedTrackIds).toEqual([]);
    expect(tracksOf(bench.process(frameOf(6100, [detectionAt(0.3, 0.5)])))).toEqual(['2 tentative']);
  });

  test('survives the pauses of a slow camera', () => {
    const bench = createBench();
    const walk = [0, 5000, 10_000, 15_000].map((atMs) =>
      bench.process(frameOf(atMs, [detectionAt(0.3, 0.5)], {}, 0.2)),
    );
    expect(walk.map(tracksOf).at(-1)).toEqual(['1 confirmed']);
  });

  test('that was never believed vanishes quietly and is reported ended', () => {
    const bench = createBench();
    bench.process(frameOf(0, [detectionAt(0.3, 0.5)]));
    expect(tracksOf(bench.process(frameOf(100, [])))).toEqual([]);
    expect(bench.process(frameOf(300, []))?.endedTrackIds).toEqual(['1']);
  });

  test('does not begin at a weak detection, but is carried on by one', () => {
    const bench = createBench();
    expect(tracksOf(bench.process(frameOf(0, [detectionAt(0.3, 0.5, { confidence: 0.3 })])))).toEqual([]);
    stand(bench, 100, 3);
    expect(tracksOf(bench.process(frameOf(400, [detectionAt(0.3, 0.5, { confidence: 0.3 })])))).toEqual([
      '1 confirmed',
    ]);
  });

  test('has the class that most of its observations weigh for', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    const record = bench.process(frameOf(300, [detectionAt(0.3, 0.5, { className: 'bicycle', classId: 1 })]));
    expect(record?.frame?.tracks).toMatchObject([{ trackId: '1', className: 'person', classId: 0 }]);
  });

  test('has a box of exact 32-bit floats near what was seen', () => {
    const [box] = stand(createBench(), 0, 1)[0]?.frame?.tracks ?? [];
    expect(box).toMatchObject({
      x1: Math.fround(box?.x1 ?? 0),
      y2: Math.fround(box?.y2 ?? 0),
      confidence: 0.9,
    });
    expect(box?.x1).toBeCloseTo(0.27, 6);
  });
});

test('two who pass each other keep their ids', () => {
  const bench = createBench();
  const ids: string[] = [];
  for (let index = 0; index <= 40; index++) {
    const [right, left] = [0.2 + index * 0.015, 0.8 - index * 0.015];
    const record = bench.process(frameOf(index * 100, [detectionAt(right, 0.5), detectionAt(left, 0.53)]));
    const find = (x: number) =>
      record?.frame?.tracks.find(
        ({ x1, x2, state }) => state !== 'lost' && Math.abs((x1 + x2) / 2 - x) < 0.012,
      )?.trackId;
    if (index > 5 && (index < 17 || index > 24)) ids.push(`${find(right)} ${find(left)}`);
  }
  expect(new Set(ids)).toEqual(new Set(['1 2']));
});

describe('a run', () => {
  test('passes on ticks and silence, each with its time', () => {
    const bench = createBench();
    stand(bench, 0, 1);
    expect(bench.process(recordOf(1000))).toMatchObject({
      kind: 'tick',
      frame: null,
      capturedAtUs: 1_000_000,
    });
    expect(bench.process(recordOf(6000, { kind: 'silence', sequence: 0 }))).toMatchObject({
      kind: 'silence',
    });
    expect(bench.process(frameOf(7000, [])), 'silence uses up no sequence').toBeDefined();
  });

  test('drops a resend', () => {
    const bench = createBench();
    stand(bench, 0, 2);
    expect(bench.process(frameOf(100, [detectionAt(0.3, 0.5)]))).toBeUndefined();
    expect(bench.process(frameOf(0, []))).toBeUndefined();
  });

  test('of a higher epoch ends the tracks of the one before, and the old decoder is no longer heard', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    const next = bench.process(frameOf(0, [detectionAt(0.3, 0.5)], { runId: 'r2', runEpoch: 2 }));
    expect(next?.endedTrackIds).toEqual(['1']);
    expect(tracksOf(next)).toEqual(['2 tentative']);
    expect(bench.process(frameOf(300, [detectionAt(0.3, 0.5)]))).toBeUndefined();
  });

  test('ends its tracks when it ends, and takes nothing afterwards', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    const end = bench.process(recordOf(300, { kind: 'runEnded', ended: { reason: 'endOfFile' } }));
    expect(end).toMatchObject({ kind: 'runEnded', endedTrackIds: ['1'], ended: { reason: 'endOfFile' } });
    expect(bench.process(recordOf(400))).toBeUndefined();
    expect(
      bench.process(frameOf(0, [], { runId: 'r2' })),
      'a new run may follow under the same epoch',
    ).toBeDefined();
  });

  test('ids go on across runs and restarts', () => {
    const bench = createBench();
    stand(bench, 0, 3);
    bench.restart();
    expect(
      tracksOf(bench.process(frameOf(0, [detectionAt(0.8, 0.5)], { runId: 'r2', runEpoch: 2 }))),
    ).toEqual(['2 tentative']);
  });
});

test.each([
  ['a live record appended long after its capture is late', true, 11_000_000, true],
  ['a live record in time is not', true, 9_000_000, false],
  ['a file never is', false, 1e12, false],
] as const)('%s', (_name, live, appendedAtUs, late) => {
  expect(createBench().process(frameOf(0, [], { live }), appendedAtUs)?.late).toBe(late);
});

test('degenerate boxes and cameras without a rate do no harm', () => {
  const bench = createBench();
  const empty = detectionAt(0.3, 0.5, { x1: 0.5, x2: 0.5 });
  expect(tracksOf(bench.process(frameOf(0, [empty], {}, 0)))).toEqual([]);
  const record = frameOf(100, [detectionAt(0.3, 0.5)], {}, 0);
  const flat = { ...record, frame: record.frame && { ...record.frame, width: 0, height: 0 } };
  expect(tracksOf(bench.process(flat))).toEqual(['1 tentative']);
});
