import { sleep } from './clock.ts';
import { isFenced, isRetriable, isSightlineError, messageOf, protocolErrorOf } from './errors.ts';
import { openTask } from './task.ts';
import type { Task } from './task.ts';
import type { ChainContext } from './task-context.ts';

interface Slot {
  readonly partition: number;
  task: Task | undefined;
  opening: Promise<Task | undefined> | undefined;
  /** In a row, without a commit between them. */
  failures: number;
  fenced: boolean;
  /** Where its task began; beyond it, something was committed. */
  openedAt: number;
}

/** More producers connecting at once slow each other down: 96 took 1.4 s. */
const openingsMax = 16;
const backOffMsMin = 50;
const backOffMsMax = 5_000;

const createGate = (most: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let free = most;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  };
};
const gate = createGate(openingsMax);

export interface SlotListener {
  readonly onOpen: (task: Task) => void;
  readonly onDrop: (task: Task) => void;
}

/** Errors of the broker and the registry are waited out; anything else is for a person, and ends the process. */
const isWaitedOut = (error: unknown): boolean =>
  isRetriable(error) ||
  (error instanceof Error && error.name.startsWith('KafkaJS')) ||
  (isSightlineError(error) && error.code === 'TOPIC_MISSING');

/** The tasks of the partitions that are ours: opened, thrown away after an error, opened again, in one place. */
export class Slots {
  readonly #context: ChainContext;
  readonly #listener: SlotListener;
  readonly #labels: { readonly topology: string; readonly node: string };
  readonly #slots = new Map<number, Slot>();
  readonly #stopping = new AbortController();

  constructor(context: ChainContext, listener: SlotListener) {
    this.#context = context;
    this.#listener = listener;
    this.#labels = { topology: context.chain.topology.name, node: context.chain.head.name };
  }

  /** Opens what is new, gives up what is no longer ours; `onOpen` is told of each, also of those that stayed. */
  assign(partitions: readonly number[]): void {
    for (const slot of this.#slots.values())
      if (!partitions.includes(slot.partition)) void this.#remove(slot);
    for (const partition of partitions) {
      const known = this.#slots.get(partition);
      if (known?.task) {
        this.#listener.onOpen(known.task);
        continue;
      }
      const slot = known ?? {
        partition,
        task: undefined,
        opening: undefined,
        failures: 0,
        fenced: false,
        openedAt: 0,
      };
      this.#slots.set(partition, slot);
      void this.#ensure(slot);
    }
  }

  /** The open task of a partition; opens it if there is none. Undefined when the partition is not ours any more. */
  async task(partition: number): Promise<Task | undefined> {
    const slot = this.#slots.get(partition);
    return slot && this.#ensure(slot);
  }

  /** Throws a task away after an error; it is opened again when its partition is next asked for. */
  drop(task: Task, error: unknown): void {
    const slot = this.#slots.get(task.partition);
    if (slot?.task !== task) return;
    slot.task = undefined;
    slot.failures = task.committed > slot.openedAt ? 1 : slot.failures + 1;
    slot.fenced = isFenced(error);
    const code = protocolErrorOf(error) ?? (isSightlineError(error) ? error.code : 'unknown');
    const fields = { ...this.#labels, partition: task.partition, code, detail: messageOf(error) };
    this.#context.metrics.restarts.inc({ ...this.#labels, code });
    this.#context.log.warn(fields, 'task given up, to be opened again');
    void task.close();
    if (isWaitedOut(error)) this.#listener.onDrop(task);
    else this.#context.fatal(error);
  }

  /** Somebody else took this partition over: before it is opened again, the group must say that it is still ours. */
  isFenced(partition: number): boolean {
    return this.#slots.get(partition)?.fenced ?? false;
  }

  open(): Task[] {
    return [...this.#slots.values()].flatMap(({ task }) => task ?? []);
  }

  /** True when every assigned partition has its task. */
  ready(): boolean {
    return [...this.#slots.values()].every(({ task }) => task !== undefined);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    const opening = [...this.#slots.values()].flatMap(({ opening: promise }) => promise ?? []);
    await Promise.all([...this.#slots.values()].map((slot) => this.#remove(slot)));
    await Promise.all(opening);
  }

  #isOurs(slot: Slot): boolean {
    return this.#slots.get(slot.partition) === slot && !this.#stopping.signal.aborted;
  }

  #ensure(slot: Slot): Promise<Task | undefined> {
    if (slot.task) return Promise.resolve(slot.task);
    slot.opening ??= this.#open(slot).finally(() => {
      slot.opening = undefined;
    });
    return slot.opening;
  }

  async #open(slot: Slot): Promise<Task | undefined> {
    while (this.#isOurs(slot)) {
      const backOffMs = Math.min(backOffMsMax, backOffMsMin * 2 ** (slot.failures - 1));
      if (slot.failures > 0) await sleep(backOffMs, this.#stopping.signal);
      try {
        return await this.#openOnce(slot);
      } catch (error) {
        slot.failures++;
        if (!isWaitedOut(error)) {
          this.#context.fatal(error);
          return undefined;
        }
        const fields = { partition: slot.partition, detail: messageOf(error), code: protocolErrorOf(error) };
        this.#context.log.warn({ ...this.#labels, ...fields }, 'partition could not be opened');
      }
    }
    return undefined;
  }

  async #openOnce(slot: Slot): Promise<Task | undefined> {
    const { partition } = slot;
    const onFailure = (failed: Task, error: unknown): void => this.drop(failed, error);
    const task = await gate(() => openTask({ context: this.#context, partition, onFailure }));
    if (!this.#isOurs(slot)) {
      await task.close();
      return undefined;
    }
    slot.task = task;
    slot.fenced = false;
    slot.openedAt = task.position;
    this.#context.log.info({ ...this.#labels, partition, offset: task.position }, 'partition taken over');
    this.#listener.onOpen(task);
    return task;
  }

  async #remove(slot: Slot): Promise<void> {
    this.#slots.delete(slot.partition);
    await slot.task?.close();
  }
}
