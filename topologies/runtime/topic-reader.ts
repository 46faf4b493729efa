import type { Kafka } from 'kafkajs';
import { SightlineError } from './errors.ts';
import { isolation, special } from './kafkajs-internals.ts';
import type { InternalBroker, InternalCluster, InternalMessage } from './kafkajs-internals.ts';
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
  const reader = new DirectReader(createCluster(kafka), topic);
  await reader.open();
  return reader;
};

class DirectReader implements TopicReader {
  readonly #cluster: InternalCluster;
  readonly #topic: string;

  constructor(cluster: InternalCluster, topic: string) {
    this.#cluster = cluster;
    this.#topic = topic;
  }

  async open(): Promise<void> {
    try {
      await this.#cluster.connect();
      await this.#cluster.addTargetTopic(this.#topic);
      this.#leaders();
    } catch (error) {
      await this.#cluster.disconnect();
      throw error;
    }
  }

  partitions(): number[] {
    return [...this.#leaders().keys()].sort((one, other) => one - other);
  }

  async range(partition: number): Promise<OffsetRange> {
    const [start, end] = [
      await this.#offsetAt(partition, special.earliest),
      await this.#offsetAt(partition, special.latest),
    ];
    return { start, end };
  }

  async fetch(positions: ReadonlyMap<number, number>, waitMsMax: number): Promise<Fetched> {
    const result: Fetched = { records: [], positions: new Map(positions) };
    const leaders = this.#leaders();
    const byLeader = Map.groupBy(positions, ([partition]) => leaders.get(partition));
    await Promise.all(
      [...byLeader].map(async ([nodeId, entries]) => {
        if (nodeId === undefined) throw this.#missing(`has no partition ${entries[0]?.[0]}`);
        const broker = await this.#cluster.findBroker({ nodeId });
        await this.#fetchFrom(broker, new Map(entries), waitMsMax, result);
      }),
    );
    return result;
  }

  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  #missing(what: string): SightlineError {
    return new SightlineError('TOPIC_MISSING', `topic ${this.#topic} ${what}: run the migrations first`);
  }

  #leaders(): Map<number, number> {
    const metadata = this.#cluster.findTopicPartitionMetadata(this.#topic);
    if (metadata.length === 0) throw this.#missing('does not exist');
    return new Map(metadata.map(({ partitionId, leader }) => [partitionId, leader]));
  }

  async #offsetAt(partition: number, timestamp: number): Promise<number> {
    const nodeId = this.#leaders().get(partition);
    if (nodeId === undefined) throw this.#missing(`has no partition ${partition}`);
    const broker = await this.#cluster.findBroker({ nodeId });
    const topics = [{ topic: this.#topic, partitions: [{ partition, timestamp }] }];
    const { responses } = await broker.listOffsets({ isolationLevel: isolation.committed, topics });
    return Number(responses[0]?.partitions[0]?.offset ?? 0);
  }

  async #fetchFrom(
    broker: InternalBroker,
    positions: ReadonlyMap<number, number>,
    waitMsMax: number,
    into: Fetched,
  ): Promise<void> {
    const partitions = [...positions].map(([partition, offset]) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: fetchBytesMax,
    }));
    const { responses } = await broker.fetch({
      isolationLevel: isolation.committed,
      maxWaitTime: waitMsMax,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      topics: [{ topic: this.#topic, partitions }],
    });
    for (const data of responses[0]?.partitions ?? []) {
      const batch = new Batch(this.#topic, String(positions.get(data.partition) ?? 0), data);
      for (const message of batch.messages) into.records.push(toRecord(data.partition, message));
      if (batch.rawMessages.length > 0) into.positions.set(data.partition, Number(batch.lastOffset()) + 1);
    }
  }
}

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
