import { expect, test } from 'vitest';
import { countTracks } from './count.ts';
import { collectLine, collectZone, documentOfOptions } from './geometry-options.ts';
import { motCameraId } from './mot-records.ts';
import { parseMot, readMot } from './mot.ts';
import { summaryText } from './summary.ts';
import { trackDetections } from './track.ts';

const picture = { width: 1000, height: 500, fps: 10 };

/** Somebody who walks to the right, 20 pixels a frame, from x = 300. */
const walk = (id: string, frames: number, more = ''): string =>
  Array.from(
    { length: frames },
    (_, index) => `${index + 1},${id},${290 + index * 20},200,20,60,0.99${more}`,
  ).join('\n');

test('rows come by frame, with blank lines, blanks and missing columns forgiven', () => {
  const frames = parseMot('3,7,1,2,3,4\n\n1 8 1.5 2 3 4 0 2 1\r\n', 'f');
  expect(frames).toHaveLength(3);
  expect(frames[0]).toEqual([
    { frame: 1, id: '8', x: 1.5, y: 2, width: 3, height: 4, weight: 0, classId: 2 },
  ]);
  expect(frames[2]).toMatchObject([{ id: '7', weight: 1, classId: -1 }]);
});

test.each(['hello', '1,2,3', '0,1,1,1,1,1', '1.5,1,1,1,1,1', '1,1,x,1,1,1'])(
  '"%s" is named as a bad row',
  (row) => {
    expect(() => parseMot(`1,1,1,1,1,1\n${row}`, 'file.txt')).toThrow(/file\.txt:2: not a MOT row/);
  },
);

test('a missing file and an empty file are named', async () => {
  await expect(readMot('/nowhere/det.txt')).rejects.toThrow(/\/nowhere\/det\.txt: no such file/);
  await expect(readMot('/dev/null')).rejects.toThrow(/has no rows/);
});

test('counting sums up lines and zones by name', async () => {
  const document = documentOfOptions(
    { cameraId: motCameraId, siteId: 'file', name: 'x', source: { kind: 'file', url: 'x' } },
    collectLine('door:0.5,0,0.5,1'),
    collectZone('till:0.2,0;0.4,0;0.4,1;0.2,1'),
    { hysteresis: 0, confirmMs: 0, observationsMin: 1, enterMs: 0, graceMs: 0 },
  );
  const summary = await countTracks(document, parseMot(walk('1', 20), 'x'), picture);
  expect(summary).toEqual({
    frames: 20,
    durationMs: 2000,
    fps: 10,
    lines: { door: { in: 0, out: 1, byClass: { person: { in: 0, out: 1 } } } },
    zones: {
      till: {
        visits: 1,
        visitors: 1,
        dwellMs: { total: 500, mean: 500, p50: 500, p95: 500 },
        occupancyMax: 1,
      },
    },
  });
  expect(summaryText(summary)).toContain('door');
});

test('tracking writes every observation of a confirmed track, the first ones too, and no others', async () => {
  const rows = await trackDetections(parseMot(`${walk('-1', 20)}\n5,-1,900,100,20,60,0.99`, 'x'), picture);
  expect(rows.map((row) => row.split(',').slice(0, 2).join(' '))).toEqual(
    Array.from({ length: 20 }, (_, index) => `${index + 1} 1`),
  );
  expect(rows[0]).toMatch(/^1,1,290\.00,200\.00,20\.00,60\.00,0\.9900,-1,-1,-1$/);
});
