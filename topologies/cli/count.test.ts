import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDwell, dwellState } from '#processors/dwell';
import { createCameraTable, createDriver, topology } from '#runtime';
import { topics } from '#schemas';
import type { Crossing, Visit } from '#schemas';
import { countTracks } from './count.ts';
import { documentOfOptions } from './geometry-options.ts';
import { motCameraId, trackRecords } from './mot-records.ts';
import { parseMot } from './mot.ts';
import type { MotFrames } from './mot.ts';

interface Reference {
  sequences: Record<
    string,
    {
      width: number;
      height: number;
      fps: number;
      frames: number;
      lines: Record<
        string,
        {
          a: [number, number];
          b: [number, number];
          neg_to_pos: number;
          pos_to_neg: number;
          events: [number, number, string][];
        }
      >;
      zones: Record<
        string,
        {
          polygon: [number, number][];
          unique_visitors: number;
          total_dwell_frames: number;
          max_occupancy: number;
          dwell_frames_per_track: Record<string, number>;
        }
      >;
    }
  >;
}

const data = join(import.meta.dirname, '../../../shared/data');
const hasData = existsSync(data);
const read = (path: string): string => readFileSync(join(data, path), 'utf8');
const reference = hasData
  ? (JSON.parse(read('reference/gt_line_zone_counts.json')) as Reference)
  : { sequences: {} };

/** The reference's rule is the bare one: no band, no debounce, no grace. */
const bare = { hysteresis: 0, confirmMs: 0, observationsMin: 1, enterMs: 0, graceMs: 0 };

const documentOf = (sequence: Reference['sequences'][string]) => {
  const share = ([x, y]: [number, number]) => ({ x: x / sequence.width, y: y / sequence.height });
  return documentOfOptions(
    { cameraId: motCameraId, siteId: 'file', name: 'reference', source: { kind: 'file', url: 'gt.txt' } },
    Object.entries(sequence.lines).map(([name, { a, b }]) => ({ name, points: [share(a), share(b)] })),
    Object.entries(sequence.zones).map(([name, { polygon }]) => ({ name, points: polygon.map(share) })),
    bare,
  );
};

const truthOf = (name: string): MotFrames =>
  parseMot(read(`mot15/${name}/gt/gt.txt`), 'gt.txt').map((rows) => rows.filter((row) => row.weight !== 0));

const eventsOf = async (name: string, sequence: Reference['sequences'][string]) => {
  const cameras = createCameraTable();
  cameras.set(documentOf(sequence));
  const driver = await createDriver(
    topology('test')
      .addSource('tracks', topics.tracks)
      .addStateStore('dwell', dwellState)
      .addProcessor('dwell', (store) => createDwell(store), { from: 'tracks', state: 'dwell' })
      .addSink('crossings', topics.crossings, { from: 'dwell', stream: 'crossings' })
      .addSink('visits', topics.visits, { from: 'dwell', stream: 'visits' }),
    { cameras },
  );
  for (const record of trackRecords(truthOf(name), sequence)) await driver.pipeInput('tracks', record);
  return { crossings: driver.readOutput<Crossing>('crossings'), visits: driver.readOutput<Visit>('visits') };
};

test.runIf(hasData).each(Object.entries(reference.sequences))(
  'counts every true crossing and dwell of %s',
  async (name, sequence) => {
    const summary = await countTracks(documentOf(sequence), truthOf(name), sequence);
    expect(summary.frames).toBe(sequence.frames);
    for (const [line, expected] of Object.entries(sequence.lines)) {
      expect([line, summary.lines[line]?.in, summary.lines[line]?.out]).toEqual([
        line,
        expected.neg_to_pos,
        expected.pos_to_neg,
      ]);
    }
    for (const [zone, expected] of Object.entries(sequence.zones)) {
      expect(summary.zones[zone]).toMatchObject({
        visitors: expected.unique_visitors,
        occupancyMax: expected.max_occupancy,
      });
      const frames = ((summary.zones[zone]?.dwellMs.total ?? 0) / 1000) * sequence.fps;
      expect(Math.abs(frames - expected.total_dwell_frames)).toBeLessThan(0.5);
    }
  },
);

test.runIf(hasData).each(Object.entries(reference.sequences))(
  'finds each crossing of %s at its frame, and the dwell of each track',
  async (name, sequence) => {
    const { crossings, visits } = await eventsOf(name, sequence);
    for (const [line, { events }] of Object.entries(sequence.lines)) {
      const found = crossings
        .filter(({ lineName }) => lineName === line)
        .map(({ observedAtUs, trackId, direction }) => [
          Math.round((observedAtUs * sequence.fps) / 1e6) + 1,
          Number(trackId),
          direction === 'in' ? 'neg_to_pos' : 'pos_to_neg',
        ]);
      expect(found).toEqual(events);
    }
    for (const [zone, expected] of Object.entries(sequence.zones)) {
      const frames: Record<string, number> = {};
      for (const visit of visits.filter(({ zoneName, phase }) => zoneName === zone && phase === 'left'))
        frames[visit.trackId] = (frames[visit.trackId] ?? 0) + (visit.dwellMs * sequence.fps) / 1000;
      const rounded = Object.fromEntries(
        Object.entries(frames).map(([id, value]) => [id, Math.round(value)]),
      );
      expect(rounded).toEqual(expected.dwell_frames_per_track);
    }
  },
);
