import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { isAlive, type ProcessIdentity } from './identity.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import { listenerOf } from './ports.ts';
import { repositoryRoot } from './paths.ts';
import type { ChosenPorts } from './stack-files.ts';

const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'sightline-launcher-')));
const [folder = '', other = ''] = folders;
const launchers: Launcher[] = [];

interface Launcher {
  process: ChildProcess;
  output(): string;
  ports(): ChosenPorts;
  recorded(): ProcessIdentity[];
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

function launch(dataDir: string): Launcher {
  const script = join(repositoryRoot, 'deploy/local/start.ts');
  const child = spawn(process.execPath, [script, '--stack-only', '--data-dir', dataDir]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const launcher: Launcher = {
    process: child,
    output: () => output,
    ports: () =>
      (JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as { ports: ChosenPorts }).ports,
    recorded: () =>
      readdirSync(join(dataDir, 'run'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(join(dataDir, 'run', name), 'utf8')) as ProcessIdentity),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
  launchers.push(launcher);
  return launcher;
}

async function until(what: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  for (let waitedMs = 0; !(await what()); waitedMs += 50) {
    if (waitedMs > timeoutMs) throw new Error('It did not happen in time.');
    await sleep(50);
  }
}

async function ready(launcher: Launcher): Promise<Launcher> {
  await until(() => launcher.output().includes('Ready after') || launcher.process.exitCode !== null);
  expect(launcher.output()).toContain('Ready after');
  return launcher;
}

const registry = (launcher: Launcher, path: string) =>
  `http://127.0.0.1:${launcher.ports().registry}/apis/ccompat/v7${path}`;

async function register(launcher: Launcher, fields: object[]): Promise<{ id?: number; status: number }> {
  const schema = JSON.stringify({ type: 'record', name: 'Kept', fields });
  const response = await fetch(registry(launcher, '/subjects/kept-value/versions'), {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return { ...((await response.json()) as { id?: number }), status: response.status };
}

async function clickhouse(launcher: Launcher, query: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${launcher.ports().clickhouse}/`, {
    method: 'POST',
    body: query,
  });
  return (await response.text()).trim();
}

afterAll(async () => {
  await Promise.all(launchers.map((launcher) => launcher.end('SIGTERM')));
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

const plain = [{ name: 'a', type: 'int' }];

// Each test goes on where the one before left the folder, as the days of one installation do.
describe('the launcher', () => {
  let launcher: Launcher;
  let id: number | undefined;

  it('starts an empty folder and enforces full transitive compatibility', async () => {
    launcher = await ready(launch(folder));
    id = (await register(launcher, plain)).id;
    expect(id).toBeGreaterThan(0);
    expect((await register(launcher, [{ name: 'b', type: 'string' }])).status).toBe(409);
    await clickhouse(launcher, 'CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n');
    await clickhouse(launcher, 'INSERT INTO kept VALUES (42)');
  });

  it('refuses a second launcher in the same folder', async () => {
    const second = launch(folder);
    await once(second.process, 'exit');
    expect(second.process.exitCode).toBe(1);
    expect(second.output()).toContain('already runs');
    expect(await clickhouse(launcher, 'SELECT n FROM kept')).toBe('42');
  });

  it('runs beside a stack of another folder', async () => {
    const beside = await ready(launch(other));
    expect(new Set([...Object.values(launcher.ports()), ...Object.values(beside.ports())]).size).toBe(10);
    await beside.end('SIGTERM');
    expect(await clickhouse(launcher, 'SELECT n FROM kept')).toBe('42');
  });

  it.each(['clickhouse', 'postgres', 'kafka', 'registry'])(
    'starts %s again when it was killed',
    async (name) => {
      const victim = JSON.parse(readFileSync(join(folder, 'run', `${name}.json`), 'utf8')) as ProcessIdentity;
      process.kill(victim.pid, 'SIGKILL');
      await until(() => launcher.output().includes(`${name} runs again`));
      expect(await clickhouse(launcher, 'SELECT n FROM kept')).toBe('42');
      expect(await kafkaAnswers(launcher.ports().kafka)).toBe(true);
      // The registry's connections to a Postgres that was killed are found dead one by one.
      await until(async () => (await register(launcher, plain).catch(() => undefined))?.id === id);
    },
  );

  it('leaves nothing running after Ctrl-C', async () => {
    const recorded = launcher.recorded();
    expect(recorded).toHaveLength(4);
    await launcher.end('SIGINT');
    expect(launcher.process.exitCode).toBe(0);
    expect(recorded.filter(isAlive)).toEqual([]);
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('keeps ports, schema ids and rows over a restart', async () => {
    const before = launcher.ports();
    launcher = await ready(launch(folder));
    expect(launcher.ports()).toEqual(before);
    expect((await register(launcher, plain)).id).toBe(id);
    expect(await clickhouse(launcher, 'SELECT n FROM kept')).toBe('42');
  });

  it('clears up what a killed launcher left, and loses nothing', async () => {
    const left = launcher.recorded();
    await launcher.end('SIGKILL');
    expect(left.every(isAlive)).toBe(true);
    launcher = await ready(launch(folder));
    expect(launcher.output()).toContain('stopped what an earlier run had left');
    expect(left.filter(isAlive)).toEqual([]);
    expect((await register(launcher, plain)).id).toBe(id);
    expect(await clickhouse(launcher, 'SELECT n FROM kept')).toBe('42');
    await launcher.end('SIGTERM');
  });

  it('says who has a busy port and uses the next free one', async () => {
    const { kafka } = launcher.ports();
    const squatter = createServer().listen(kafka, '127.0.0.1');
    await once(squatter, 'listening');
    launcher = await ready(launch(folder));
    squatter.close();
    expect(launcher.output()).toMatch(new RegExp(`port ${kafka} is used by .+; Kafka uses`));
    expect(launcher.ports().kafka).not.toBe(kafka);
    await launcher.end('SIGTERM');
  });

  it('stops at once when interrupted while starting', async () => {
    launcher = launch(folder);
    await until(() => launcher.output().includes('postgres is up'));
    const recorded = launcher.recorded();
    await launcher.end('SIGINT');
    expect(launcher.process.exitCode).toBe(0);
    expect(recorded.filter(isAlive)).toEqual([]);
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
    expect(Object.values(launcher.ports()).map(listenerOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
