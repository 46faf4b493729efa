import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { topicName } from '#schemas';
import type { DeadLetter, RecordTypes, TopicSpecification } from '#schemas';
import { decodePlan, encodePlan, planBlock } from './block-plan.ts';
import type { BlockPlan } from './block-plan.ts';
import { createPersistentWriter } from './block-writer.ts';
import type { WriteBlock } from './block-writer.ts';
import { deadLetterOf } from './dead-letter.ts';
import { SightlineError } from './errors.ts';
import { createGroupConsumer } from './group-consumer.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RecordFormat } from './registry.ts';

/** Where a record lay, for the rows made of it. */
export interface BlockRecordPlace {
  readonly partition: number;
  readonly offset: number;
  readonly appendedAtUs: number;
}

export interface BlockSinkOptions<Name extends keyof RecordTypes, Row> {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topic: TopicSpecification<Name>;
  readonly topicPrefix: string;
  readonly groupId: string;
  /** Partitions of the topic. */
  readonly partitions: number;
  /** Rows of one record; none is fine. A throw gives the record to dead letters. */
  readonly rowsOf: (value: RecordTypes[Name], place: BlockRecordPlace) => readonly Row[];
  readonly write: WriteBlock<Row>;
  /** Keeps a record that could not be turned into rows; its promise is waited for before the block is written. */
  readonly bury: (letter: DeadLetter) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly labels: { readonly topology: string; readonly node: string };
  readonly fatal: (error: unknown) => void;
  /** Records are gathered this long, unless a fetch is full before. Default 500 ms. */
  readonly lingerMs?: number;
  /** Records in a block at most. Default 10,000. */
  readonly blockRecordsMax?: number;
  /** Bytes of one fetch of one partition, which bounds memory. Default 2 MiB. */
  readonly fetchBytesMax?: number;
}

export interface BlockSink {
  start(): Promise<void>;
  /** True when everything that was on the topic at this moment's call has been written. */
  caughtUp(): Promise<boolean>;
  notReady(): string | undefined;
  stop(): Promise<void>;
}

/** A partition between two batches. */
interface Position<Row> {
  /** First offset that is not known to be written; where the committed offset stands. */
  from: number;
  /** A block that a predecessor may or may not have written: it is written again, exactly so. */
  plan: BlockPlan | undefined;
  /** Rows of that block that have been read so far; at most one former block's. */
  gathered: Row[];
}

/** Blocks in the making at once; more would only wait for the store, with their rows in memory. */
const concurrentMax = 4;

const offsetOf = (message: KafkaMessage): number => Number(message.offset);

/**
 * Topic → store, exactly once: plan in the offset's metadata, write with a token, commit the end (KAFKA.md, External
 * sink). The store must drop a token it has seen. Records of one partition are written in order.
 */
export const createBlockSink = <Name extends keyof RecordTypes, Row>(
  options: BlockSinkOptions<Name, Row>,
): BlockSink => {
  const { kafka, format, topic, groupId, labels, log, metrics } = options;
  const { lingerMs = 500, blockRecordsMax = 10_000, fetchBytesMax = 2 * 1024 * 1024 } = options;
  const name = topicName(topic, options.topicPrefix);
  const admin = kafka.admin();
  const writer = createPersistentWriter(options.write, log);
  const positions = new Map<number, Position<Row>>();
  let assigned = false;

  const loadPosition = async (partition: number, first: number): Promise<Position<Row>> => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [name] });
    const committed = found?.partitions.find((entry) => entry.partition === partition);
    const offset = Number(committed?.offset ?? -1);
    const plan = offset < 0 ? undefined : decodePlan(committed?.metadata);
    return { from: offset < 0 ? first : offset, plan, gathered: [] };
  };

  const origin = (partition: number) => ({ ...labels, topic: name, partition });

  /** Rows of the messages, in order; what cannot be read or mapped is buried first. */
  const rowsOf = async (messages: readonly KafkaMessage[], partition: number): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const message of messages) {
      // A compacted topic's tombstone says that a key is gone; rows stay for their 90 days.
      if (message.value === null) continue;
      let stage: 'deserialize' | 'process' = 'deserialize';
      try {
        const decoded = format.decode(topic, message.value);
        const value = decoded instanceof Promise ? await decoded : decoded;
        stage = 'process';
        const appendedAtUs = Number(message.timestamp) * 1000;
        for (const row of options.rowsOf(value, { partition, offset: offsetOf(message), appendedAtUs }))
          rows.push(row);
      } catch (error) {
        if (error instanceof SightlineError && error.retriable) throw error;
        const letter = deadLetterOf(origin(partition), message, stage, error);
        await options.bury(letter);
        metrics.failed.inc({ ...labels, code: letter.code });
        log.warn(
          { ...labels, partition, offset: letter.offset, stage, code: letter.code },
          'record given to dead letters',
        );
      }
    }
    return rows;
  };

  const commit = (
    { batch, commitOffsetsIfNecessary }: EachBatchPayload,
    offset: number,
    metadata: string,
  ): Promise<void> => {
    const partitions = [{ partition: batch.partition, offset: String(offset), metadata }];
    return commitOffsetsIfNecessary({ topics: [{ topic: name, partitions }] });
  };

  const write = async (payload: EachBatchPayload, rows: readonly Row[], plan: BlockPlan): Promise<void> => {
    const keepGoing = (): boolean => payload.isRunning() && !payload.isStale();
    if (rows.length > 0) await writer.write(rows, plan.token, () => payload.heartbeat(), keepGoing);
    metrics.commits.inc(labels);
    metrics.sent.inc(labels, rows.length);
  };

  /** Goes on with a predecessor's block. True when it is whole and written. */
  const resume = async (
    payload: EachBatchPayload,
    position: Position<Row>,
    plan: BlockPlan,
    messages: readonly KafkaMessage[],
  ): Promise<boolean> => {
    const { batch } = payload;
    const inside = messages.filter((message) => offsetOf(message) < plan.end);
    position.gathered.push(...(await rowsOf(inside, batch.partition)));
    if (Number(batch.lastOffset()) < plan.end - 1) {
      payload.resolveOffset(batch.lastOffset());
      return false;
    }
    await write(payload, position.gathered, plan);
    Object.assign(position, { from: plan.end, plan: undefined, gathered: [] });
    return true;
  };

  const writeBlocks = async (
    payload: EachBatchPayload,
    position: Position<Row>,
    messages: readonly KafkaMessage[],
  ): Promise<void> => {
    const { partition } = payload.batch;
    for (let at = 0; at < messages.length; at += blockRecordsMax) {
      const block = messages.slice(at, at + blockRecordsMax);
      const [first, last] = [block[0] as KafkaMessage, block.at(-1) as KafkaMessage];
      const rows = await rowsOf(block, partition);
      const start = { topic: name, partition, from: position.from, appendedAtMs: Number(first.timestamp) };
      const plan = planBlock(start, offsetOf(last) + 1);
      await commit(payload, position.from, encodePlan(plan));
      await write(payload, rows, plan);
      position.from = plan.end;
      payload.resolveOffset(last.offset);
    }
  };

  const onBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { batch } = payload;
    const { partition } = batch;
    const position =
      positions.get(partition) ?? (await loadPosition(partition, Number(batch.firstOffset() ?? 0)));
    positions.set(partition, position);
    metrics.received.inc(labels, batch.messages.length);
    try {
      const { plan } = position;
      if (plan && !(await resume(payload, position, plan, batch.messages))) return;
      const fresh = batch.messages.filter((message) => offsetOf(message) >= position.from);
      if (plan && fresh.length === 0) payload.resolveOffset(batch.lastOffset());
      await writeBlocks(payload, position, fresh);
      await commit(payload, position.from, '');
    } catch (error) {
      // Forgotten, so that the next batch begins with what was committed, wherever that is.
      positions.delete(partition);
      if (position.gathered.length > 0) consumer.seek(partition, position.from);
      throw error;
    }
    metrics.lag.set(
      { ...labels, partition },
      Math.max(0, Number(batch.highWatermark) - Number(batch.lastOffset()) - 1),
    );
  };

  const consumer = createGroupConsumer({
    kafka,
    groupId,
    topic: name,
    log,
    partitionsMax: Math.min(options.partitions, concurrentMax),
    fetchBytesMax,
    fetchBytesMin: fetchBytesMax / 2,
    fetchWaitMs: lingerMs,
    onAssigned: () => {
      assigned = true;
      positions.clear();
    },
    onBatch,
    fatal: options.fatal,
  });

  return {
    async start() {
      await admin.connect();
      await consumer.start();
    },
    async caughtUp() {
      const [ends, groups] = await Promise.all([
        admin.fetchTopicOffsets(name),
        admin.fetchOffsets({ groupId, topics: [name] }),
      ]);
      const written = new Map(
        groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
      );
      return ends.every(
        ({ partition, high, low }) => high === low || (written.get(partition) ?? -1) >= Number(high),
      );
    },
    notReady: () => (assigned ? writer.trouble : `${topic.name}: not yet in its group`),
    async stop() {
      await consumer.stop();
      await admin.disconnect();
    },
  };
};
