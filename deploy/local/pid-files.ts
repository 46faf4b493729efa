import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './identity.ts';

const politeMs = 15_000;
const pollMs = 50;

interface RecordedProcess extends ProcessIdentity {
  name: string;
  stopSignal: 'SIGTERM' | 'SIGINT';
}

/** Written right after the spawn, so that whoever starts next knows what a killed launcher left running. */
export function recordProcess(
  file: string,
  name: string,
  pid: number,
  stopSignal: 'SIGTERM' | 'SIGINT' = 'SIGTERM',
): void {
  const identity = identify(pid);
  if (identity === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...identity, name, stopSignal } satisfies RecordedProcess));
}

export function forgetProcess(file: string): void {
  rmSync(file, { force: true });
}

function readRecorded(file: string): RecordedProcess | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RecordedProcess;
  } catch {
    return undefined;
  }
}

async function endProcess(leftover: RecordedProcess): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    // Looked at again before each signal: between two looks the process may have ended by itself.
    if (isAlive(leftover)) process.kill(leftover.pid, name);
  };
  signal(leftover.stopSignal);
  for (let waitedMs = 0; isAlive(leftover); waitedMs += pollMs) {
    if (waitedMs >= politeMs) signal('SIGKILL');
    await sleep(pollMs);
  }
}

function readAll(folder: string): { file: string; recorded: RecordedProcess | undefined }[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ file: join(folder, name), recorded: readRecorded(join(folder, name)) }));
  } catch {
    return [];
  }
}

/**
 * Stops what an earlier launcher left behind: services first, then what they depend on, each group at once.
 * Returns the names of what was stopped. A number that belongs to somebody else by now is left alone.
 */
export async function stopLeftovers(folder: string, infrastructure: readonly string[]): Promise<string[]> {
  const found = readAll(folder);
  const alive = found.flatMap(({ recorded }) => (recorded && isAlive(recorded) ? [recorded] : []));
  const rank = (recorded: RecordedProcess) => infrastructure.indexOf(recorded.name) + 1;
  for (let level = 0; level <= infrastructure.length; level += 1) {
    await Promise.all(alive.filter((recorded) => rank(recorded) === level).map(endProcess));
  }
  for (const { file } of found) forgetProcess(file);
  return alive.map((recorded) => recorded.name);
}
