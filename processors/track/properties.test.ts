import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaults } from '#schemas';
import type { DetectionRecord } from '#schemas';
import { trackDefaults } from './settings.ts';
import { trackState } from './state.ts';
import { createBench, detectionAt, frameOf, recordOf } from './testing.ts';

const classNames = ['person', 'bicycle', 'car', 'dog', 'cat'];

const detection = fc
  .record({
    x: fc.double({ min: 0, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 1, noNaN: true }),
    confidence: fc.double({ min: 0.05, max: 1, noNaN: true }),
    classId: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ x, y, confidence, classId }) =>
    detectionAt(x, y, { confidence: Math.fround(confidence), classId, className: classNames[classId] ?? '' }),
  );

const step = fc.record({
  gapMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 20, max: 200 }) },
    fc.integer({ min: 200, max: 6000 }),
  ),
  kind: fc.integer({ min: 0, max: 19 }),
  walkers: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  noise: fc.array(detection, { maxLength: 3 }),
  jitter: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
});

/** Four walkers with misses and jitter among false detections; ticks, silence, resends, new runs, ends. */
const scene: fc.Arbitrary<DetectionRecord[]> = fc
  .array(step, { minLength: 5, maxLength: 60 })
  .map((steps) => {
    let [atMs, epoch] = [0, 1];
    return steps.map(({ gapMs, kind, walkers, noise, jitter }) => {
      if (kind !== 1) atMs += gapMs;
      if (kind === 0) epoch++;
      const run = { runId: `r${epoch}`, runEpoch: epoch };
      if (kind === 2) return recordOf(atMs, { ...run, kind: 'runEnded', ended: { reason: 'failed' } });
      if (kind === 3) return recordOf(atMs, { ...run, kind: 'silence', sequence: 0 });
      if (kind === 4) return recordOf(atMs, run);
      const seen = walkers.flatMap((isSeen, index) => {
        const phase = atMs / 5000 + index / 4;
        return isSeen ? [detectionAt(phase - Math.floor(phase) + jitter, 0.2 + index * 0.18 + jitter)] : [];
      });
      return frameOf(atMs, [...seen, ...noise], run);
    });
  });

test('a restart at any record changes nothing, to the last bit of the state', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const [whole, restarted] = [createBench(), createBench()];
      for (const record of records) {
        const expected = whole.process(record);
        restarted.restart();
        expect(restarted.process(record)).toEqual(expected);
        const [left, right] = [whole.state(), restarted.state()];
        if (left && right) expect(trackState.encode(right)).toEqual(trackState.encode(left));
      }
    }),
    { numRuns: 60 },
  );
});

test('an id is never used again, ends once, and nothing is seen of it afterwards', () => {
  fc.assert(
    fc.property(scene, (records) => {
      const bench = createBench();
      const ended = new Set<string>();
      let newest = 0;
      for (const record of records) {
        const output = bench.process(record);
        for (const id of output?.endedTrackIds ?? []) {
          expect(ended.has(id)).toBe(false);
          ended.add(id);
        }
        const ids = output?.frame?.tracks.map(({ trackId }) => trackId) ?? [];
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) {
          expect(ended.has(id)).toBe(false);
          expect(Number(id)).toBeLessThanOrEqual(newest + ids.length);
        }
        newest = Math.max(newest, ...ids.map(Number));
      }
      const alive = bench.state()?.tracks.map(({ trackNumber }) => String(trackNumber)) ?? [];
      expect(alive.filter((id) => ended.has(id))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('the state of a crowd stays within its bytes and its tracks', () => {
  const bench = createBench();
  for (let frame = 0; frame < 12; frame++) {
    const crowd = Array.from({ length: 600 }, (_, index) => {
      const className = `${'a rather long class name of a model '.repeat(2)}${index % 80}`;
      const [x, y] = [((index * 37 + frame * (index % 5)) % 1000) / 1000, ((index * 91) % 997) / 1000];
      return detectionAt(x, y, { className, classId: index % 80 });
    });
    const output = bench.process(frameOf(frame * 100, crowd));
    expect(output?.frame?.tracks.length).toBeLessThanOrEqual(trackDefaults.tracksMax);
    const state = bench.state();
    if (state) expect(trackState.encode(state).length).toBeLessThanOrEqual(defaults.stateBytesMax);
  }
});
