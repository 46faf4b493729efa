import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { allTopics, topicName, topics } from '#schemas';
import type { DetectionRecord, RecordTypes, TopicSpecification } from '#schemas';
import { registerSchemas } from '../../migrate/schemas.ts';
import { ensureTopics } from '../admin.ts';
import { sleep } from '../clock.ts';
import { parseConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createKafka } from '../kafka.ts';
import { createLog } from '../log.ts';
import { partitionOf } from '../partition.ts';
import { createRecordProducer } from '../record-producer.ts';
import { createRegistry } from '../registry.ts';
import { openTopicReader, readPartition } from '../topic-reader.ts';
import type { TestTopology } from './counted.ts';

/** Topics and schemas of one test on the shared stack, with workers that can be killed. */
export interface KernelInstallation {
  readonly config: Config;
  readonly kafka: Kafka;
  /** Writes `perCamera` ticks of each camera, sequences from `first`, cameras in turn, about 1,000 of each a second. */
  feed(cameras: readonly string[], first: number, perCamera: number): Promise<void>;
  /** Bytes as they are, on the partition of a key. */
  feedRaw(key: string, value: Buffer | null): Promise<void>;
  read<Name extends keyof RecordTypes>(topic: TopicSpecification<Name>): Promise<RecordTypes[Name][]>;
  /** Polls until a topic has this many records. */
  seen(topic: TopicSpecification, count: number, timeoutMs?: number): Promise<void>;
  /** The same, then waits a little more for those that should not come. */
  readAll<Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    count: number,
    timeoutMs?: number,
  ): Promise<RecordTypes[Name][]>;
  worker(topology: TestTopology, options?: WorkerOptions): Worker;
  close(): Promise<void>;
}

export interface WorkerOptions {
  readonly nodes?: string;
  readonly instance?: string;
}

export interface Worker {
  readonly exited: Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Waits for a line with this message in its log. */
  logged(message: string): Promise<void>;
  log(): string;
}

export const tick = (cameraId: string, sequence: number): DetectionRecord => ({
  kind: 'tick',
  cameraId,
  runId: 'run',
  runEpoch: 1,
  sequence,
  capturedAtUs: 1_700_000_000_000_000 + sequence * 1_000_000,
  live: false,
  frame: null,
  ended: null,
});

export const until = async (
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> => {
  const endMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(50);
  }
};

let created = 0;

const startWorker = (environment: NodeJS.ProcessEnv, topology: string, nodes: string | undefined): Worker => {
  const path = join(tmpdir(), `sightline-worker-${process.pid}-${created++}.log`);
  const file = openSync(path, 'w');
  const script = join(import.meta.dirname, 'worker.ts');
  const child: ChildProcess = spawn(process.execPath, [script, topology, ...(nodes ? [nodes] : [])], {
    env: environment,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const log = (): string => readFileSync(path, 'utf8');
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    exited,
    signal: (signal) => void child.kill(signal),
    log,
    logged: (message) =>
      until(`a worker says "${message}"; it said:\n${log()}`, () => log().includes(`"${message}"`)),
  };
};

export const createKernelInstallation = async (
  name: string,
  partitions = 2,
  brokers = process.env['SIGHTLINE_KAFKA_BROKERS'],
): Promise<KernelInstallation> => {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    SIGHTLINE_KAFKA_BROKERS: brokers,
    SIGHTLINE_TOPIC_PREFIX: `${name}-${process.pid}-${created++}.`,
    SIGHTLINE_PARTITIONS: String(partitions),
    SIGHTLINE_HTTP_PORT: '0',
  };
  const config = parseConfig(environment);
  const { topicPrefix } = config;
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: name });
  await ensureTopics({ kafka, topics: allTopics, topicPrefix, partitions });
  await registerSchemas({ registryUrl: config.registryUrl, topicPrefix, topics: allTopics });
  const format = createRegistry({ url: config.registryUrl, topicPrefix });
  const producer = createRecordProducer({
    kafka,
    format,
    topicPrefix,
    partitions,
    queueRecordsMax: 1_000_000,
  });
  await producer.start([topics.detections]);
  const workers: Worker[] = [];

  const read: KernelInstallation['read'] = async (topic) => {
    const reader = await openTopicReader(kafka, topicName(topic, topicPrefix));
    const values = [];
    for (const partition of reader.partitions()) {
      for await (const { value } of readPartition(reader, partition)) {
        if (value !== null) values.push(await format.decode(topic, value));
      }
    }
    await reader.close();
    return values;
  };

  const seen: KernelInstallation['seen'] = async (topic, count, timeoutMs = 30_000) => {
    let last = 0;
    const isThere = async (): Promise<boolean> => {
      // A broker that has just come back does not lead its partitions yet.
      last = await read(topic).then(
        (records) => records.length,
        () => last,
      );
      return last >= count;
    };
    await until(`${topic.name} has ${count} records`, isThere, timeoutMs).catch((error: unknown) => {
      const logs = workers.map((worker) => worker.log()).join('\n---\n');
      throw new Error(`${(error as Error).message}; it has ${last}\n${logs}`);
    });
  };

  return {
    config,
    kafka,
    read,
    async feed(cameras, first, perCamera) {
      const sent: Promise<void>[] = [];
      for (let sequence = first; sequence < first + perCamera; sequence++) {
        for (const cameraId of cameras) sent.push(producer.send(topics.detections, tick(cameraId, sequence)));
        // A stream, not a heap: what is killed in its middle must be in its middle.
        if (sequence % 20 === 19) await sleep(20);
      }
      await Promise.all(sent);
    },
    feedRaw(key, value) {
      const message = { key, value: value as Buffer, partition: partitionOf(key, partitions) };
      return producer.sendRaw(topicName(topics.detections, topicPrefix), message);
    },
    seen,
    async readAll(topic, count, timeoutMs) {
      await seen(topic, count, timeoutMs);
      await sleep(300);
      return read(topic);
    },
    worker(topology, options = {}) {
      const worker = startWorker(
        { ...environment, SIGHTLINE_INSTANCE: options.instance ?? '' },
        topology,
        options.nodes,
      );
      workers.push(worker);
      return worker;
    },
    async close() {
      for (const worker of workers) worker.signal('SIGKILL');
      await Promise.all(workers.map((worker) => worker.exited));
      await producer.stop();
    },
  };
};

/** What an undisturbed run writes to `occupancy` for such a feed: every count once, in order, by camera. */
export const expectedOccupancy = (cameras: readonly string[], perCamera: number): Record<string, string[]> =>
  Object.fromEntries(
    cameras.map((cameraId) => [
      cameraId,
      Array.from(
        { length: perCamera },
        (_, sequence) => `${cameraId}:${sequence}:${sequence + 1}=${sequence + 1}`,
      ),
    ]),
  );

export const occupancyByCamera = (records: readonly RecordTypes['occupancy'][]): Record<string, string[]> => {
  const byCamera: Record<string, string[]> = {};
  for (const { cameraId, eventId, count } of records) (byCamera[cameraId] ??= []).push(`${eventId}=${count}`);
  return byCamera;
};
