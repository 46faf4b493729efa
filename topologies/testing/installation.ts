import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { Client } from 'pg';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { topicName } from '#schemas';
import {
  createKafka,
  createLog,
  createRegistry,
  openTopicReader,
  parseConfig,
  readPartition,
} from '#runtime';

/**
 * A whole Sightline of a test's own on the shared test stack: its topics by prefix, its databases by name, its
 * data folder. Services and commands run as child processes, as they do in production.
 */
export interface Installation {
  readonly environment: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** Starts a service process; it is killed at `close` if it still lives. */
  service(topology: string, nodes?: readonly string[]): Promise<ServiceProcess>;
  /** Runs the command line to its end. */
  command(...args: string[]): Promise<Outcome>;
  /** Every committed record of a topic, by partition and offset. */
  read<Name extends keyof RecordTypes>(topic: TopicSpecification<Name>): Promise<RecordTypes[Name][]>;
  query<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceProcess {
  readonly pid: number;
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  running(): boolean;
  /** Status of its HTTP port for /health, /ready or /metrics; undefined when it does not answer. */
  answers(path: string): Promise<number | undefined>;
  /** What it wrote to its log so far. */
  log(): string;
}

const repository = resolve(import.meta.dirname, '../..');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Polls until the check gives a value; on time-out says what it was waiting for and what `explain` knows. */
export const until = async <T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
  explain: () => string = () => '',
): Promise<T> => {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms in vain until ${what}\n${explain()}`);
    await sleep(200);
  }
};

type Stack = Readonly<Record<string, string | undefined>>;

const variableOf = (stack: Stack, name: string): string => {
  const value = stack[name];
  if (value === undefined) throw new Error(`${name} is not set: integration tests need the test stack`);
  return value;
};

/** A database of its own on the test stack's Postgres; names are ours, so quoting is enough. */
const createDatabase = async (url: string, name: string): Promise<string> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.toString();
};

const startProcess = (
  args: readonly string[],
  environment: Record<string, string>,
  cwd: string,
): ChildProcess =>
  spawn(process.execPath, [...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const collect = (child: ChildProcess): Promise<Outcome> =>
  new Promise((done, fail) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', fail);
    child.once('close', (code) => done({ code, stdout, stderr }));
  });

/** Runs the `sightline` command with no installation around it, as `analyze` and `count` are used. */
export const runCommand = (...args: string[]): Promise<Outcome> =>
  collect(startProcess([join(repository, 'topologies/cli/main.ts'), ...args], {}, repository));

export const createInstallation = async (
  name: string,
  options: { partitions?: number; stack?: Stack } = {},
): Promise<Installation> => {
  const stack = options.stack ?? process.env;
  const id = `${name}-${process.pid}-${Date.now().toString(36)}`;
  const dataDir = join(variableOf(stack, 'SIGHTLINE_DATA_DIR'), id);
  mkdirSync(dataDir, { recursive: true });
  const environment: Record<string, string> = {
    SIGHTLINE_KAFKA_BROKERS: variableOf(stack, 'SIGHTLINE_KAFKA_BROKERS'),
    SIGHTLINE_REGISTRY_URL: variableOf(stack, 'SIGHTLINE_REGISTRY_URL'),
    SIGHTLINE_POSTGRES_URL: await createDatabase(variableOf(stack, 'SIGHTLINE_POSTGRES_URL'), id),
    SIGHTLINE_CLICKHOUSE_URL: variableOf(stack, 'SIGHTLINE_CLICKHOUSE_URL'),
    SIGHTLINE_CLICKHOUSE_DATABASE: id.replaceAll('-', '_'),
    SIGHTLINE_TOPIC_PREFIX: `${id}.`,
    SIGHTLINE_PARTITIONS: String(options.partitions ?? 2),
    SIGHTLINE_SECRET_KEY: variableOf(stack, 'SIGHTLINE_SECRET_KEY'),
    SIGHTLINE_DATA_DIR: dataDir,
  };
  const config = parseConfig(environment);
  const services: ServiceProcess[] = [];
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: id });
  const registry = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const clickhouse = createClient({ url: config.clickhouseUrl, database: config.clickhouseDatabase });

  const command = (...args: string[]): Promise<Outcome> =>
    collect(startProcess([join(repository, 'topologies/cli/main.ts'), ...args], environment, dataDir));

  const service = async (topology: string, nodes: readonly string[] = []): Promise<ServiceProcess> => {
    const logFile = join(dataDir, `${[topology, ...nodes].join('-')}.log`);
    const httpPort = await freePort();
    const child = startProcess(
      [
        join(repository, 'topologies/main.ts'),
        'run',
        topology,
        ...(nodes.length > 0 ? ['--nodes', nodes.join(',')] : []),
      ],
      {
        ...environment,
        SIGHTLINE_HTTP_PORT: String(httpPort),
        SIGHTLINE_INSTANCE: [topology, ...nodes].join('-'),
      },
      dataDir,
    );
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    const ended = once(child, 'exit');
    const running = (): boolean => child.exitCode === null && child.signalCode === null;
    const started: ServiceProcess = {
      pid: child.pid ?? -1,
      running,
      answers: async (path) =>
        (await fetch(`http://127.0.0.1:${httpPort}${path}`).catch(() => undefined))?.status,
      log: () => readFileSync(logFile, 'utf8'),
      async kill(signal) {
        if (running()) child.kill(signal);
        await ended;
      },
    };
    services.push(started);
    return started;
  };

  const read = async <Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
  ): Promise<RecordTypes[Name][]> => {
    const reader = await openTopicReader(kafka, topicName(topic, config.topicPrefix));
    const values: RecordTypes[Name][] = [];
    try {
      for (const partition of reader.partitions()) {
        for await (const record of readPartition(reader, partition)) {
          if (record.value !== null) values.push(await registry.decode(topic, record.value));
        }
      }
    } finally {
      await reader.close();
    }
    return values;
  };

  const migrated = await command('migrate');
  if (migrated.code !== 0) throw new Error(`migrate failed:\n${migrated.stdout}${migrated.stderr}`);
  return {
    environment,
    dataDir,
    service,
    command,
    read,
    query: async <Row>(sql: string) =>
      (await clickhouse.query({ query: sql, format: 'JSONEachRow' })).json<Row>(),
    async close() {
      await Promise.all(services.filter((one) => one.running()).map((one) => one.kill('SIGTERM')));
      await clickhouse.close();
    },
  };
};
