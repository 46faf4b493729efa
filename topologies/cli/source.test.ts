import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOfName } from './camera.ts';
import { UsageError } from './failure.ts';
import { inspectSource } from './source.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sightline-source-'));
  mkdirSync(join(folder, 'pictures'));
  writeFileSync(join(folder, 'pictures/1.JPG'), 'x');
  mkdirSync(join(folder, 'nothing'));
  writeFileSync(join(folder, 'clip.mp4'), Buffer.from([0, 0, 0, 32, 0x66, 0x74, 0x79, 0x70]));
  writeFileSync(join(folder, 'notes.txt'), 'not a video\n');
  writeFileSync(join(folder, 'empty.mp4'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a source', () => {
  test('that is a file or a folder of pictures is recognised', async () => {
    expect(await inspectSource(join(folder, 'clip.mp4'))).toMatchObject({ kind: 'file', warning: undefined });
    expect(await inspectSource(join(folder, 'pictures'))).toMatchObject({ kind: 'images' });
  });

  test.each([
    ['missing.mp4', /does not exist/],
    ['nothing', /no pictures/],
    ['notes.txt', /text/],
    ['empty.mp4', /empty/],
  ])('that cannot be played is refused: %s', async (name, message) => {
    const attempt = inspectSource(join(folder, name));
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });

  test.each([
    ['http://10.0.0.1/a', /rtsp:\/\//],
    ['rtsp://', /no host/],
    ['rtsp:///path', /no host/],
  ])('that is no camera address is refused: %s', async (text, message) => {
    await expect(inspectSource(text)).rejects.toThrow(message);
  });

  test('that nobody answers for is a warning without its password, because it may come back', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await inspectSource(`rtsp://u:p@127.0.0.1:${port}/a`)).toMatchObject({
      kind: 'rtsp',
      warning: undefined,
    });
    server.close();
    await once(server, 'close');
    const { warning } = await inspectSource(`rtsp://user:hidden@127.0.0.1:${port}/a`);
    expect(warning).toMatch(/cannot be reached/);
    expect(warning).not.toContain('hidden');
  });
});

test.each([
  ['walkway', 'walkway'],
  ['Front Door', 'Front-Door'],
  ['  Café (2. OG) ', 'Cafe-2.-OG'],
  ['cam_1.a-b', 'cam_1.a-b'],
  ['日本', ''],
])('the id of a camera called %s is %s', (name, id) => {
  expect(idOfName(name)).toBe(id);
});
