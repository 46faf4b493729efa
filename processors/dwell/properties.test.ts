import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaults } from '#schemas';
import type { TrackRecord } from '#schemas';
import { stateBytes } from './bounds.ts';
import { dwellState } from './codec.ts';
import {
  createBench,
  crossingsOf,
  documentOf,
  endOf,
  frameOf,
  measuresOf,
  occupancyOf,
  recordOf,
  trackAt,
  visitsOf,
} from './testing.ts';
import type { Bench, Output } from './testing.ts';

const [a, b, c] = [
  { x: 0.1, y: 0.1 },
  { x: 0.6, y: 0.2 },
  { x: 0.4, y: 0.9 },
];
/** From edge to edge, so that nobody walks around its ends. */
const fullLine = { lineId: 'full', a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } };

/** Four versions: bare; with debounce; with a moved line and a lost zone; none. */
const documents = [
  documentOf([{ lineId: 'l', a, b }], [{ zoneId: 'z', polygon: [a, b, c] }]),
  documentOf(
    [
      { lineId: 'l', a, b, hysteresis: 0.02, confirmMs: 200, observationsMin: 2 },
      { lineId: 'm', a: c, b },
    ],
    [
      { zoneId: 'y', polygon: [b, c, { x: 0.9, y: 0.9 }], graceMs: 400, enterMs: 100 },
      { zoneId: 'z', polygon: [a, b, c], graceMs: 500 },
    ],
  ),
  documentOf(
    [{ lineId: 'l', a: b, b: c }],
    [{ zoneId: 'y', polygon: [b, c, { x: 0.9, y: 0.9 }], graceMs: 400 }],
  ),
];
const versionAt = (atUs: number) => {
  const index = Math.floor(atUs / 3_000_000) % (documents.length + 1);
  const document = documents[index];
  return document && { version: Math.floor(atUs / 3_000_000) + 1, document };
};

interface Step {
  gapMs: number;
  kind: number;
  moves: { state: number; dx: number; dy: number }[];
}

const step: fc.Arbitrary<Step> = fc.record({
  gapMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 30, max: 200 }) },
    fc.integer({ min: 200, max: 40_000 }),
  ),
  kind: fc.integer({ min: 0, max: 19 }),
  moves: fc.array(
    fc.record({
      state: fc.integer({ min: 0, max: 9 }),
      dx: fc.integer({ min: -20, max: 20 }),
      dy: fc.integer({ min: -20, max: 20 }),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});

/** Three walkers that come, are tentative, confirmed, lost, unseen, and go; ticks, gaps, new runs and ends of runs. */
const recordsOf = (steps: readonly Step[]): TrackRecord[] => {
  const places = [0, 1, 2].map((index) => ({
    id: index + 1,
    x: 0.3 + index * 0.15,
    y: 0.4,
    isConfirmed: false,
  }));
  let [atMs, epoch, nextId] = [0, 1, 4];
  const records = steps.map(({ gapMs, kind, moves }) => {
    atMs += gapMs;
    if (kind === 0) epoch++;
    const run = { runId: `r${epoch}`, runEpoch: epoch };
    if (kind <= 1) {
      const endedTrackIds = places.map(({ id }) => String(id));
      for (const place of places) Object.assign(place, { id: nextId++, isConfirmed: false });
      return kind === 0 ? recordOf(atMs, { ...run, endedTrackIds }) : endOf(atMs, { ...run, endedTrackIds });
    }
    if (kind <= 4) return recordOf(atMs, run);
    const tracks = places.flatMap((place, index) => {
      const { state = 0, dx = 0, dy = 0 } = moves[index] ?? {};
      place.x = Math.min(1, Math.max(0, place.x + dx / 100));
      place.y = Math.min(1, Math.max(0, place.y + dy / 100));
      if (state === 0) return [];
      if (state === 1 && place.isConfirmed)
        return [trackAt(String(place.id), place.x, place.y, { state: 'lost' })];
      place.isConfirmed ||= state > 6;
      return [
        trackAt(String(place.id), place.x, place.y, { state: place.isConfirmed ? 'confirmed' : 'tentative' }),
      ];
    });
    return frameOf(atMs, tracks, run);
  });
  return [...records, endOf(atMs + 100, { runId: `r${epoch}`, runEpoch: epoch })];
};

const scene = fc.array(step, { minLength: 5, maxLength: 60 }).map(recordsOf);
const play = (bench: Bench, records: readonly TrackRecord[]): Output[] =>
  records.flatMap((record) => [...bench.process(record)]);
const bytesOf = (bench: Bench): string =>
  Buffer.from(dwellState.encode(bench.state() as never)).toString('hex');

test('a restart at any record changes nothing', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const whole = createBench(versionAt);
      const restarted = createBench(versionAt);
      for (const record of records) {
        const expected = whole.process(record);
        restarted.restart();
        expect(restarted.process(record)).toEqual(expected);
        expect(bytesOf(restarted)).toBe(bytesOf(whole));
      }
    }),
    { numRuns: 60 },
  );
});

test('the same records give the same events', () => {
  fc.assert(
    fc.property(scene, (records) => {
      expect(play(createBench(versionAt), records)).toEqual(play(createBench(versionAt), records));
    }),
    { numRuns: 30 },
  );
});

test('dwell is never negative, never shrinks, and never exceeds the stay', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const bench = createBench(versionAt);
      const known = new Map<string, number>();
      for (const record of records) {
        const visits = visitsOf(bench.process(record));
        for (const { dwellMs, enteredAtUs, leftAtUs } of visits) {
          expect(dwellMs).toBeGreaterThanOrEqual(0);
          if (leftAtUs !== null) expect(dwellMs * 1000).toBeLessThanOrEqual(leftAtUs - enteredAtUs + 1000);
        }
        for (const track of bench.state()?.tracks ?? [])
          for (const { zoneIndex, enteredAtUs, dwellUs } of track.stays) {
            const key = `${bench.state()?.zones[zoneIndex]?.zoneId}:${track.trackId}:${enteredAtUs}`;
            expect(dwellUs).toBeGreaterThanOrEqual(known.get(key) ?? 0);
            known.set(key, dwellUs);
          }
      }
    }),
    { numRuns: 60 },
  );
});

test('every visit is entered once and left once, and occupancy is what lies between', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const bench = createBench(versionAt);
      const open = new Map<string, string>();
      const counts = new Map<string, number>();
      for (const record of records) {
        const outputs = bench.process(record);
        for (const { phase, eventId, zoneId } of visitsOf(outputs)) {
          const visit = eventId.replace(/:(entered|left)$/, '');
          expect(open.has(visit)).toBe(phase === 'left');
          if (phase === 'left') open.delete(visit);
          else open.set(visit, zoneId);
        }
        for (const { zoneId, count } of occupancyOf(outputs)) counts.set(zoneId, count);
        for (const [zoneId, count] of counts)
          expect(count).toBe([...open.values()].filter((value) => value === zoneId).length);
      }
      expect(open.size).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('nothing is left of a track that ended, nor of anything after the run', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const bench = createBench(versionAt);
      for (const record of records) {
        bench.process(record);
        const ids = bench.state()?.tracks.map(({ trackId }) => trackId) ?? [];
        expect(ids.filter((id) => record.endedTrackIds.includes(id))).toEqual([]);
      }
      expect(bench.state()).toMatchObject({ tracks: [], minutes: [], lastFrameAtUs: -1 });
    }),
    { numRuns: 30 },
  );
});

test('event ids are unique', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const ids = play(createBench(versionAt), records).map(
        ({ stream, value }) => `${stream} ${value.eventId}`,
      );
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 60 },
  );
});

test('crossings of an endless line go in and out by turns for each track', () => {
  const document = documentOf([{ ...fullLine, hysteresis: 0.02, confirmMs: 100, observationsMin: 2 }], []);
  fc.assert(
    fc.property(scene, (records) => {
      const last = new Map<string, string>();
      for (const { runId, trackId, direction } of crossingsOf(
        play(
          createBench(() => ({ version: 1, document })),
          records,
        ),
      )) {
        expect(last.get(`${runId}:${trackId}`)).not.toBe(direction);
        last.set(`${runId}:${trackId}`, direction);
      }
    }),
    { numRuns: 60 },
  );
});

test('presence in measures is the dwell of the visits when there is no debounce', () => {
  const document = documentOf([], [{ zoneId: 'z', polygon: [a, b, c], graceMs: 300 }]);
  fc.assert(
    fc.property(scene, (records) => {
      const outputs = play(
        createBench(() => ({ version: 1, document })),
        records,
      );
      const dwellMs = visitsOf(outputs).reduce((sum, visit) => sum + visit.dwellMs, 0);
      const measures = measuresOf(outputs);
      const personMs = measures.reduce((sum, { zones }) => sum + (zones[0]?.personMs ?? 0), 0);
      const roundings = visitsOf(outputs).length + measures.length;
      expect(Math.abs(dwellMs - personMs)).toBeLessThanOrEqual(roundings);
    }),
    { numRuns: 60 },
  );
});

test('the state of a crowd under many lines and zones stays within its bytes', () => {
  const lines = Array.from({ length: 100 }, (_, index) => ({
    lineId: `line-${'x'.repeat(50)}-${index}`,
    a: { x: index / 100, y: 0 },
    b: { x: 0.5, y: 1 },
  }));
  const zones = Array.from({ length: 100 }, (_, index) => ({
    zoneId: `zone-${'x'.repeat(50)}-${index}`,
    polygon: [a, b, c].map(({ x, y }) => ({ x: x + index / 1000, y })),
    graceMs: 60_000,
  }));
  const bench = createBench(() => ({ version: 1, document: documentOf(lines, zones) }));
  for (let frame = 0; frame < 12; frame++) {
    const tracks = Array.from({ length: 300 }, (_, id) =>
      trackAt(
        String(id),
        0.2 + ((id * 7 + frame * 13) % 50) / 100,
        0.2 + ((id * 11 + frame * 17) % 60) / 100,
      ),
    );
    bench.process(frameOf(frame * 100, tracks));
    const state = bench.state();
    if (!state) throw new Error('there is no state');
    const bytes = dwellState.encode(state).length;
    expect(bytes).toBeLessThanOrEqual(stateBytes(state));
    expect(bytes).toBeLessThanOrEqual(defaults.stateBytesMax);
  }
});
