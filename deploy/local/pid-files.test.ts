import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { identifySelf, identify, isAlive } from './identity.ts';
import { tryLock } from './locks.ts';
import { recordProcess, stopLeftovers } from './pid-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightline-pids-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sleeper() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
}

it('stops a recorded process and forgets it', async () => {
  const child = await sleeper();
  const file = join(folder, 'kafka.json');
  recordProcess(file, 'kafka', child.pid ?? 0);
  expect(await stopLeftovers(folder, ['kafka'])).toEqual(['kafka']);
  expect(identify(child.pid ?? 0)).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

it('leaves a stranger alone that was given an old number', async () => {
  const child = await sleeper();
  const stale = { pid: child.pid, startedAt: 'another boot/1', name: 'kafka', stopSignal: 'SIGTERM' };
  writeFileSync(join(folder, 'kafka.json'), JSON.stringify(stale));
  expect(await stopLeftovers(folder, ['kafka'])).toEqual([]);
  expect(identify(child.pid ?? 0)).toBeDefined();
  child.kill('SIGKILL');
});

it('lets one hold a lock, and takes over from a holder that is gone', async () => {
  const file = join(folder, 'lock');
  const release = tryLock(file);
  expect(release).toBeTypeOf('function');
  expect(tryLock(file)).toEqual({ holder: identifySelf() });
  if (typeof release === 'function') release();
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }));
  expect(tryLock(file)).toBeTypeOf('function');
});

it('takes a half-written lock for nobody’s', () => {
  const file = join(folder, 'half');
  writeFileSync(file, '{"pid":');
  expect(tryLock(file)).toBeTypeOf('function');
});

it('tells a process from its successor with the same number', () => {
  const self = identifySelf();
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, startedAt: `${self.startedAt}0` })).toBe(false);
});
