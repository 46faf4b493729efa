import type { RecordMetadata } from '#processor';
import { stateTopic, topicName, topics } from '#schemas';
import type { ProcessorState, RecordTypes, TopicSpecification } from '#schemas';
import { nowMs, nowUs } from './clock.ts';
import { deadLetterKey, deadLetterOf } from './dead-letter.ts';
import type { InputRecord } from './dead-letter.ts';
import { SightlineError, isRetriable, isSightlineError, messageOf } from './errors.ts';
import { createGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import { createPacer } from './pacer.ts';
import { placementOf } from './partition.ts';
import { crashKey, crashState, offsetKey } from './restore.ts';
import type { CrashMark } from './restore.ts';
import { createTally, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';
import { takeOver } from './takeover.ts';
import { addOutput, bytesOf } from './transaction.ts';
import type { Outputs, TransactionalWriter } from './transaction.ts';

/** A chain on one partition: one ordered input, one transactional writer, the state of the partition's cameras. */
export interface Task {
  readonly partition: number;
  /** Next input offset to process. */
  readonly position: number;
  /** Every record before it is in a committed transaction. */
  readonly committed: number;
  /** Processes one record; a promise only where one is needed. Offsets before `position` are passed over. */
  process(record: InputRecord): void | Promise<void>;
  /** The batch ends here: go on from `offset`, commit when it is time. */
  endBatch(offset: number): void;
  /** Undefined while more input can be taken; otherwise resolves when there is room, or when the task has failed. */
  room(): Promise<void> | undefined;
  /** Set once a commit failed: the task is of no more use. */
  readonly failure: unknown;
  /** Remembers on the broker that processing this record threw; returns how often it has now. */
  recordCrash(offset: number): Promise<number>;
  /** Commits what is there and notes for each processor where it would go on if it ran alone. */
  handOver(): Promise<void>;
  /** Gives up what is not committed. */
  close(): Promise<void>;
}

/** A record that made its processor throw this often is given to dead letters. */
export const crashesMax = 3;

/** What one transaction collects before it no longer waits for the pace, and before input waits for it. */
const enoughRecords = 2_000;
const enoughBytes = 600_000;
const roomRecords = 10_000;
const roomBytes = 4 * 1024 * 1024;

interface Pending {
  outputs: Outputs;
  bytes: number;
  records: number;
  /** Append or capture time of the oldest record, for the latency metric. */
  oldestUs: number;
}

const nothing = (): Pending => ({ outputs: new Map(), bytes: 0, records: 0, oldestUs: 0 });

/** Live records are measured from capture; others from when the broker had them. */
const startUsOf = (value: unknown, metadata: RecordMetadata): number => {
  const { capturedAtUs, live } = value as { capturedAtUs?: unknown; live?: unknown };
  return live === true && typeof capturedAtUs === 'number' ? capturedAtUs : metadata.appendedAtUs;
};

export interface TaskOptions {
  readonly context: ChainContext;
  readonly partition: number;
  /** Called once when a commit failed. */
  readonly onFailure: (task: Task, error: unknown) => void;
}

/** Takes the partition over and makes its task: fence, read the state, go on where the state says. */
export const openTask = async ({ context, partition, onFailure }: TaskOptions): Promise<Task> => {
  const { chain, format, config, metrics, cameras } = context;
  const labels = { topology: chain.topology.name, node: chain.head.name };
  const inputTopic = inputTopicOf(context);
  const received = createTally();
  const sent = createTally();
  let pending = nothing();

  const put = <Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    key: string,
    value: RecordTypes[Name] | null,
    into: Outputs = pending.outputs,
  ): void => {
    const message = {
      key,
      value: value === null ? null : format.encode(topic, value),
      partition: topic.partitions === 'keyed' ? partition : 0,
    };
    addOutput(into, topicName(topic, config.topicPrefix), message);
    if (into === pending.outputs) pending.bytes += bytesOf(message);
  };

  const graph: Graph = createGraph({
    chain,
    camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
    emit: (sink, value) => {
      put(sink.topic, placementOf(sink.topic, value).key, value as never);
      sent.add(sink.name);
    },
    received: (node) => received.add(node),
  });

  const taken = await takeOver(context, partition, graph);
  const writer: TransactionalWriter = taken.writer;
  let crash: CrashMark | undefined = taken.crash;
  let position = taken.position;
  let committed = taken.position;
  let failure: unknown;
  let waiting: PromiseWithResolvers<void> | undefined;
  /** Told once a takeover, with the first commit: these processors are now fed in memory. */
  let marks = taken.followers;

  const putState = (
    store: string,
    record: Partial<ProcessorState> & { key: string },
    into: Outputs,
  ): void => {
    const topic = stateTopic(store);
    const defaults = { processor: store, inputTopic: '', inputOffset: -1, state: Buffer.alloc(0) };
    put(topic, record.key, { ...defaults, ...record }, into);
  };
  const headStore = chain.head.state as string;

  const addState = (outputs: Outputs): void => {
    for (const [store, managed] of graph.stores) {
      for (const { cameraId, bytes } of managed.takeChanges()) {
        if (bytes === null) put(stateTopic(store), cameraId, null, outputs);
        else putState(store, { key: cameraId, state: Buffer.from(bytes) }, outputs);
      }
    }
    for (const store of marks) {
      putState(store, { key: offsetKey, inputTopic: `@${chain.head.name}`, inputOffset: position }, outputs);
    }
    putState(headStore, { key: offsetKey, inputTopic, inputOffset: position }, outputs);
  };

  const commit = async (): Promise<void> => {
    const batch = pending;
    const upTo = position;
    pending = nothing();
    addState(batch.outputs);
    marks = [];
    const startMs = nowMs();
    await writer.commit(batch.outputs);
    committed = upTo;
    report(batch, nowMs() - startMs);
    waiting?.resolve();
    waiting = undefined;
  };

  const report = (batch: Pending, tookMs: number): void => {
    metrics.commits.inc(labels);
    metrics.commitMs.observe(labels, tookMs);
    if (batch.oldestUs > 0) metrics.latencyMs.observe(labels, (nowUs() - batch.oldestUs) / 1000);
    received.take((node, count) => metrics.received.inc({ topology: labels.topology, node }, count));
    sent.take((node, count) => metrics.sent.inc({ topology: labels.topology, node }, count));
  };

  const fail = (error: unknown): void => {
    failure ??= error;
    waiting?.resolve();
    onFailure(task, error);
  };

  const pacer = createPacer({
    paceMs: config.commitPaceMs,
    commit,
    hasWork: () => position > committed && failure === undefined,
    onError: fail,
  });

  const bury = (record: InputRecord, stage: 'deserialize' | 'process', error: unknown): void => {
    const origin = { topology: labels.topology, node: labels.node, topic: inputTopic, partition };
    const letter = deadLetterOf(origin, record, stage, error);
    put(topics.deadLetters, deadLetterKey(letter), letter);
    metrics.failed.inc({ ...labels, code: letter.code });
    context.log.warn(
      { ...labels, partition, offset: letter.offset, stage, code: letter.code },
      'record given to dead letters',
    );
  };

  const walk = (value: unknown, metadata: RecordMetadata): void | Promise<void> => {
    if (pending.records++ === 0) pending.oldestUs = startUsOf(value, metadata);
    return graph.process(value, metadata);
  };

  const handle = (record: InputRecord): void | Promise<void> => {
    const offset = Number(record.offset);
    if (offset < position) return;
    const metadata = { topic: inputTopic, partition, offset, appendedAtUs: Number(record.timestamp) * 1000 };
    if (crash && crash.offset === offset && crash.count >= crashesMax) {
      bury(
        record,
        'process',
        new SightlineError('PROCESSOR_FAILED', `processing threw ${crash.count} times`),
      );
      crash = undefined;
      return;
    }
    let value: unknown;
    try {
      value = format.decode(chain.input, record.value);
    } catch (error) {
      return refuse(record, error);
    }
    if (!(value instanceof Promise)) return walk(value, metadata);
    return value.then(
      (decoded: unknown) => walk(decoded, metadata),
      (error: unknown) => refuse(record, error),
    );
  };

  /** Bytes that cannot be read are the record's fault; a registry that is down is not. */
  const refuse = (record: InputRecord, error: unknown): void => {
    if (isRetriable(error) || !isSightlineError(error)) throw error;
    bury(record, 'deserialize', error);
  };

  const task: Task = {
    partition,
    get position() {
      return position;
    },
    get committed() {
      return committed;
    },
    get failure() {
      return failure;
    },
    process(record) {
      const result = handle(record);
      const next = Number(record.offset) + 1;
      if (!result) {
        position = Math.max(position, next);
        return;
      }
      return result.then(() => {
        position = Math.max(position, next);
      });
    },
    endBatch(offset) {
      position = Math.max(position, offset);
      pacer.wake(pending.bytes >= enoughBytes || pending.records >= enoughRecords);
    },
    room() {
      if (failure !== undefined) return undefined;
      if (pending.bytes < roomBytes && pending.records < roomRecords) return undefined;
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    },
    async recordCrash(offset) {
      pacer.stop();
      await pacer.idle();
      const count = crash?.offset === offset ? crash.count + 1 : 1;
      const outputs: Outputs = new Map();
      putState(
        headStore,
        { key: crashKey, inputTopic, inputOffset: offset, state: crashState(count) },
        outputs,
      );
      await writer.commit(outputs);
      return count;
    },
    async handOver() {
      await pacer.idle();
      pacer.stop();
      if (failure !== undefined) return;
      const outputs: Outputs = new Map();
      for (const { store, topic, offset } of await taken.linkOffsets()) {
        putState(store, { key: offsetKey, inputTopic: topic, inputOffset: offset }, outputs);
      }
      if (outputs.size > 0) await writer.commit(outputs);
    },
    async close() {
      pacer.stop();
      failure ??= new SightlineError('TRANSACTION_FAILED', 'the task was closed');
      waiting?.resolve();
      await writer.close();
      await graph.close().catch((error: unknown) => {
        context.log.warn(
          { ...labels, partition, detail: messageOf(error) },
          'a processor did not close properly',
        );
      });
    },
  };
  return task;
};
