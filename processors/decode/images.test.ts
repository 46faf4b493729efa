import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playToEnd, startAtUs } from './testing/player.ts';

const folder = mkdtempSync(join(tmpdir(), 'images-'));
const names = ['a.jpg', 'b.png', 'c.jpg', 'd.bmp.jpg', 'e.webp'];

beforeAll(async () => {
  for (const [index, name] of names.entries()) {
    const image = sharp({
      create: { width: 100 + 20 * index, height: 80, channels: 3, background: '#804020' },
    });
    await image.toFile(join(folder, name));
  }
  writeFileSync(join(folder, 'notes.txt'), 'not an image');
});
afterAll(() => rmSync(folder, { recursive: true }));

const source = { kind: 'images', url: folder, startAtUs } as const;

describe('a folder of images', () => {
  it('plays them by name, a second apart, each in its own size', async () => {
    const { records, statuses } = await playToEnd({ source });
    const frames = records.filter(({ kind }) => kind === 'frame');
    expect(frames.map(({ frame }) => frame?.sourceWidth)).toEqual([100, 120, 140, 160, 180]);
    expect(frames.map(({ capturedAtUs }) => (capturedAtUs - startAtUs) / 1e6)).toEqual([0, 1, 2, 3, 4]);
    expect(records.at(-1)).toMatchObject({ kind: 'runEnded', capturedAtUs: startAtUs + 5e6 });
    expect(statuses.at(-1)).toMatchObject({ state: 'ended', message: '', framesOut: 5 });
    const pixel = (await sharp(frames[0]?.frame?.data).raw().toBuffer()).subarray(0, 3);
    expect([...pixel].map((value, index) => Math.abs(value - [0x80, 0x40, 0x20][index]!) < 6)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('goes on after a checkpoint with the same numbers', async () => {
    const whole = await playToEnd({ source, document: { fps: 2 } });
    const resume = whole.checkpoints.find(({ sequence }) => sequence === 3);
    const rest = await playToEnd({
      source,
      document: { fps: 2 },
      run: { runId: 'x', runEpoch: 7, ...(resume ? { resume } : {}) },
    });
    const numbers = (records: typeof whole.records): unknown =>
      records.map(({ kind, runId, sequence, capturedAtUs }) => [kind, runId, sequence, capturedAtUs]);
    expect(numbers(rest.records)).toEqual((numbers(whole.records) as unknown[]).slice(4));
  });

  it('counts a damaged image, says its name and goes on', async () => {
    writeFileSync(join(folder, 'b.png'), 'damaged');
    const { records, statuses } = await playToEnd({ source });
    expect(records.filter(({ kind }) => kind === 'frame')).toHaveLength(4);
    expect(statuses.some(({ message }) => message.includes('b.png'))).toBe(true);
    expect(statuses.at(-1)).toMatchObject({ state: 'ended', drops: { badImage: 1 } });
    expect(statuses.at(-1)?.message).toBe('1 of 5 images could not be read');
  });

  it.each([
    { what: 'a missing folder', url: join(folder, 'nowhere'), message: 'no such file or folder' },
    { what: 'a folder without images', url: mkdtempSync(join(tmpdir(), 'empty-')), message: 'no images' },
  ])('$what is a clear error', async ({ url, message }) => {
    const { statuses } = await playToEnd({ source: { kind: 'images', url } });
    expect(statuses.at(-1)).toMatchObject({ state: 'failed' });
    expect(statuses.at(-1)?.message).toContain(message);
  });
});
