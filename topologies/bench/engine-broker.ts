import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  createKafka,
  createLog,
  createPartitioner,
  isRetriable,
  nowMs,
  openTopicReader,
  sleep,
} from '#runtime';
import type { Admin, Kafka } from '#runtime';
import { countTopics } from './count-job.ts';

/** The broker that both sides of the engine benchmark use in turn, with the job's input already on it. */
export interface BenchBroker {
  readonly address: string;
  /** Empty outputs and states, so that every run begins at the beginning. */
  reset(): Promise<void>;
  /** Records/s as a reader of committed records sees them, from the first batch it sees to the last record. */
  rate(ended: Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

export const partitions = 4;
const keys = 64;
const startMsMax = 180_000;
const runMsMax = 120_000;

/** A stack of the benchmark's own in a throw-away folder; the launcher is deploy's, run as a person would. */
const startStack = async (folder: string): Promise<{ address: string; stop: () => Promise<void> }> => {
  const launcher = resolve(import.meta.dirname, '../../deploy/local/start.ts');
  const child = spawn(process.execPath, [launcher, '--stack-only', '--data-dir', folder], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const file = join(folder, 'env.json');
  const endMs = nowMs() + startMsMax;
  while (!existsSync(file)) {
    if (nowMs() > endMs || child.exitCode !== null) throw new Error('the embedded stack did not start');
    await sleep(200);
  }
  const environment = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return {
    address: environment['SIGHTLINE_KAFKA_BROKERS'] ?? '',
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
};

/** About 150 bytes a record, 64 keys in turn: `{seq, ts, pad}` as the peers expect, and the key once more for us. */
const fill = async (kafka: Kafka, count: number): Promise<void> => {
  const producer = kafka.producer({ createPartitioner });
  await producer.connect();
  const pad = 'x'.repeat(85);
  const perSend = 5_000;
  for (let first = 0; first < count; first += perSend) {
    const messages = Array.from({ length: Math.min(perSend, count - first) }, (_, index) => {
      const seq = first + index;
      const cameraId = `key-${seq % keys}`;
      return { key: cameraId, value: JSON.stringify({ seq, ts: nowMs(), cameraId, pad }) };
    });
    await producer.send({ topic: countTopics.input.name, messages });
  }
  await producer.disconnect();
};

type TopicConfig = Parameters<Admin['createTopics']>[0]['topics'][number];

/** kafkajs' own wait gives up on a topic whose metadata is not there yet. */
const createTopics = async (admin: Admin, topics: TopicConfig[]): Promise<void> => {
  await admin.createTopics({ waitForLeaders: false, topics });
  const names = topics.map(({ topic }) => topic);
  for (const endMs = nowMs() + 10_000; ; await sleep(50)) {
    const found = await admin.fetchTopicMetadata({ topics: names }).catch(() => undefined);
    if (found?.topics.every((topic) => topic.partitions.every(({ leader }) => leader >= 0))) return;
    if (nowMs() > endMs) throw new Error(`topics ${names.join(', ')} have no leaders`);
  }
};

const resetTopics = async (admin: Admin): Promise<void> => {
  const compacted = [{ name: 'cleanup.policy', value: 'compact' }];
  const wanted = [
    { topic: countTopics.output.name, numPartitions: partitions },
    { topic: 'state-count', numPartitions: partitions, configEntries: compacted },
    { topic: 'dead-letters', numPartitions: 1 },
  ];
  const known = new Set(await admin.listTopics());
  const old = wanted.map(({ topic }) => topic).filter((topic) => known.has(topic));
  if (old.length > 0) await admin.deleteTopics({ topics: old });
  while ((await admin.listTopics()).some((topic) => old.includes(topic))) await sleep(50);
  await createTopics(admin, wanted);
};

/** A side that ends leaves its last open transaction unseen: what was committed until then counts, until when it came. */
const afterEndMs = 1_000;

/** A topic made a moment ago may have a leader that does not know it yet. */
const waitForLeader = async (error: unknown): Promise<undefined> => {
  if (!isRetriable(error)) throw error;
  await sleep(20);
};

const measure = async (kafka: Kafka, count: number, ended: Promise<unknown>): Promise<number> => {
  const reader = await openTopicReader(kafka, countTopics.output.name);
  let endMs = nowMs() + runMsMax;
  void ended.then(() => (endMs = Math.min(endMs, nowMs() + afterEndMs)));
  try {
    let positions = new Map(reader.partitions().map((partition) => [partition, 0]));
    const seen: { atMs: number; records: number }[] = [];
    let total = 0;
    while (total < count && nowMs() < endMs) {
      const fetched = await reader.fetch(positions, 100).catch(waitForLeader);
      if (!fetched) continue;
      positions = fetched.positions;
      total += fetched.records.length;
      if (fetched.records.length > 0) seen.push({ atMs: performance.now(), records: total });
    }
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last || total < count * 0.9) throw new Error(`only ${total} of ${count} records came`);
    return ((last.records - first.records) * 1000) / (last.atMs - first.atMs);
  } finally {
    await reader.close();
  }
};

export const startBenchBroker = async (count: number): Promise<BenchBroker> => {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const stack = await startStack(folder);
  const log = createLog({ level: 'silent' });
  const kafka = createKafka({
    config: { kafka: { brokers: [stack.address], tls: false, sasl: null } },
    log,
    clientId: 'bench',
  });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic: countTopics.input.name, numPartitions: partitions }]);
  await fill(kafka, count);
  return {
    address: stack.address,
    reset: () => resetTopics(admin),
    rate: (ended) => measure(kafka, count, ended),
    async stop() {
      await admin.disconnect();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
