import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Crossing, Measure, Visit } from '#schemas';
import { rowBuilder } from '#processors/rollup';
import type { TableRow } from '#processors/rollup';
import { migrateClickHouse } from '../migrate/clickhouse.ts';
import { crossingOf } from './testing/events.ts';
import { clockAt, dayAt, hourAt, randomFrom, tally } from './testing/recount.ts';
import { openWarehouse } from './warehouse.ts';
import type { Warehouse } from './warehouse.ts';

const folder = resolve(import.meta.dirname, '../../schemas/clickhouse');
const zones: Record<string, string> = { berlin: 'Europe/Berlin', kathmandu: 'Asia/Kathmandu' };
const zoneOf = (siteId: string): string => zones[siteId] ?? 'UTC';
const place = { partition: 0, offset: 0, appendedAtUs: Date.parse('2026-11-02T00:00:00Z') * 1000 };
const minuteUs = 60_000_000;

/** Two days around the end of summer time and two around its begin, in Berlin. */
const autumnUs = Date.parse('2026-10-24T12:00:00Z') * 1000;
const springUs = Date.parse('2026-03-28T12:00:00Z') * 1000;
const spanMinutes = 2 * 24 * 60;

let client: ClickHouseClient;
let warehouse: Warehouse;
const url = process.env['SIGHTLINE_CLICKHOUSE_URL'] ?? '';
const database = `warehouse_${process.pid}`;

const query = async <Row>(sql: string): Promise<Row[]> =>
  (await client.query({ query: sql, format: 'JSONEachRow' })).json<Row>();

const random = randomFrom(20_261_025);
const randomUs = (from: number): number => Math.floor(from + random() * spanMinutes * minuteUs);

const crossings: Crossing[] = Array.from({ length: 4_000 }, (_, n) => ({
  ...crossingOf(n, 0),
  crossedAtUs: randomUs(n % 2 === 0 ? autumnUs : springUs),
}));
const visits: Visit[] = Array.from({ length: 3_000 }, (_, n) => ({
  ...crossingOf(n, 0),
  eventId: `visit-${n}`,
  phase: n % 5 === 0 ? 'entered' : 'left',
  zoneId: `zone-${n % 2}`,
  zoneName: 'Till',
  enteredAtUs: randomUs(n % 2 === 0 ? autumnUs : springUs),
  leftAtUs: null,
  dwellMs: Math.floor(200 + random() ** 3 * 600_000),
  reason: 'exit',
}));
/** camera-0 of Berlin, every minute but an hour's gap; nobody but in every third minute. */
const minutes = Array.from({ length: spanMinutes }, (_, n) => n).filter((n) => n < 600 || n >= 660);
const measures: Measure[] = [autumnUs, springUs].flatMap((from) =>
  minutes.map((n) => ({
    eventId: `measure-${from}-${n}`,
    cameraId: 'camera-0',
    siteId: 'berlin',
    runId: 'run',
    minuteAtUs: from + n * minuteUs,
    observedMs: 60_000,
    frames: 600,
    zones: [
      {
        zoneId: 'zone-0',
        zoneName: 'Till',
        personMs: n % 3 === 0 ? 9_000 : 0,
        observedMs: 60_000,
        occupancyMax: n % 7,
      },
    ],
    heatColumns: 48,
    heatRows: 27,
    heat:
      n % 3 === 0
        ? [
            { cell: 5, personMs: 4_000 },
            { cell: (n % 100) + 6, personMs: 5_000 },
          ]
        : [],
    paths: [],
    configVersion: 2,
    late: false,
  })),
);

const line = (lineId: string) => ({
  lineId,
  name: lineId,
  a: { x: 0.5, y: 0 },
  b: { x: 0.5, y: 1 },
  role: 'entrance',
  classes: [],
  triggeringAnchor: 'bottomCenter',
  hysteresis: 0.01,
  confirmMs: 200,
  observationsMin: 2,
});
const cameraRows = [1, 2].flatMap((version) =>
  rowBuilder('config')(
    {
      kind: 'camera',
      id: 'camera-0',
      version,
      effectiveFromUs: version,
      deleted: false,
      site: null,
      camera: {
        ...{
          cameraId: 'camera-0',
          siteId: 'berlin',
          name: 'Door',
          enabled: true,
          fps: 10,
          frameWidth: 0,
          encoding: 'jpeg',
        },
        ...{
          jpegQuality: 80,
          modelId: 'm',
          confidenceMin: 0.1,
          latencyBudgetMs: 1000,
          placement: 'cloud',
          viewId: '',
        },
        source: {
          ...{
            kind: 'file',
            url: '/a',
            credentials: null,
            transport: 'tcp',
            realtime: false,
            loop: false,
            startAtUs: null,
          },
          ...{ connectTimeoutMs: 1, stallTimeoutMs: 1 },
        },
        // line-9 is only in the first version, line-8 only in the second, by which the minutes were judged.
        lines: ['line-0', version === 1 ? 'line-9' : 'line-8'].map(line),
        zones: [],
        masks: [],
      },
    },
    place,
  ),
);
const siteRows = Object.entries(zones).flatMap(([siteId, timeZone]) =>
  rowBuilder('config')(
    {
      ...{ kind: 'site', id: siteId, version: 1, effectiveFromUs: 1, deleted: false, camera: null },
      site: { siteId, name: siteId, timeZone },
    },
    place,
  ),
);

/** In small blocks, as they come from Kafka, and some of them twice. */
const writeInBlocks = async (name: string, rows: readonly TableRow[]): Promise<void> => {
  for (let at = 0; at < rows.length; at += 700) {
    const block = rows.slice(at, at + 700);
    await warehouse.write(block, `${name}-${at}`);
    if (at % 1400 === 0) await warehouse.write(block, `${name}-${at}`);
  }
};

beforeAll(async () => {
  await migrateClickHouse({ url, database, folder });
  client = createClient({ url, database });
  warehouse = openWarehouse({ url, database });
  await warehouse.write([...siteRows, ...cameraRows], 'configuration');
  await writeInBlocks(
    'crossings',
    crossings.flatMap((event) => rowBuilder('crossings')(event, place)),
  );
  await writeInBlocks(
    'visits',
    visits.flatMap((event) => rowBuilder('visits')(event, place)),
  );
  await writeInBlocks(
    'measures',
    measures.flatMap((event) => rowBuilder('measures')(event, place)),
  );
});
afterAll(async () => {
  await client?.command({ query: `DROP DATABASE ${database}` });
  await client?.close();
  await warehouse?.close();
});

const asRecord = (rows: { key: string; amount: string | number }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ key, amount }) => [key, Number(amount)]));

const crossingKey = (event: Crossing): string =>
  [event.siteId, event.cameraId, event.lineId, event.direction, event.className].join('/');
const crossingColumns = `concat(siteId, '/', cameraId, '/', lineId, '/', direction, '/', className, '/'`;
const left = visits.filter((visit) => visit.phase === 'left');

describe('rollups', () => {
  test('of days equal a recount by the calendar of each site', async () => {
    const rows = await query<{ key: string; amount: string }>(
      `SELECT ${crossingColumns}, toString(day)) AS key, crossings AS amount FROM counts_daily`,
    );
    expect(asRecord(rows)).toEqual(
      tally(crossings, (event) => `${crossingKey(event)}/${dayAt(event.crossedAtUs, zoneOf(event.siteId))}`),
    );
  });

  test('of hours equal a recount by the clock of each site, the repeated hour twice', async () => {
    const rows = await query<{ key: string; amount: string }>(
      `SELECT ${crossingColumns}, toString(hourAt)) AS key, crossings AS amount FROM counts_hourly`,
    );
    expect(asRecord(rows)).toEqual(
      tally(crossings, (event) => `${crossingKey(event)}/${hourAt(event.crossedAtUs, zoneOf(event.siteId))}`),
    );
    const wrong = await query(
      `SELECT hourAt, localAt FROM counts_hourly
       WHERE siteId = 'berlin' AND toString(localAt) != formatDateTime(hourAt, '%F %T', 'Europe/Berlin')`,
    );
    expect(wrong).toEqual([]);
  });

  test('of quarters equal a recount in UTC', async () => {
    const rows = await query<{ key: string; amount: string }>(
      `SELECT ${crossingColumns}, toString(toUnixTimestamp(bucketAt))) AS key, crossings AS amount FROM counts_15min`,
    );
    const quarter = (atUs: number): number => Math.floor(atUs / 900e6) * 900;
    expect(asRecord(rows)).toEqual(
      tally(crossings, (event) => `${crossingKey(event)}/${quarter(event.crossedAtUs)}`),
    );
  });

  test('of visits count those that ended, at their beginning, and add their dwell', async () => {
    const rows = await query<{ key: string; visits: string; dwell: string }>(
      `SELECT concat(siteId, '/', cameraId, '/', zoneId, '/', className, '/', toString(day)) AS key, visits,
         dwellMsSum AS dwell FROM visits_daily`,
    );
    const key = (visit: Visit): string =>
      [
        visit.siteId,
        visit.cameraId,
        visit.zoneId,
        visit.className,
        dayAt(visit.enteredAtUs, zoneOf(visit.siteId)),
      ].join('/');
    expect(asRecord(rows.map((row) => ({ key: row.key, amount: row.visits })))).toEqual(tally(left, key));
    expect(asRecord(rows.map((row) => ({ key: row.key, amount: row.dwell })))).toEqual(
      tally(left, key, (visit) => visit.dwellMs),
    );
  });

  test('merge dwell quantiles within one per cent over any range', async () => {
    const [row] = await query<{ found: number[] }>(
      `SELECT quantilesDDMerge(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(dwellMsState) AS found
       FROM rollup_visits WHERE period = 'quarter' AND zoneId = 'zone-0'`,
    );
    const sorted = left
      .filter((visit) => visit.zoneId === 'zone-0')
      .map((visit) => visit.dwellMs)
      .sort((a, b) => a - b);
    for (const [index, level] of [0.25, 0.5, 0.75, 0.9, 0.95, 0.99].entries()) {
      const found = row?.found[index] ?? 0;
      // The sketch answers for one of the two ranks around the level.
      const rank = level * (sorted.length - 1);
      expect(found).toBeGreaterThan((sorted[Math.floor(rank) - 1] ?? 0) * 0.99);
      expect(found).toBeLessThan((sorted[Math.ceil(rank) + 1] ?? 0) * 1.01);
    }
  });

  test('keep observed time, 25 and 23 hours a day included, and know a gap from a zero', async () => {
    const rows = await query<{ key: string; amount: string }>(
      'SELECT toString(day) AS key, observedMs AS amount FROM observed_daily',
    );
    expect(asRecord(rows)).toEqual(
      tally(
        measures,
        (measure) => dayAt(measure.minuteAtUs, 'Europe/Berlin'),
        () => 60_000,
      ),
    );
    // 25 hours less the hour's gap, which falls into this day, and 23 whole ones.
    expect(asRecord(rows)).toMatchObject({ '2026-10-25': 24 * 3600e3, '2026-03-29': 23 * 3600e3 });
    const [watched] = await query<{ hours: string; zeros: string }>(
      `SELECT count() AS hours, countIf(inCount + outCount = 0) AS zeros FROM line_totals_hourly
       WHERE lineId = 'line-8' AND cameraId = 'camera-0'`,
    );
    // 48 hours twice, less the hour without a picture, each time.
    expect([Number(watched?.hours), Number(watched?.zeros)]).toEqual([94, 94]);
  });

  test('count a line as watched only while it was part of the configuration', async () => {
    const rows = await query<{ lineId: string; observedMs: string }>(
      `SELECT lineId, sum(observedMs) AS observedMs FROM line_totals_daily WHERE cameraId = 'camera-0' AND siteId = 'berlin'
       GROUP BY lineId HAVING observedMs > 0 ORDER BY lineId`,
    );
    expect(rows.map(({ lineId }) => lineId)).toEqual(['line-0', 'line-8']);
    const now = await query<{ lineId: string }>('SELECT lineId FROM lines ORDER BY lineId');
    expect(now.map(({ lineId }) => lineId)).toEqual(['line-0', 'line-8']);
  });

  test('give the same person time by zone and by cell', async () => {
    const [row] = await query<{ zone: string; heat: string }>(
      'SELECT (SELECT sum(personMs) FROM presence_hourly) AS zone, (SELECT sum(personMs) FROM heat_daily) AS heat',
    );
    const truth = measures.reduce((sum, measure) => sum + (measure.zones[0]?.personMs ?? 0), 0);
    expect([Number(row?.zone), Number(row?.heat)]).toEqual([truth, truth]);
  });

  test('label hours by the wall clock', () => {
    expect(clockAt(Date.parse('2026-10-25T01:30:00Z') * 1000, 'Europe/Berlin')).toBe('2026-10-25 02:30:00');
  });
});

const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const recipes = [...readme.matchAll(/\n([^\n`]+):\n\n```sql\n([\s\S]*?)```/g)].map((match) => ({
  question: match[1] ?? '',
  sql: match[2] ?? '',
}));

describe('the cookbook', () => {
  test('has at least eight questions', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(8);
  });

  test.each(recipes)('answers: $question', async ({ sql }) => {
    expect((await query(sql)).length).toBeGreaterThan(0);
  });

  test('every column of every table and view has a comment', async () => {
    const bare = await query(
      `SELECT table, name FROM system.columns
       WHERE database = currentDatabase() AND comment = '' AND table NOT LIKE '.inner%'
         AND table NOT LIKE '%_into_rollup' AND table != 'sightline_migrations'`,
    );
    expect(bare).toEqual([]);
  });
});
