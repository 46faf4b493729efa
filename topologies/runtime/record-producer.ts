import type { Kafka, Message, Producer } from 'kafkajs';
import { topicName } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { SightlineError, messageOf } from './errors.ts';
import { createPartitioner } from './kafka.ts';
import { partitionCountOf, partitionOf, placementOf } from './partition.ts';
import type { RecordFormat } from './registry.ts';

export interface RecordProducerOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  /** Partition count of keyed topics. */
  readonly partitions: number;
  /** True: a send that is tried again is never stored twice. Costs one request at a time. Default true. */
  readonly idempotent?: boolean;
  /** Records waiting at most; beyond, `send` rejects with QUEUE_FULL. Default 10,000. */
  readonly queueRecordsMax?: number;
  /** Bytes waiting at most. Default 64 MiB. */
  readonly queueBytesMax?: number;
}

export type RawMessage = Message & { readonly partition: number; readonly value: Buffer | null };

/** Writes records outside of transactions, in order, in batches: whatever came while the last one was on its way. */
export interface RecordProducer {
  /** Looks up schemas and connects; call once with every topic that will be written. */
  start(topics: readonly TopicSpecification[]): Promise<void>;
  /** Resolves when the broker has the record. Rejects with QUEUE_FULL at once when too much waits. */
  send<Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    value: RecordTypes[Name],
  ): Promise<void>;
  /** Bytes as they are, e.g. a dead letter's origin elsewhere; null is a tombstone. `partition` must be right. */
  sendRaw(topic: string, message: Message & { partition: number; value: Buffer | null }): Promise<void>;
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly topic: string;
  readonly message: Message & { value: Buffer | null };
  readonly bytes: number;
  readonly settled: PromiseWithResolvers<void>;
}

/** The broker takes one batch a partition and request; all of them together stay well under its 1 MiB for most topics. */
const requestBytesMax = 900_000;

/** Takes from the front what fits one request; always at least one. */
const takeRequest = (queue: Waiting[]): Waiting[] => {
  let bytes = 0;
  const count = queue.findIndex((waiting) => (bytes += waiting.bytes) > requestBytesMax);
  return queue.splice(0, count === -1 ? queue.length : Math.max(1, count));
};

const retry = { initialRetryTime: 50, multiplier: 1.5, maxRetryTime: 500, retries: 120 } as const;

export const createRecordProducer = (options: RecordProducerOptions): RecordProducer =>
  new QueuedProducer(options);

class QueuedProducer implements RecordProducer {
  readonly #options: RecordProducerOptions;
  readonly #producer: Producer;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #sending: Promise<void> | undefined;

  constructor(options: RecordProducerOptions) {
    this.#options = options;
    this.#producer = options.kafka.producer({
      idempotent: options.idempotent ?? true,
      createPartitioner,
      allowAutoTopicCreation: false,
      retry,
    });
  }

  async start(topics: readonly TopicSpecification[]): Promise<void> {
    await this.#options.format.prepare(topics);
    await this.#producer.connect();
  }

  send<Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    value: RecordTypes[Name],
  ): Promise<void> {
    const { format, topicPrefix, partitions } = this.#options;
    const { key, partitionKey } = placementOf(topic, value);
    const partition = partitionOf(partitionKey, partitionCountOf(topic, partitions));
    return this.#enqueue(topicName(topic, topicPrefix), {
      key,
      partition,
      value: format.encode(topic, value),
    });
  }

  sendRaw(topic: string, message: RawMessage): Promise<void> {
    return this.#enqueue(topic, message);
  }

  get queuedRecords(): number {
    return this.#queue.length;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  async flush(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async stop(): Promise<void> {
    await this.flush();
    await this.#producer.disconnect();
  }

  #enqueue(topic: string, message: RawMessage): Promise<void> {
    const { queueRecordsMax = 10_000, queueBytesMax = 64 * 1024 * 1024 } = this.#options;
    const bytes = (message.value?.length ?? 0) + 100;
    if (this.#queue.length >= queueRecordsMax || this.#queuedBytes + bytes > queueBytesMax) {
      const waiting = `${this.#queue.length} records (${this.#queuedBytes} bytes) wait to be written`;
      return Promise.reject(new SightlineError('QUEUE_FULL', waiting));
    }
    const settled = Promise.withResolvers<void>();
    this.#queue.push({ topic, message, bytes, settled });
    this.#queuedBytes += bytes;
    // One turn later, so that records made in one go travel in one request.
    this.#sending ??= Promise.resolve().then(() => this.#drain());
    return settled.promise;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const request = takeRequest(this.#queue);
      await this.#sendRequest(request);
      this.#queuedBytes -= request.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    this.#sending = undefined;
  }

  async #sendRequest(request: readonly Waiting[]): Promise<void> {
    const topicMessages = [...Map.groupBy(request, ({ topic }) => topic)].map(([topic, waiting]) => ({
      topic,
      messages: waiting.map(({ message }) => message),
    }));
    try {
      await this.#producer.sendBatch({ topicMessages });
      for (const { settled } of request) settled.resolve();
    } catch (error) {
      const failure = new SightlineError(
        'KAFKA_UNAVAILABLE',
        `records could not be written: ${messageOf(error)}`,
        error,
      );
      for (const { settled } of request) settled.reject(failure);
    }
  }
}
