import { sleep } from './clock.ts';
import { SightlineError, isRetriable, isSightlineError, messageOf, protocolErrorOf } from './errors.ts';
import { openTask } from './task.ts';
import type { Task } from './task.ts';
import type { ChainContext } from './task-context.ts';

/** The tasks of the partitions that are ours: opened, thrown away after an error, opened again, in one place. */
export interface Slots {
  /** Opens what is new, gives up what is no longer ours; `onOpen` is told of each, also of those that stayed. */
  assign(partitions: readonly number[]): void;
  /** The open task of a partition; opens it if there is none. Undefined when the partition is not ours any more. */
  task(partition: number): Promise<Task | undefined>;
  /** Throws a task away after an error; it is opened again when its partition is next asked for. */
  drop(task: Task, error: unknown): void;
  /** Somebody else took this partition over: before it is opened again, the group must say that it is still ours. */
  isFenced(partition: number): boolean;
  open(): Task[];
  /** True when every assigned partition has its task. */
  ready(): boolean;
  close(): Promise<void>;
}

interface Slot {
  readonly partition: number;
  task: Task | undefined;
  opening: Promise<Task | undefined> | undefined;
  failures: number;
  fenced: boolean;
}

/** More producers connecting at once slow each other down: 96 took 1.4 s. */
const openingsMax = 16;
const backOffMsMin = 50;
const backOffMsMax = 5_000;
const fencedErrors = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
]);

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

export const createSlots = (context: ChainContext, listener: SlotListener): Slots => {
  const { chain, log, metrics } = context;
  const labels = { topology: chain.topology.name, node: chain.head.name };
  const slots = new Map<number, Slot>();
  const stopping = new AbortController();

  const isOurs = (slot: Slot): boolean => slots.get(slot.partition) === slot && !stopping.signal.aborted;

  /** Errors of the broker and the registry are waited out; anything else is for a person, and ends the process. */
  const isWaitedOut = (error: unknown): boolean =>
    isRetriable(error) ||
    (error instanceof Error && error.name.startsWith('KafkaJS')) ||
    (isSightlineError(error) && error.code === 'TOPIC_MISSING');

  const openOnce = async (slot: Slot): Promise<Task | undefined> => {
    const task = await gate(() =>
      openTask({ context, partition: slot.partition, onFailure: (failed, error) => drop(failed, error) }),
    );
    if (!isOurs(slot)) {
      await task.close();
      return undefined;
    }
    slot.task = task;
    slot.fenced = false;
    log.info({ ...labels, partition: slot.partition, offset: task.position }, 'partition taken over');
    listener.onOpen(task);
    return task;
  };

  const open = async (slot: Slot): Promise<Task | undefined> => {
    while (isOurs(slot)) {
      if (slot.failures > 0) {
        await sleep(Math.min(backOffMsMax, backOffMsMin * 2 ** (slot.failures - 1)), stopping.signal);
      }
      try {
        const task = await openOnce(slot);
        slot.failures = 0;
        return task;
      } catch (error) {
        slot.failures++;
        if (!isWaitedOut(error)) {
          context.fatal(error);
          return undefined;
        }
        const code = protocolErrorOf(error);
        log.warn(
          { ...labels, partition: slot.partition, detail: messageOf(error), code },
          'partition could not be opened',
        );
      }
    }
    return undefined;
  };

  const ensure = (slot: Slot): Promise<Task | undefined> => {
    if (slot.task) return Promise.resolve(slot.task);
    slot.opening ??= open(slot).finally(() => {
      slot.opening = undefined;
    });
    return slot.opening;
  };

  const drop = (task: Task, error: unknown): void => {
    const slot = slots.get(task.partition);
    if (slot?.task !== task) return;
    slot.task = undefined;
    slot.failures++;
    slot.fenced = fencedErrors.has(protocolErrorOf(error) ?? '');
    const code = protocolErrorOf(error) ?? (isSightlineError(error) ? error.code : 'unknown');
    metrics.restarts.inc({ ...labels, code });
    log.warn(
      { ...labels, partition: task.partition, code, detail: messageOf(error) },
      'task given up, to be opened again',
    );
    void task.close();
    listener.onDrop(task);
  };

  const remove = async (slot: Slot): Promise<void> => {
    slots.delete(slot.partition);
    await slot.task?.close();
  };

  return {
    assign(partitions) {
      for (const slot of slots.values()) if (!partitions.includes(slot.partition)) void remove(slot);
      for (const partition of partitions) {
        const known = slots.get(partition);
        if (known?.task) {
          listener.onOpen(known.task);
          continue;
        }
        const slot = known ?? { partition, task: undefined, opening: undefined, failures: 0, fenced: false };
        slots.set(partition, slot);
        void ensure(slot);
      }
    },
    async task(partition) {
      const slot = slots.get(partition);
      return slot && ensure(slot);
    },
    drop,
    isFenced: (partition) => slots.get(partition)?.fenced ?? false,
    open: () => [...slots.values()].flatMap(({ task }) => task ?? []),
    ready: () => [...slots.values()].every(({ task }) => task !== undefined),
    async close() {
      stopping.abort(new SightlineError('TRANSACTION_FAILED', 'the chain was stopped'));
      const opening = [...slots.values()].flatMap(({ opening: promise }) => promise ?? []);
      await Promise.all([...slots.values()].map(remove));
      await Promise.all(opening);
    },
  };
};
