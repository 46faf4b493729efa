import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topicName, topics } from '#schemas';
import { createLog, createMetrics, sleep } from '#runtime';
import type { Config, RecordProducer } from '#runtime';
import { startRollup } from '../rollup.ts';
import { createInstallation, until } from '../testing/installation.ts';
import type { Installation } from '../testing/installation.ts';
import { crossingOf } from './testing/events.ts';
import { openProducer } from './testing/records.ts';

const startUs = Date.parse('2026-10-24T12:00:00Z') * 1000;

let installation: Installation;
let config: Config;
let producer: RecordProducer;
let produced = 0;

/** Appends the next crossings of the made-up day. */
const produce = async (count: number): Promise<void> => {
  const from = produced;
  produced += count;
  const events = Array.from({ length: count }, (_, index) => crossingOf(from + index, startUs));
  await Promise.all(events.map((event) => producer.send(topics.crossings, event)));
};

interface Stored {
  readonly rows: number;
  readonly events: number;
  readonly quarters: number;
  readonly hours: number;
  readonly days: number;
}

const stored = async (): Promise<Stored> => {
  const [row] = await installation.query<Record<string, string>>(
    `SELECT count() AS rows, uniqExact(eventId) AS events,
       (SELECT sum(crossings) FROM counts_15min) AS quarters,
       (SELECT sum(crossings) FROM counts_hourly) AS hours,
       (SELECT sum(crossings) FROM counts_daily) AS days
     FROM crossings`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)])) as never;
};

const exactly = (count: number): Stored => ({
  rows: count,
  events: count,
  quarters: count,
  hours: count,
  days: count,
});

/** Runs the service until it kills itself; gives its last words when it ended otherwise. */
const dieAt = async (moment: string, block: number): Promise<void> => {
  const file = join(import.meta.dirname, 'testing/dying-rollup.ts');
  const child = spawn(process.execPath, [file, moment, String(block)], {
    env: { PATH: process.env['PATH'] ?? '', ...installation.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal, output).toBe('SIGKILL');
};

/** A way to ClickHouse that can be cut and mended. */
const openGate = async (target: URL) => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
};

beforeAll(async () => {
  installation = await createInstallation('rollup');
  ({ config, producer } = await openProducer(installation.environment));
});
afterAll(async () => {
  await producer?.stop();
  await installation?.close();
});

describe('rollup', () => {
  test('writes every event once though it is killed before, in and after inserts', async () => {
    await producer.send(topics.config, {
      ...{ kind: 'site', id: 'berlin', version: 1, effectiveFromUs: startUs, deleted: false, camera: null },
      site: { siteId: 'berlin', name: 'Berlin', timeZone: 'Europe/Berlin' },
    });
    await produce(400);
    await dieAt('before', 1);
    await produce(300);
    await dieAt('after', 1);
    await produce(300);
    await dieAt('halfway', 2);
    await produce(200);
    const service = await installation.service('rollup');
    const explain = (): string => service.log().split('\n').slice(-20).join('\n');
    await until('all crossings are stored', async () => (await stored()).rows >= produced, 60_000, explain);
    expect(await stored()).toEqual(exactly(produced));

    expect(await installation.query('SELECT siteId, timeZone FROM sites')).toEqual([
      { siteId: 'berlin', timeZone: 'Europe/Berlin' },
    ]);

    await service.kill('SIGTERM');
  });

  test('writes every event once while workers come, share the partitions and are killed', async () => {
    const workers = [await installation.service('rollup')];
    for (let round = 0; round < 10; round++) {
      await produce(60);
      if (round === 2) workers.push(await installation.service('rollup'));
      if (round === 7) await workers[0]?.kill('SIGKILL');
      await sleep(300);
    }
    const explain = (): string => workers[1]?.log() ?? '';
    await until('all crossings are stored', async () => (await stored()).rows >= produced, 60_000, explain);
    expect(await stored()).toEqual(exactly(produced));
    await workers[1]?.kill('SIGTERM');
  });

  test('waits while ClickHouse is away and then catches up, with bad records set aside', async () => {
    const gate = await openGate(new URL(config.clickhouseUrl));
    const before = (await installation.read(topics.deadLetters)).length;
    const service = await startRollup({
      config: { ...config, clickhouseUrl: gate.url },
      log: createLog({ level: 'silent' }),
      metrics: createMetrics(),
      nodes: [],
      fatal: (error) => {
        throw error;
      },
    });
    await until('records flow', () => Promise.resolve(service.notReady() === undefined));
    await gate.cut();
    await produce(200);
    await producer.sendRaw(topicName(topics.crossings, config.topicPrefix), {
      key: 'stranger',
      partition: 0,
      value: Buffer.from('{"not":"avro"}'),
    });
    await producer.send(topics.crossings, { ...crossingOf(999_999, startUs), crossedAtUs: -1 });
    await until('it says what it waits for', () => Promise.resolve(service.notReady() !== undefined));
    await produce(200);
    await gate.mend();
    await until('all crossings are stored', async () => (await stored()).rows >= produced);
    expect(await stored()).toEqual(exactly(produced));
    await until('it is ready again', () => Promise.resolve(service.notReady() === undefined));

    const letters = (await installation.read(topics.deadLetters)).slice(before);
    expect(letters.map(({ stage, topology, node }) => [stage, topology, node]).sort()).toEqual([
      ['deserialize', 'rollup', 'crossings'],
      ['process', 'rollup', 'crossings'],
    ]);
    expect(letters.find(({ stage }) => stage === 'process')?.message).toContain('crossedAtUs');

    await gate.cut();
    await produce(100);
    await until('it waits again', () => Promise.resolve(service.notReady() !== undefined));
    await service.stop();
    const again = await installation.service('rollup');
    await until(
      'the rest is stored',
      async () => (await stored()).rows >= produced,
      60_000,
      () => again.log(),
    );
    expect(await stored()).toEqual(exactly(produced));
    await again.kill('SIGTERM');
  });
});
