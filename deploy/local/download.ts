import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, StackError } from './errors.ts';

const attemptsMax = 4;
const stallMs = 60_000;

export interface Download {
  url: string;
  file: string;
  sha256: string;
  bytes: number;
  /** Bytes now on disk, for a progress display. */
  onBytes: (bytes: number) => void;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Goes on where an earlier attempt, of this or of a killed process, left off. */
async function fetchInto(part: string, download: Download): Promise<void> {
  let have = sizeOf(part);
  if (have > download.bytes) have = 0;
  if (have === download.bytes) return;
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(new Error('no data for a minute')), stallMs);
  try {
    const response = await fetch(download.url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: stalled.signal,
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    if (response.status !== 206) have = 0;
    const body = Readable.from(response.body, { objectMode: false });
    body.on('data', (chunk: Buffer) => {
      have += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(new Error('no data for a minute')), stallMs);
      download.onBytes(have);
    });
    await pipeline(body, createWriteStream(part, { flags: response.status === 206 ? 'a' : 'w' }));
  } finally {
    clearTimeout(timer);
  }
}

/** The file appears under its name only when it is whole and its hash is right. */
export async function downloadFile(download: Download): Promise<void> {
  const part = `${download.file}.part`;
  mkdirSync(dirname(download.file), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchInto(part, download);
      break;
    } catch (error) {
      if (attempt < attemptsMax) {
        await sleep(attempt * 1000);
        continue;
      }
      throw new StackError('artifact-unreachable', `${basename(download.file)}: ${reasonOf(error)}`, {
        cause: error,
        retriable: true,
      });
    }
  }
  const found = await sha256Of(part);
  if (found !== download.sha256) {
    rmSync(part, { force: true });
    throw new StackError(
      'artifact-corrupt',
      `${basename(download.file)} has the SHA-256 ${found}, expected ${download.sha256}. It was deleted; ` +
        'run the command again. If it keeps happening, something between here and the repository alters files.',
    );
  }
  renameSync(part, download.file);
}
