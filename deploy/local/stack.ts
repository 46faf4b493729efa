import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { provideArtifact } from './artifacts.ts';
import type { Child } from './child.ts';
import { clickhouseUrl, createClickHouse } from './clickhouse.ts';
import { setByHand } from './config.ts';
import { StackError } from './errors.ts';
import { provideJava } from './java.ts';
import { createKafka } from './kafka.ts';
import { tryLock } from './locks.ts';
import { createPartContext } from './part.ts';
import { stopLeftovers } from './pid-files.ts';
import { createPorts, type Ports } from './ports.ts';
import { createDatabases, createPostgres, postgresUrl, postgresUser, registryDatabase } from './postgres.ts';
import { silentReporter, type Reporter } from './progress.ts';
import { createRegistry, registryUrl } from './registry.ts';
import * as files from './stack-files.ts';
import { clearThrowAways } from './throw-away.ts';

/** Later ones depend on earlier ones, so they are stopped from the front of this list. */
const infrastructure = ['registry', 'clickhouse', 'kafka', 'postgres'] as const;

export interface StackOptions {
  dataDir: string;
  reporter?: Reporter;
  /** Any free ports and less durable storage, for tests; otherwise the ports of README.md or the next free ones. */
  throwAway?: boolean;
  /** Start parts again that end by themselves. */
  restart?: boolean;
  /** Gives up starting, stops what runs already and rejects. */
  signal?: AbortSignal;
}

/** One part of the stack, for tests that take it away and bring it back. */
export interface StackPart {
  pid(): number | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Stack {
  dataDir: string;
  env: files.StackEnvironment;
  ports: files.ChosenPorts;
  /** For the services' health ports. */
  choosePort: Ports['choose'];
  kafka: StackPart;
  registry: StackPart;
  postgres: StackPart;
  clickhouse: StackPart;
  stop(): Promise<void>;
}

const partTitles: Record<keyof files.ChosenPorts, string> = {
  kafka: 'Kafka',
  kafkaController: 'the Kafka controller',
  registry: 'the schema registry',
  postgres: 'Postgres',
  clickhouse: 'ClickHouse',
};

async function choosePorts(
  ports: Ports,
  options: StackOptions,
  reporter: Reporter,
): Promise<files.ChosenPorts> {
  const remembered = files.readPorts(options.dataDir);
  const chosen = { ...files.defaultPorts };
  for (const name of Object.keys(chosen) as (keyof files.ChosenPorts)[]) {
    const wanted = options.throwAway ? 0 : (remembered[name] ?? chosen[name]);
    const { port, busyWith } = await ports.choose(wanted);
    if (busyWith !== undefined) {
      reporter.note(`  port ${wanted} is used by ${busyWith}; ${partTitles[name]} uses ${port} instead`);
    }
    chosen[name] = port;
  }
  files.writePorts(options.dataDir, chosen);
  return chosen;
}

function environmentOf(dataDir: string, ports: files.ChosenPorts, password: string): files.StackEnvironment {
  return {
    SIGHTLINE_KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SIGHTLINE_REGISTRY_URL: registryUrl(ports.registry),
    SIGHTLINE_POSTGRES_URL: postgresUrl(ports.postgres, password),
    SIGHTLINE_CLICKHOUSE_URL: clickhouseUrl(ports.clickhouse),
    SIGHTLINE_CLICKHOUSE_DATABASE: setByHand('SIGHTLINE_CLICKHOUSE_DATABASE') ?? 'sightline',
    SIGHTLINE_TOPIC_PREFIX: setByHand('SIGHTLINE_TOPIC_PREFIX') ?? 'sightline.',
    SIGHTLINE_PARTITIONS: setByHand('SIGHTLINE_PARTITIONS') ?? '2',
    SIGHTLINE_SECRET_KEY: files.keepSecret(dataDir, 'secret.key', 32, 'base64'),
    SIGHTLINE_DATA_DIR: dataDir,
  };
}

function createParts(
  dataDir: string,
  ports: files.ChosenPorts,
  password: string,
  options: StackOptions,
  reporter: Reporter,
) {
  const context = createPartContext(dataDir, options.restart ?? false, (text) => reporter.note(`  ${text}`));
  const java = provideJava(reporter);
  const jars = provideArtifact('kafka', reporter);
  const app = provideArtifact('registry', reporter);
  // Whoever waits for one of these may first meet the failure of another; that must not count as unhandled.
  for (const promise of [java, jars, app]) promise.catch(() => undefined);
  const login = { port: ports.postgres, user: postgresUser, password, database: registryDatabase };
  return {
    kafka: createKafka(context, { port: ports.kafka, controllerPort: ports.kafkaController, java, jars }),
    clickhouse: createClickHouse(context, { port: ports.clickhouse }),
    postgres: createPostgres(context, { port: ports.postgres, password, durable: !options.throwAway }),
    registry: createRegistry(context, { port: ports.registry, java, app, postgres: login }),
  };
}

/** All parts at once, but for the registry, whose schemas live in Postgres. */
async function startParts(
  parts: Record<string, Child>,
  reporter: Reporter,
  stopping: AbortSignal,
  afterPostgres: () => Promise<void>,
) {
  const start = async (part: Child | undefined) => {
    stopping.throwIfAborted();
    const startedMs = performance.now();
    await part?.start();
    reporter.note(`  ${part?.name} is up (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  };
  const results = await Promise.allSettled([
    start(parts['kafka']),
    start(parts['clickhouse']),
    start(parts['postgres'])
      .then(afterPostgres)
      .then(() => start(parts['registry'])),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function stopParts(parts: Record<string, Child>): Promise<void> {
  const { postgres, ...others } = parts;
  await Promise.all(Object.values(others).map((part) => part.stop()));
  await postgres?.stop();
}

function lockFolder(dataDir: string): () => void {
  const lock = tryLock(join(dataDir, 'run', 'launcher.lock'));
  if (typeof lock === 'function') return lock;
  throw new StackError(
    'already-running',
    `A stack already runs in ${dataDir} (process ${lock.holder?.pid ?? 'unknown'}). Stop it with Ctrl-C there, or ` +
      'use another folder: --data-dir FOLDER.',
  );
}

export async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = () => reject(new StackError('aborted', 'Stopped while starting.'));
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
  });
  work.catch(() => undefined);
  await Promise.race([work, aborted]);
}

/** Starts Kafka, the schema registry, Postgres and ClickHouse, and returns when all of them answer. */
export async function startStack(given: StackOptions): Promise<Stack> {
  const options = { ...given, dataDir: resolve(given.dataDir) };
  const { dataDir } = options;
  const reporter = options.reporter ?? silentReporter;
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  const unlock = lockFolder(dataDir);
  const ports = createPorts();
  let parts: Record<string, Child> = {};
  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    files.removeEnvironment(dataDir);
    await stopParts(parts);
    ports.release();
    unlock();
  };
  try {
    const left = await stopLeftovers(join(dataDir, 'run'), infrastructure);
    if (left.length > 0) reporter.note(`  stopped what an earlier run had left: ${left.join(', ')}`);
    await clearThrowAways(infrastructure);
    const chosen = await choosePorts(ports, options, reporter);
    const password = files.keepSecret(dataDir, 'postgres.password', 18, 'hex');
    const env = environmentOf(dataDir, chosen, password);
    const made = createParts(dataDir, chosen, password, options, reporter);
    parts = made;
    await orAborted(
      startParts(parts, reporter, stopping.signal, () => createDatabases(chosen.postgres, password)),
      options.signal,
    );
    files.writeEnvironment(dataDir, env);
    return { dataDir, env, ports: chosen, choosePort: (wanted) => ports.choose(wanted), ...made, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
