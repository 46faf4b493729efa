import { validateCamera } from '#schemas';
import type { CameraDocument, ConfigRecord } from '#schemas';
import { describe, expect, test } from 'vitest';
import { createCameraTable, versionsKeptDays, versionsPerCameraMax } from './camera-table.ts';

const dayUs = 86_400 * 1_000_000;

const documentOf = (name: string): CameraDocument => {
  const result = validateCamera({
    cameraId: 'gate',
    siteId: 'site',
    name,
    source: { kind: 'rtsp', url: 'rtsp://camera/stream' },
  });
  if (!result.ok) throw new Error(result.problems.join());
  return result.value;
};
const record = (
  version: number,
  effectiveFromUs: number,
  changes: Partial<ConfigRecord> = {},
): ConfigRecord => ({
  kind: 'camera',
  id: 'gate',
  version,
  effectiveFromUs,
  deleted: false,
  camera: documentOf(`version ${version}`),
  site: null,
  ...changes,
});

describe('the version that judges a record', () => {
  const table = createCameraTable();
  for (const one of [record(2, 2000), record(1, 1000), record(3, 3000), record(2, 2000)]) table.apply(one);

  test.each([
    ['before the first version: the first', 0, 1],
    ['at the instant a version begins: that one', 1000, 1],
    ['just before the next begins: the one before', 1999, 1],
    ['between two: the earlier', 2500, 2],
    ['after the last: the last', 9_999, 3],
  ])('%s', (_what, atUs, version) => {
    expect(table.at('gate', atUs)?.version).toBe(version);
  });

  test('is none for a camera nobody configured', () => {
    expect(table.at('roof', 0)).toBeUndefined();
  });
});

test('a deleted camera has no document from then on, and has it for records captured before', () => {
  const table = createCameraTable();
  table.apply(record(1, 1000));
  table.apply(record(2, 2000, { deleted: true, camera: null }));
  expect(table.at('gate', 1999)?.version).toBe(1);
  expect(table.at('gate', 2000)).toBeUndefined();
  expect(table.current()).toEqual([]);
});

test('an invalid document keeps the last good one and says every problem', () => {
  const table = createCameraTable();
  table.apply(record(1, 1000));
  const broken = { ...documentOf('broken'), fps: -1, name: '' };
  const applied = table.apply(record(2, 2000, { camera: broken }));
  expect(applied).toMatchObject({ kind: 'invalid' });
  expect(applied.kind === 'invalid' && applied.problems.map((problem) => problem.split(':')[0])).toEqual([
    'name',
    'fps',
  ]);
  expect(table.at('gate', 5000)?.document.name).toBe('version 1');
});

test('a document under the id of another camera is refused', () => {
  const table = createCameraTable();
  expect(table.apply(record(1, 0, { id: 'roof' }))).toEqual({
    kind: 'invalid',
    problems: ['cameraId: must be roof'],
  });
});

test('sites and kinds to come are left alone', () => {
  const table = createCameraTable();
  expect(table.apply(record(1, 0, { kind: 'site', camera: null }))).toEqual({ kind: 'ignored' });
});

test('a later version never begins before an earlier one, whatever the clocks said', () => {
  const table = createCameraTable();
  table.apply(record(1, 5000));
  table.apply(record(2, 4000));
  expect(table.at('gate', 4500)?.version).toBe(1);
  expect(table.at('gate', 5000)?.version).toBe(2);
});

test('versions that ended longer ago than the time kept are forgotten, younger ones stay', () => {
  const table = createCameraTable();
  const nowUs = 1000 * dayUs;
  table.apply(record(1, nowUs - (versionsKeptDays + 20) * dayUs));
  table.apply(record(2, nowUs - (versionsKeptDays + 10) * dayUs));
  table.apply(record(3, nowUs - 5 * dayUs));
  table.apply(record(4, nowUs));
  expect(table.at('gate', 0)?.version).toBe(2);
  expect(table.at('gate', nowUs - 50 * dayUs)?.version).toBe(2);
});

test('a document changed without end keeps a bounded history', () => {
  const table = createCameraTable();
  const camera = documentOf('busy');
  for (let version = 1; version <= versionsPerCameraMax + 10; version++)
    table.apply(record(version, version, { camera }));
  expect(table.at('gate', 0)?.version).toBe(11);
});
