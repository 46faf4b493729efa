import type { Kafka } from 'kafkajs';
import { SightlineError } from './errors.ts';
import { isolation, special } from './kafkajs-internals.ts';
import type { InternalBroker, InternalMessage } from './kafkajs-internals.ts';
import { Batch, createCluster } from './kafkajs-patches.ts';

/** A record as the broker keeps it. `value` points into the response: copy what outlives the next fetch. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly appendedAtMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface OffsetRange {
  readonly start: number;
  /** Last stable offset: everything before it is committed or aborted. */
  readonly end: number;
}

/**
 * Reads partitions directly, without a consumer group: state at a takeover, configuration, counts in tests.
 * A kafkajs consumer would not do: it never reports batches that hold only control records, so it cannot tell
 * when the end is reached. Only committed records are seen.
 */
export interface TopicReader {
  partitions(): number[];
  range(partition: number): Promise<OffsetRange>;
  /** Records from the given positions on, in order, with the positions to go on from. Waits at most `waitMsMax`. */
  fetch(positions: ReadonlyMap<number, number>, waitMsMax: number): Promise<Fetched>;
  close(): Promise<void>;
}

export interface Fetched {
  readonly records: StoredRecord[];
  readonly positions: Map<number, number>;
}

const fetchBytesMax = 10 * 1024 * 1024;

const toRecord = (partition: number, message: InternalMessage): StoredRecord => ({
  partition,
  offset: Number(message.offset),
  appendedAtMs: Number(message.timestamp),
  key: message.key,
  value: message.value,
});

export const openTopicReader = async (kafka: Kafka, topic: string): Promise<TopicReader> => {
  const cluster = createCluster(kafka);
  const leaders = async (): Promise<Map<number, number>> => {
    const metadata = cluster.findTopicPartitionMetadata(topic);
    if (metadata.length === 0)
      throw new SightlineError('TOPIC_MISSING', `topic ${topic} does not exist: run the migrations first`);
    return new Map(metadata.map(({ partitionId, leader }) => [partitionId, leader]));
  };
  const leaderOf = async (partition: number): Promise<InternalBroker> => {
    const nodeId = (await leaders()).get(partition);
    if (nodeId === undefined)
      throw new SightlineError('TOPIC_MISSING', `topic ${topic} has no partition ${partition}`);
    return cluster.findBroker({ nodeId });
  };
  const offsetAt = async (partition: number, timestamp: number): Promise<number> => {
    const broker = await leaderOf(partition);
    const topics = [{ topic, partitions: [{ partition, timestamp }] }];
    const { responses } = await broker.listOffsets({ isolationLevel: isolation.committed, topics });
    return Number(responses[0]?.partitions[0]?.offset ?? 0);
  };
  const fetchFrom = async (
    broker: InternalBroker,
    positions: ReadonlyMap<number, number>,
    waitMsMax: number,
    into: Fetched,
  ): Promise<void> => {
    const { responses } = await broker.fetch({
      isolationLevel: isolation.committed,
      maxWaitTime: waitMsMax,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      topics: [
        {
          topic,
          partitions: [...positions].map(([partition, offset]) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: fetchBytesMax,
          })),
        },
      ],
    });
    for (const data of responses[0]?.partitions ?? []) {
      const batch = new Batch(topic, String(positions.get(data.partition) ?? 0), data);
      for (const message of batch.messages) into.records.push(toRecord(data.partition, message));
      if (batch.rawMessages.length > 0) into.positions.set(data.partition, Number(batch.lastOffset()) + 1);
    }
  };

  try {
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    await leaders();
  } catch (error) {
    await cluster.disconnect();
    throw error;
  }
  return {
    partitions: () =>
      cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => partitionId)
        .sort((a, b) => a - b),
    async range(partition) {
      return {
        start: await offsetAt(partition, special.earliest),
        end: await offsetAt(partition, special.latest),
      };
    },
    async fetch(positions, waitMsMax) {
      const result: Fetched = { records: [], positions: new Map(positions) };
      const byLeader = Map.groupBy(await leaders(), ([, nodeId]) => nodeId);
      await Promise.all(
        [...byLeader].map(async ([nodeId, entries]) => {
          const own = new Map(
            entries.flatMap(([partition]) => {
              const position = positions.get(partition);
              return position === undefined ? [] : [[partition, position] as const];
            }),
          );
          if (own.size > 0) await fetchFrom(await cluster.findBroker({ nodeId }), own, waitMsMax, result);
        }),
      );
      return result;
    },
    close: () => cluster.disconnect(),
  };
};

/** Every committed record of one partition from `start` (default: its beginning) to its last stable offset now. */
export async function* readPartition(
  reader: TopicReader,
  partition: number,
  start?: number,
): AsyncGenerator<StoredRecord> {
  const range = await reader.range(partition);
  let position = start ?? range.start;
  while (position < range.end) {
    const { records, positions } = await reader.fetch(new Map([[partition, position]]), 100);
    for (const record of records) if (record.offset < range.end) yield record;
    position = positions.get(partition) ?? position;
  }
}
