import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { downloadFile } from './download.ts';

const content = Buffer.alloc(100_000, 'sightline ');
const sha256 = createHash('sha256').update(content).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'sightline-download-'));
const ranges: (string | undefined)[] = [];
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    // One path breaks off in the middle, as a bad line does, until it is asked to go on from there.
    if (request.url === '/breaks' && from === 0) {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 40_000), () => setTimeout(() => response.destroy(), 50));
      return;
    }
    response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const download = (name: string, path = '/whole', hash = sha256) => {
  const file = join(folder, name);
  return { url: `${url}${path}`, file, sha256: hash, bytes: content.length, onBytes: () => undefined };
};

it('downloads a whole file', async () => {
  await downloadFile(download('whole'));
  expect(readFileSync(join(folder, 'whole')).equals(content)).toBe(true);
});

it('goes on where a killed process stopped', async () => {
  writeFileSync(join(folder, 'resumed.part'), content.subarray(0, 1234));
  await downloadFile(download('resumed'));
  expect(ranges.at(-1)).toBe('bytes=1234-');
  expect(readFileSync(join(folder, 'resumed')).equals(content)).toBe(true);
});

it('goes on after a broken connection', async () => {
  await downloadFile(download('broken', '/breaks'));
  expect(ranges.at(-1)).toMatch(/^bytes=[1-9]/);
  expect(readFileSync(join(folder, 'broken')).equals(content)).toBe(true);
});

it('keeps nothing of a file with another hash', async () => {
  await expect(downloadFile(download('wrong', '/whole', '0'.repeat(64)))).rejects.toMatchObject({
    code: 'artifact-corrupt',
  });
  expect(existsSync(join(folder, 'wrong'))).toBe(false);
  expect(existsSync(join(folder, 'wrong.part'))).toBe(false);
});
