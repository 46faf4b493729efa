import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { topics } from '#schemas';
import type { TopicSpecification } from '#schemas';
import { nowMs, sleep } from './clock.ts';
import { readCrashMarks } from './crash-marks.ts';
import { deadLetterOf } from './dead-letter.ts';
import { SightlineError, isRetriable, isSightlineError, messageOf } from './errors.ts';
import { createGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import { createGroupConsumer, withHeartbeats } from './group-consumer.ts';
import type { GroupConsumer } from './group-consumer.ts';
import { createRecordProducer } from './record-producer.ts';
import type { RecordProducer } from './record-producer.ts';
import type { CrashMark } from './restore.ts';
import type { RunningChain } from './running-chain.ts';
import { crashesMax } from './task.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { createTally, groupOf, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';

/** Frames are large; what is fetched and not yet processed is held in memory. */
const fetchBytesMax = 2 * 1024 * 1024;
const inFlightMax = 256;
const queueRecordsMax = 100_000;
const commitMs = 1_000;
const drainMsMax = 5_000;

/**
 * A chain without state and transactions: outputs are written, then offsets are committed, so a crash repeats at
 * most the last second. One instance of each processor serves all partitions: a model is loaded once a process.
 */
export class AtLeastOnceChain implements RunningChain {
  readonly #context: ChainContext;
  readonly #labels: { readonly topology: string; readonly node: string };
  readonly #topic: string;
  readonly #groupId: string;
  readonly #graph: Graph;
  readonly #producer: RecordProducer;
  readonly #consumer: GroupConsumer;
  readonly #received = createTally();
  readonly #sent = createTally();
  readonly #progress = new Map<number, Progress>();
  #crashes: ReadonlyMap<number, CrashMark> = new Map();
  #joined = false;
  #stopping = false;
  #inFlight = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;

  constructor(context: ChainContext) {
    const { chain, kafka, format, config, cameras, log } = context;
    const { topicPrefix, partitions } = config;
    this.#context = context;
    this.#labels = { topology: chain.topology.name, node: chain.head.name };
    this.#topic = inputTopicOf(context);
    this.#groupId = groupOf(chain, topicPrefix);
    this.#producer = createRecordProducer({ kafka, format, topicPrefix, partitions, queueRecordsMax });
    this.#graph = createGraph({
      chain,
      camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
      emit: (sink, value) => {
        this.#sent.add(sink.name);
        this.#write(sink.topic, value);
      },
      received: (node) => this.#received.add(node),
    });
    this.#consumer = createGroupConsumer({
      kafka,
      groupId: this.#groupId,
      topic: this.#topic,
      log,
      partitionsMax: partitions,
      fetchBytesMax,
      onAssigned: (assigned) => this.#onAssigned(assigned),
      onBatch: (payload) => this.#onBatch(payload),
      fatal: (error) => this.#fail(error),
    });
  }

  async start(): Promise<void> {
    const { chain, kafka, log } = this.#context;
    await this.#producer.start([...chain.sinks.map((sink) => sink.topic), topics.deadLetters]);
    this.#crashes = await readCrashMarks(kafka, this.#groupId, this.#topic);
    await this.#graph.init();
    await this.#consumer.start();
    this.#timer = setInterval(() => {
      if (this.#stopping) return;
      this.#commit().catch((error: unknown) =>
        log.warn({ ...this.#labels, detail: messageOf(error) }, 'offsets were not committed'),
      );
    }, commitMs);
  }

  notReady(): string | undefined {
    return this.#joined ? undefined : `${this.#labels.node} has not joined its group`;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    for (const endMs = nowMs() + drainMsMax; this.#inFlight > 0 && nowMs() < endMs;) await sleep(10);
    await this.#commit().catch((error: unknown) =>
      this.#context.log.warn({ ...this.#labels, detail: messageOf(error) }, 'offsets were not committed'),
    );
    await this.#consumer.stop();
    await this.#producer.stop();
    await this.#graph.close();
  }

  #write(topic: TopicSpecification, value: unknown): void {
    this.#producer.send(topic, value as never).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.fatal(error);
  }

  #onAssigned(partitions: readonly number[]): void {
    this.#joined = true;
    for (const partition of this.#progress.keys()) {
      if (!partitions.includes(partition)) this.#progress.delete(partition);
    }
    for (const partition of partitions) {
      const known = this.#progress.get(partition);
      if (!known) this.#progress.set(partition, createProgress());
      else if (known.next !== undefined) this.#consumer.seek(partition, known.next);
    }
  }

  async #onBatch({ batch, heartbeat, isRunning, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { partition } = batch;
    for (const record of batch.messages) {
      const tracker = this.#progress.get(partition);
      if (this.#stopping || !isRunning() || isStale() || !tracker) return;
      const done = this.#begin(record, partition, tracker);
      if (!this.#context.chain.head.concurrent) await withHeartbeats(done, heartbeat);
      while (this.#inFlight >= inFlightMax) {
        this.#room ??= Promise.withResolvers();
        await withHeartbeats(this.#room.promise, heartbeat);
      }
      resolveOffset(record.offset);
    }
    resolveOffset(batch.lastOffset());
    const next = Number(batch.lastOffset()) + 1;
    this.#progress.get(partition)?.skipTo(next);
    const lag = Math.max(0, Number(batch.highWatermark) - next);
    this.#context.metrics.lag.set({ ...this.#labels, partition }, lag);
  }

  #begin(record: KafkaMessage, partition: number, tracker: Progress): Promise<void> {
    const offset = Number(record.offset);
    tracker.begin(offset);
    this.#inFlight++;
    return this.#handle(record, partition)
      .then(
        () => tracker.end(offset),
        (error: unknown) => this.#crash(partition, offset, error),
      )
      .finally(() => {
        this.#inFlight--;
        this.#room?.resolve();
        this.#room = undefined;
      });
  }

  async #handle(record: KafkaMessage, partition: number): Promise<void> {
    const { chain, format, metrics } = this.#context;
    const offset = Number(record.offset);
    const mark = this.#crashes.get(partition);
    if (mark?.offset === offset && mark.count >= crashesMax) {
      const error = new SightlineError('PROCESSOR_FAILED', `processing threw ${mark.count} times`);
      return this.#bury(record, partition, 'process', error);
    }
    let value: unknown;
    try {
      value = await format.decode(chain.input, record.value);
    } catch (error) {
      if (isRetriable(error) || !isSightlineError(error)) throw error;
      return this.#bury(record, partition, 'deserialize', error);
    }
    const appendedAtUs = Number(record.timestamp) * 1000;
    await this.#graph.process(value, { topic: this.#topic, partition, offset, appendedAtUs });
    metrics.latencyMs.observe(this.#labels, Math.max(0, nowMs() - Number(record.timestamp)));
  }

  #bury(record: KafkaMessage, partition: number, stage: 'deserialize' | 'process', error: unknown): void {
    const { metrics, log } = this.#context;
    const letter = deadLetterOf({ ...this.#labels, topic: this.#topic, partition }, record, stage, error);
    metrics.failed.inc({ ...this.#labels, code: letter.code });
    const fields = { ...this.#labels, partition, offset: letter.offset, stage, code: letter.code };
    log.warn(fields, 'record given to dead letters');
    this.#write(topics.deadLetters, letter);
  }

  /** A processor threw: note it beside the group's offset, which has stayed before it, and end. */
  async #crash(partition: number, offset: number, error: unknown): Promise<void> {
    if (isRetriable(error)) return this.#fail(error);
    if (this.#stopping) return;
    this.#stopping = true;
    const { log, fatal } = this.#context;
    const known = this.#crashes.get(partition);
    const count = known?.offset === offset ? known.count + 1 : 1;
    log.error({ ...this.#labels, partition, offset, count, error }, 'processing a record threw');
    const from = Math.min(this.#progress.get(partition)?.done ?? offset, offset);
    const metadata = JSON.stringify({ crash: { offset, count } });
    await this.#consumer.commit([{ partition, offset: from, metadata }]).catch((reason: unknown) => {
      log.error({ ...this.#labels, partition, detail: messageOf(reason) }, 'a crash could not be noted');
    });
    fatal(error);
  }

  /** One at a time, so that an older offset never overwrites a newer one. */
  async #commit(): Promise<void> {
    await this.#committing?.catch(() => undefined);
    this.#committing = this.#commitOnce();
    await this.#committing;
  }

  /** Offsets first, outputs second, commit third: what is committed has its outputs on the broker. */
  async #commitOnce(): Promise<void> {
    const { topology } = this.#labels;
    const { metrics } = this.#context;
    const offsets = [...this.#progress].flatMap(([partition, tracker]) => {
      const offset = tracker.take();
      return offset === undefined ? [] : [{ partition, offset }];
    });
    await this.#producer.flush();
    this.#received.take((node, count) => metrics.received.inc({ topology, node }, count));
    this.#sent.take((node, count) => metrics.sent.inc({ topology, node }, count));
    if (offsets.length > 0) await this.#consumer.commit(offsets);
  }
}
