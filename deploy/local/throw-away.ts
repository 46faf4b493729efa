import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheFolder } from './config.ts';
import { identifySelf, isAlive, type ProcessIdentity } from './identity.ts';
import { stopLeftovers } from './pid-files.ts';

interface Listed {
  dataDir: string;
  owner: ProcessIdentity;
}

const prefix = 'sightline-stack-';
const listFolder = () => join(cacheFolder(), 'throw-away');

/** A folder for a stack that is deleted with it. It is listed, so that it can be cleared up if its owner is killed. */
export function makeThrowAwayFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  mkdirSync(listFolder(), { recursive: true });
  const listed: Listed = { dataDir, owner: identifySelf() };
  writeFileSync(join(listFolder(), basename(dataDir)), JSON.stringify(listed));
  return dataDir;
}

export function dropThrowAwayFolder(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  rmSync(join(listFolder(), basename(dataDir)), { force: true });
}

/** A test run that was killed has no next start in its folder, so the next stack of anybody clears up after it. */
export async function clearThrowAways(infrastructure: readonly string[]): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(listFolder());
  } catch {
    return;
  }
  for (const name of names) {
    let listed: Listed;
    try {
      listed = JSON.parse(readFileSync(join(listFolder(), name), 'utf8')) as Listed;
    } catch {
      continue;
    }
    if (isAlive(listed.owner) || !basename(listed.dataDir).startsWith(prefix)) continue;
    await stopLeftovers(join(listed.dataDir, 'run'), infrastructure);
    dropThrowAwayFolder(listed.dataDir);
  }
}
