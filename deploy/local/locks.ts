import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifySelf, isAlive, type ProcessIdentity } from './identity.ts';

const pollMs = 200;

/** A lock is a file that names its holder; a holder that is gone holds nothing, so a crash needs no clean-up. */
export interface HeldBy {
  holder: ProcessIdentity | undefined;
}

export function readHolder(file: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the release function, or who holds the lock. */
export function tryLock(file: string): (() => void) | HeldBy {
  mkdirSync(dirname(file), { recursive: true });
  const self = JSON.stringify(identifySelf());
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, self, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder !== undefined) return { holder };
    // Renamed first and not deleted in place: of two processes that find the dead holder only one moves it.
    const aside = `${file}.${process.pid}.dead`;
    try {
      renameSync(file, aside);
    } catch {
      continue;
    }
    rmSync(aside, { force: true });
  }
  return { holder: undefined };
}

export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const result = tryLock(file);
    if (typeof result === 'function') {
      try {
        return await work();
      } finally {
        result();
      }
    }
    await sleep(pollMs);
  }
}
