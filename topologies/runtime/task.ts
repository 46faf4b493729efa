import type { RecordMetadata } from '#processor';
import { stateTopic, topics } from '#schemas';
import { nowMs, nowUs } from './clock.ts';
import { deadLetterKey, deadLetterOf } from './dead-letter.ts';
import type { InputRecord } from './dead-letter.ts';
import { SightlineError, isRetriable, isSightlineError, messageOf } from './errors.ts';
import { createGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { createPacer } from './pacer.ts';
import type { Pacer } from './pacer.ts';
import { placementOf } from './partition.ts';
import { crashKey, crashState, offsetKey } from './restore.ts';
import type { CrashMark } from './restore.ts';
import { takeOver } from './takeover.ts';
import type { TakenPartition } from './takeover.ts';
import { createTally, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';

/** A record that made its processor throw this often is given to dead letters. */
export const crashesMax = 3;

/** What one transaction collects before it no longer waits for the pace, and before input waits for it. */
const enough = { records: 2_000, bytes: 600_000 };
const full = { records: 10_000, bytes: 4 * 1024 * 1024 };

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
export const openTask = async (options: TaskOptions): Promise<Task> => {
  const task = new Task(options);
  await task.open();
  return task;
};

/**
 * A chain on one partition: one ordered input, one transactional writer, the state of the partition's cameras.
 * Invariant: `committed` ≤ `position`; everything between is in the outbox and in the stores, and nowhere else, so
 * that throwing the task away undoes it.
 */
export class Task {
  readonly partition: number;
  readonly #context: ChainContext;
  readonly #labels: { readonly topology: string; readonly node: string };
  readonly #inputTopic: string;
  readonly #graph: Graph;
  readonly #pacer: Pacer;
  readonly #received = createTally();
  readonly #sent = createTally();
  readonly #onFailure: TaskOptions['onFailure'];
  #taken: TakenPartition | undefined;
  #outbox: Outbox;
  #records = 0;
  #oldestUs = 0;
  #position = 0;
  #committed = 0;
  #crash: CrashMark | undefined;
  /** Stores to be told, with the first commit of this takeover, that their processors are now fed in memory. */
  #marks: readonly string[] = [];
  #failure: unknown;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor({ context, partition, onFailure }: TaskOptions) {
    const { chain, cameras, config } = context;
    this.#context = context;
    this.partition = partition;
    this.#onFailure = onFailure;
    this.#labels = { topology: chain.topology.name, node: chain.head.name };
    this.#inputTopic = inputTopicOf(context);
    this.#outbox = this.#newOutbox();
    this.#graph = createGraph({
      chain,
      camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
      emit: (sink, value) => {
        this.#outbox.put(sink.topic, placementOf(sink.topic, value).key, value as never);
        this.#sent.add(sink.name);
      },
      received: (node) => this.#received.add(node),
    });
    this.#pacer = createPacer({
      paceMs: config.commitPaceMs,
      commit: () => this.#commit(),
      hasWork: () => this.#position > this.#committed && this.#failure === undefined,
      onError: (error) => this.#fail(error),
    });
  }

  async open(): Promise<void> {
    this.#taken = await takeOver(this.#context, this.partition, this.#graph);
    this.#crash = this.#taken.crash;
    this.#marks = this.#taken.followers;
    this.#position = this.#committed = this.#taken.position;
  }

  /** Next input offset to process. */
  get position(): number {
    return this.#position;
  }

  /** Every record before it is in a committed transaction. */
  get committed(): number {
    return this.#committed;
  }

  /** Set once a commit failed: the task is of no more use. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Processes one record; a promise only where one is needed. Offsets before `position` are passed over. */
  process(record: InputRecord): void | Promise<void> {
    const next = Number(record.offset) + 1;
    const result = next <= this.#position ? undefined : this.#handle(record);
    if (result) return result.then(() => this.#advance(next));
    this.#advance(next);
  }

  /** The batch ends here: go on from `offset`, commit when it is time. */
  endBatch(offset: number): void {
    this.#advance(offset);
    this.#pacer.wake(this.#outbox.bytes >= enough.bytes || this.#records >= enough.records);
  }

  /** Undefined while more input can be taken; otherwise resolves when there is room, or when the task has failed. */
  room(): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    if (this.#outbox.bytes < full.bytes && this.#records < full.records) return undefined;
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Remembers on the broker that processing this record threw; returns how often it has now. */
  async recordCrash(offset: number): Promise<number> {
    this.#pacer.stop();
    await this.#pacer.idle();
    const count = this.#crash?.offset === offset ? this.#crash.count + 1 : 1;
    const outbox = this.#newOutbox();
    const mark = { inputTopic: this.#inputTopic, inputOffset: offset, state: crashState(count) };
    outbox.putState(this.#headStore, { key: crashKey, ...mark });
    await this.#writer.commit(outbox.outputs);
    return count;
  }

  /** Commits what is there and notes for each fused processor where it would go on if it ran alone. */
  async handOver(): Promise<void> {
    await this.#pacer.idle();
    this.#pacer.stop();
    if (this.#failure !== undefined) return;
    const outbox = this.#newOutbox();
    for (const { store, topic, offset } of (await this.#taken?.linkOffsets()) ?? []) {
      outbox.putState(store, { key: offsetKey, inputTopic: topic, inputOffset: offset });
    }
    if (outbox.outputs.size > 0) await this.#writer.commit(outbox.outputs);
  }

  /** Gives up what is not committed. */
  async close(): Promise<void> {
    this.#pacer.stop();
    this.#failure ??= new SightlineError('TRANSACTION_FAILED', 'the task was closed');
    this.#waiting?.resolve();
    await this.#taken?.writer.close();
    await this.#graph.close().catch((error: unknown) => {
      const fields = { ...this.#labels, partition: this.partition, detail: messageOf(error) };
      this.#context.log.warn(fields, 'a processor did not close properly');
    });
  }

  get #writer(): TakenPartition['writer'] {
    if (this.#taken) return this.#taken.writer;
    throw new SightlineError('TRANSACTION_FAILED', 'the task is not open');
  }

  /** An exactly-once head has a store: `topology` and `chainsOf` see to it. */
  get #headStore(): string {
    return this.#context.chain.head.state as string;
  }

  #newOutbox(): Outbox {
    const { format, config } = this.#context;
    return createOutbox({ format, topicPrefix: config.topicPrefix, partition: this.partition });
  }

  #advance(next: number): void {
    this.#position = Math.max(this.#position, next);
  }

  #handle(record: InputRecord): void | Promise<void> {
    const offset = Number(record.offset);
    const appendedAtUs = Number(record.timestamp) * 1000;
    const metadata = { topic: this.#inputTopic, partition: this.partition, offset, appendedAtUs };
    if (this.#crash?.offset === offset && this.#crash.count >= crashesMax) {
      const error = new SightlineError('PROCESSOR_FAILED', `processing threw ${this.#crash.count} times`);
      return this.#bury(record, 'process', error);
    }
    let value: unknown;
    try {
      value = this.#context.format.decode(this.#context.chain.input, record.value);
    } catch (error) {
      return this.#refuse(record, error);
    }
    if (!(value instanceof Promise)) return this.#walk(value, metadata);
    return value.then(
      (decoded: unknown) => this.#walk(decoded, metadata),
      (error: unknown) => this.#refuse(record, error),
    );
  }

  #walk(value: unknown, metadata: RecordMetadata): void | Promise<void> {
    if (this.#records++ === 0) this.#oldestUs = startUsOf(value, metadata);
    return this.#graph.process(value, metadata);
  }

  /** Bytes that cannot be read are the record's fault; a registry that is down is not. */
  #refuse(record: InputRecord, error: unknown): void {
    if (isRetriable(error) || !isSightlineError(error)) throw error;
    this.#bury(record, 'deserialize', error);
  }

  #bury(record: InputRecord, stage: 'deserialize' | 'process', error: unknown): void {
    const { metrics, log } = this.#context;
    const origin = { ...this.#labels, topic: this.#inputTopic, partition: this.partition };
    const letter = deadLetterOf(origin, record, stage, error);
    this.#outbox.put(topics.deadLetters, deadLetterKey(letter), letter);
    metrics.failed.inc({ ...this.#labels, code: letter.code });
    const fields = {
      ...this.#labels,
      partition: this.partition,
      offset: letter.offset,
      stage,
      code: letter.code,
    };
    log.warn(fields, 'record given to dead letters');
  }

  async #commit(): Promise<void> {
    const outbox = this.#outbox;
    const [upTo, oldestUs, startMs] = [this.#position, this.#oldestUs, nowMs()];
    this.#outbox = this.#newOutbox();
    this.#records = this.#oldestUs = 0;
    this.#putStates(outbox);
    this.#marks = [];
    await this.#writer.commit(outbox.outputs);
    this.#committed = upTo;
    this.#report(oldestUs, nowMs() - startMs);
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  #putStates(outbox: Outbox): void {
    const { head } = this.#context.chain;
    for (const [store, managed] of this.#graph.stores) {
      for (const { cameraId, bytes } of managed.takeChanges()) {
        if (bytes === null) outbox.put(stateTopic(store), cameraId, null);
        else outbox.putState(store, { key: cameraId, state: Buffer.from(bytes) });
      }
    }
    for (const store of this.#marks) {
      outbox.putState(store, { key: offsetKey, inputTopic: `@${head.name}`, inputOffset: this.#position });
    }
    const bookmark = { inputTopic: this.#inputTopic, inputOffset: this.#position };
    outbox.putState(this.#headStore, { key: offsetKey, ...bookmark });
  }

  #report(oldestUs: number, tookMs: number): void {
    const { metrics } = this.#context;
    const { topology } = this.#labels;
    metrics.commits.inc(this.#labels);
    metrics.commitMs.observe(this.#labels, tookMs);
    if (oldestUs > 0) metrics.latencyMs.observe(this.#labels, (nowUs() - oldestUs) / 1000);
    this.#received.take((node, count) => metrics.received.inc({ topology, node }, count));
    this.#sent.take((node, count) => metrics.sent.inc({ topology, node }, count));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#waiting?.resolve();
    this.#onFailure(this, error);
  }
}
