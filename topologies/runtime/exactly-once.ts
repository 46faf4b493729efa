import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { nowMs, sleep } from './clock.ts';
import { isRetriable, messageOf } from './errors.ts';
import { createGroupConsumer, withHeartbeats } from './group-consumer.ts';
import type { GroupConsumer } from './group-consumer.ts';
import type { RunningChain } from './running-chain.ts';
import { Slots } from './slots.ts';
import type { Task } from './task.ts';
import { groupOf, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';

/** Larger batches mean fewer transactions; 144,000 records/s at 256 KiB, half of that at 64 KiB. */
const fetchBytesMax = 512 * 1024;
const lagCommitMs = 1_000;
const heartbeatEveryMs = 1_000;
/** Longer than the heartbeat's interval, so that the heartbeat after it is really sent. */
const fencedPauseMs = 1_200;
const handOverMsMax = 5_000;

/** Feeds the tasks of a chain from its consumer group. The group only assigns; what counts is in the state topic. */
export class ExactlyOnceChain implements RunningChain {
  readonly #context: ChainContext;
  readonly #labels: { readonly topology: string; readonly node: string };
  readonly #consumer: GroupConsumer;
  readonly #slots: Slots;
  #joined = false;
  #stopping = false;
  #lagCommittedMs = 0;

  constructor(context: ChainContext) {
    const { chain, kafka, config, log, fatal } = context;
    this.#context = context;
    this.#labels = { topology: chain.topology.name, node: chain.head.name };
    this.#consumer = createGroupConsumer({
      kafka,
      groupId: groupOf(chain, config.topicPrefix),
      topic: inputTopicOf(context),
      log,
      partitionsMax: config.partitions,
      fetchBytesMax,
      onAssigned: (partitions) => {
        this.#joined = true;
        this.#slots.assign(partitions);
      },
      onBatch: (payload) => this.#onBatch(payload),
      fatal,
    });
    this.#slots = new Slots(context, {
      // The group's own offset is behind, or from another life: reading always goes on where the state says.
      onOpen: (task) => this.#seek(task.partition, task.position),
      // What was not committed comes again, so that its task is opened again even if nothing new arrives.
      onDrop: (task) => this.#seek(task.partition, task.committed),
    });
  }

  start(): Promise<void> {
    return this.#consumer.start();
  }

  notReady(): string | undefined {
    if (!this.#joined) return `${this.#labels.node} has not joined its group`;
    return this.#slots.ready() ? undefined : `${this.#labels.node} is taking partitions over`;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const handedOver = Promise.allSettled(this.#slots.open().map((task) => task.handOver()));
    await Promise.race([handedOver, sleep(handOverMsMax)]);
    await this.#consumer.stop();
    await this.#slots.close();
  }

  #seek(partition: number, offset: number): void {
    if (!this.#stopping) this.#consumer.seek(partition, offset);
  }

  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const isOver = (): boolean => this.#stopping || !isRunning() || isStale();
    if (isOver()) return;
    if (this.#slots.isFenced(batch.partition)) {
      await sleep(fencedPauseMs);
      await heartbeat();
    }
    const task = await withHeartbeats(this.#slots.task(batch.partition), heartbeat);
    if (!task || isOver()) return;
    const next = Number(batch.lastOffset()) + 1;
    if (!(await this.#processBatch(task, payload)) || isOver()) return;
    task.endBatch(next);
    resolveOffset(batch.lastOffset());
    const lag = Math.max(0, Number(batch.highWatermark) - next);
    this.#context.metrics.lag.set({ ...this.#labels, partition: batch.partition }, lag);
    const room = task.room();
    if (room) await withHeartbeats(room, heartbeat);
    this.#commitLag();
  }

  async #processBatch(task: Task, { batch, heartbeat }: EachBatchPayload): Promise<boolean> {
    let beatMs = nowMs();
    for (const record of batch.messages) {
      const done = this.#processRecord(task, record);
      if (done !== true && !(await done)) return false;
      if (nowMs() - beatMs < heartbeatEveryMs) continue;
      await heartbeat();
      beatMs = nowMs();
    }
    return true;
  }

  /** False when the task cannot go on: it was dropped, or its process ends. A promise only where one is needed. */
  #processRecord(task: Task, record: KafkaMessage): true | Promise<boolean> {
    const failed = (error: unknown): Promise<boolean> => this.#onError(task, Number(record.offset), error);
    try {
      const result = task.process(record);
      return result ? result.then(() => true, failed) : true;
    } catch (error) {
      return failed(error);
    }
  }

  async #onError(task: Task, offset: number, error: unknown): Promise<boolean> {
    if (task.failure !== undefined) return false;
    if (isRetriable(error)) this.#slots.drop(task, error);
    else await this.#crash(task, offset, error);
    return false;
  }

  /** A processor threw: remember it, so that the third time the record is left out, and let the process end. */
  async #crash(task: Task, offset: number, error: unknown): Promise<void> {
    const { log, fatal } = this.#context;
    const fields = { ...this.#labels, partition: task.partition, offset };
    this.#stopping = true;
    const count = await task.recordCrash(offset).catch((reason: unknown) => {
      log.error({ ...fields, detail: messageOf(reason) }, 'a crash could not be noted');
      return 0;
    });
    log.error({ ...fields, count, error }, 'processing a record threw');
    fatal(error);
  }

  #commitLag(): void {
    if (nowMs() - this.#lagCommittedMs < lagCommitMs) return;
    this.#lagCommittedMs = nowMs();
    const offsets = this.#slots.open().map(({ partition, committed }) => ({ partition, offset: committed }));
    this.#consumer.commit(offsets).catch((error: unknown) => {
      const fields = { ...this.#labels, detail: messageOf(error) };
      this.#context.log.debug(fields, 'offsets for lag displays were not committed');
    });
  }
}
