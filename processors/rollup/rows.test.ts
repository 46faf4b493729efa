import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CameraDocument, Crossing, Measure, RecordTypes, Visit } from '#schemas';
import { rolledUp, rowBuilder } from './index.ts';
import type { RolledUp } from './index.ts';

const place = { partition: 1, offset: 7, appendedAtUs: 1_700_000_000_000_001 };
const judged = { configVersion: 3, late: false, observedAtUs: 1_700_000_000_250_000, stamps: null };
const crossing: Crossing = {
  ...judged,
  eventId: 'c:r:1:l:5',
  cameraId: 'c',
  siteId: 's',
  runId: 'r',
  trackId: '1',
  className: 'person',
  lineId: 'l',
  lineName: 'Door',
  role: 'entrance',
  direction: 'in',
  crossedAtUs: 1_700_000_000_000_001,
  x: 0.5,
  y: 0.25,
};
const visit: Visit = {
  ...judged,
  eventId: 'v',
  cameraId: 'c',
  siteId: 's',
  runId: 'r',
  phase: 'entered',
  trackId: '1',
  className: 'person',
  zoneId: 'z',
  zoneName: 'Zone',
  enteredAtUs: 1_700_000_000_000_000,
  leftAtUs: null,
  dwellMs: 0,
  reason: '',
};
const measure: Measure = {
  eventId: 'm',
  cameraId: 'c',
  siteId: 's',
  runId: 'r',
  minuteAtUs: 1_700_000_040_000_000,
  observedMs: 60_000,
  frames: 600,
  zones: [{ zoneId: 'z', zoneName: 'Zone', personMs: 5, observedMs: 60_000, occupancyMax: 2 }],
  heatColumns: 48,
  heatRows: 27,
  heat: [{ cell: 9, personMs: 5 }],
  paths: [{ trackId: '1', className: 'person', points: [{ x: 0.5, y: 0.5, atUs: 1_700_000_000_000_000 }] }],
  configVersion: 3,
  late: false,
};
const camera: CameraDocument = {
  cameraId: 'c',
  siteId: 's',
  name: 'Camera',
  enabled: true,
  source: {
    kind: 'rtsp',
    url: 'rtsp://host/1',
    credentials: 'sealed',
    transport: 'tcp',
    realtime: false,
    loop: false,
    startAtUs: null,
    connectTimeoutMs: 1000,
    stallTimeoutMs: 1000,
  },
  fps: 5,
  frameWidth: 0,
  encoding: 'jpeg',
  jpegQuality: 80,
  modelId: 'm@1',
  confidenceMin: 0.1,
  latencyBudgetMs: 1000,
  placement: 'cloud',
  viewId: '',
  lines: [
    {
      lineId: 'l',
      name: 'Door',
      a: { x: 0, y: 0 },
      b: { x: 1, y: 1 },
      role: '',
      classes: ['person'],
      triggeringAnchor: 'bottomCenter',
      hysteresis: 0.01,
      confirmMs: 200,
      observationsMin: 2,
    },
  ],
  zones: [
    {
      zoneId: 'z',
      name: 'Zone',
      polygon: [
        { x: 0, y: 0 },
        { x: 1, y: 0 },
        { x: 1, y: 1 },
      ],
      classes: [],
      triggeringAnchor: 'bottomCenter',
      enterMs: 200,
      graceMs: 1000,
    },
  ],
  masks: [],
};
const config = {
  kind: 'camera',
  id: 'c',
  version: 3,
  effectiveFromUs: 1,
  deleted: false,
  camera,
  site: null,
};
const records: { [Name in RolledUp]: RecordTypes[Name] } = {
  crossings: crossing,
  visits: visit,
  measures: measure,
  config,
  occupancy: {
    ...judged,
    eventId: 'o',
    cameraId: 'c',
    siteId: 's',
    runId: 'r',
    zoneId: 'z',
    zoneName: 'Z',
    count: 2,
    changedAtUs: 5,
  },
  alerts: {
    eventId: 'a',
    alertId: 'a',
    cameraId: 'c',
    siteId: 's',
    runId: '',
    ruleId: 'x',
    ruleName: 'X',
    ruleKind: 'loitering',
    phase: 'raised',
    severity: 'warning',
    subjectId: 'z',
    trackIds: ['1'],
    message: 'Somebody stays.',
    raisedAtUs: 1,
    changedAtUs: 2,
    configVersion: 1,
    late: false,
  },
  inspections: {
    eventId: 'i',
    cameraId: 'c',
    siteId: 's',
    runId: 'r',
    partId: 'p',
    lot: '',
    verdict: 'fail',
    reasons: ['scratch'],
    score: 0.9,
    inspectedAtUs: 3,
    cycleMs: 900,
    framesJudged: 4,
    configVersion: 1,
    late: false,
    defects: [{ kind: 'scratch', x1: 0, y1: 0, x2: 1, y2: 1, score: 0.5 }],
  },
  'camera-status': {
    cameraId: 'c',
    reporter: 'decode',
    reportedAtUs: 4,
    state: 'online',
    stateSinceUs: 4,
    message: '',
    fpsIn: 10,
    fpsOut: 5,
    framesIn: 10,
    framesOut: 5,
    drops: { rate: 5 },
    reconnects: 0,
    latencyMs: 3.5,
    codec: 'h264',
    width: 1,
    height: 1,
    runId: 'r',
    runEpoch: 1,
    position: -1,
    device: 'host',
    configVersion: 1,
  },
};

/** Columns by table, read from the migrations themselves. */
const sqlFolder = fileURLToPath(new URL('../../schemas/clickhouse/', import.meta.url));
const sql = readdirSync(sqlFolder)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => readFileSync(sqlFolder + name, 'utf8'))
  .join('\n');
const columnsOf = (table: string): string[] => {
  const body =
    new RegExp(`CREATE TABLE IF NOT EXISTS ${table}\\n\\(\\n([\\s\\S]*?)\\n\\)\\n`).exec(sql)?.[1] ?? '';
  return [...body.matchAll(/^ {2}`?([A-Za-z0-9.]+)`? /gm)].map((match) => match[1] as string);
};

describe('rows', () => {
  test.each(rolledUp)('of %s fill every column of their tables and no other', (name) => {
    const rows = rowBuilder(name)(records[name] as never, place);
    expect(rows.length).toBeGreaterThan(0);
    for (const { table, row } of rows) expect(Object.keys(row).sort()).toEqual(columnsOf(table).sort());
  });

  test('keep microseconds exact', () => {
    expect(rowBuilder('crossings')(crossing, place)[0]?.row).toMatchObject({
      crossedAt: '1700000000.000001',
      kafkaOffset: 7,
    });
  });

  test('leave the end of a lasting visit open', () => {
    expect(rowBuilder('visits')(visit, place)[0]?.row['leftAt']).toBeNull();
  });

  test('put lists of records side by side', () => {
    expect(rowBuilder('measures')(measure, place)[0]?.row).toMatchObject({
      'zones.zoneId': ['z'],
      'zones.personMs': [5],
      'heat.cell': [9],
    });
  });

  test('of a camera version hold its geometry but never how to reach it', () => {
    const rows = rowBuilder('config')(config, place);
    expect(rows.map((row) => row.table)).toEqual(['camera_versions', 'line_versions', 'zone_versions']);
    expect(JSON.stringify(rows)).not.toMatch(/rtsp:|sealed/);
  });

  test('of a removed camera say so', () => {
    const rows = rowBuilder('config')({ ...config, version: 4, deleted: true, camera: null }, place);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).toMatchObject({ cameraId: 'c', deleted: true, version: 4 });
  });

  test('of an unknown kind of document are none', () => {
    expect(rowBuilder('config')({ ...config, kind: 'rule' }, place)).toEqual([]);
  });

  test.each([
    ['an instant before 1970', { crossedAtUs: -1 }, /crossedAtUs/],
    ['an instant after 2106', { crossedAtUs: 5_000_000_000_000_000 }, /crossedAtUs/],
    ['a place that is no number', { x: Number.NaN }, /x:/],
    ['a fractional version', { configVersion: 1.5 }, /configVersion/],
  ])('refuse %s, naming the field', (_what, change, message) => {
    expect(() => rowBuilder('crossings')({ ...crossing, ...change }, place)).toThrow(message);
  });
});
