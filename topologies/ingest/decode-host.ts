import { isRetriable, isSightlineError, messageOf, nowMs, partitionOf, sleep } from '#runtime';
import type { CameraTable, FencedStore, Log } from '#runtime';
import { openDecodeTask } from './decode-task.ts';
import type { DecodeSurroundings, DecodeTask } from './decode-task.ts';
import type { LedgerEntry } from './run-ledger.ts';

/** The cameras of the partitions that the group gave to this process. */
export interface DecodeHost {
  /** All partitions that are ours from now on. */
  assign(partitions: readonly number[]): void;
  acknowledge: DecodeTask['acknowledge'];
  owns(partition: number): boolean;
  /** Undefined when every assigned partition is taken over. */
  notReady(): string | undefined;
  /** Live runs end, checkpoints are written. */
  stop(): Promise<void>;
}

export interface DecodeHostOptions {
  readonly partitions: number;
  readonly cameras: CameraTable;
  readonly surroundings: DecodeSurroundings;
  readonly log: Log;
  /** Fences the predecessor and reads what it left. */
  openLedger(partition: number): Promise<FencedStore<LedgerEntry>>;
  /** Called before a partition's cameras play, and when they no longer do. */
  onOwned(partition: number): Promise<void>;
  onGone(partition: number): void;
  fatal(error: unknown): void;
}

/** How soon a change of a document is acted on after it took effect. */
const lookEveryMs = 100;
/**
 * A partition lost to an error is taken again only after the group has had the time to say that it is another's:
 * two owners taking it from each other in turns would be worse than a pause.
 */
const reopenAfterMs = 2_000;

interface Slot {
  readonly partition: number;
  task: DecodeTask | undefined;
  ledger: FencedStore<LedgerEntry> | undefined;
  retryAtMs: number;
  isOpening: boolean;
}

interface Host {
  readonly options: DecodeHostOptions;
  readonly slots: Map<number, Slot>;
  readonly closing: Set<Promise<void>>;
  hasJoined: boolean;
  isStopping: boolean;
}

const close = async (host: Host, slot: Slot, peacefully: boolean): Promise<void> => {
  const { task, ledger, partition } = slot;
  slot.task = undefined;
  slot.ledger = undefined;
  host.options.onGone(partition);
  try {
    await task?.close(peacefully);
  } catch (error) {
    // The successor has fenced this process already: its checkpoint is a little older, nothing else.
    host.options.log.info({ partition, detail: messageOf(error) }, 'the last checkpoint was not written');
  }
  await ledger?.close();
};

const closeLater = (host: Host, slot: Slot, peacefully: boolean): void => {
  const closing = close(host, slot, peacefully).finally(() => host.closing.delete(closing));
  host.closing.add(closing);
};

const lose = (host: Host, slot: Slot, error: unknown): void => {
  // What no second attempt can mend (a record that fits no schema, say) is a bug.
  if (isSightlineError(error) && !isRetriable(error)) return host.options.fatal(error);
  slot.retryAtMs = nowMs() + reopenAfterMs;
  const { partition } = slot;
  host.options.log.warn({ partition, detail: messageOf(error) }, 'partition lost, its cameras are stopped');
  closeLater(host, slot, false);
};

const openOnce = async (host: Host, slot: Slot): Promise<void> => {
  const { options } = host;
  const { partition } = slot;
  await options.onOwned(partition);
  const ledger = await options.openLedger(partition);
  if (host.slots.get(partition) !== slot || host.isStopping) return ledger.close();
  slot.ledger = ledger;
  slot.task = openDecodeTask({
    partition,
    entries: ledger.states,
    write: (changes) => ledger.write(changes),
    surroundings: options.surroundings,
    onLost: (error) => lose(host, slot, error),
  });
  options.log.info({ partition, cameras: ledger.states.size }, 'cameras of a partition taken over');
};

const open = async (host: Host, slot: Slot): Promise<void> => {
  slot.isOpening = true;
  try {
    await openOnce(host, slot);
  } catch (error) {
    // What the broker or the registry may mend is waited for; a topic or a schema that is missing is not.
    if (isSightlineError(error) && !isRetriable(error)) return host.options.fatal(error);
    slot.retryAtMs = nowMs() + reopenAfterMs;
    host.options.log.warn(
      { partition: slot.partition, detail: messageOf(error) },
      'partition could not be taken over, trying again',
    );
  } finally {
    slot.isOpening = false;
  }
};

/** One look at everything that is ours: level-triggered, so that nothing is missed and nothing is done twice. */
const look = (host: Host): void => {
  const { cameras, partitions } = host.options;
  const ids = Map.groupBy(
    cameras.current().map(({ document }) => document.cameraId),
    (cameraId) => partitionOf(cameraId, partitions),
  );
  for (const slot of host.slots.values()) {
    if (slot.task) slot.task.reconcile(ids.get(slot.partition) ?? []);
    else if (!slot.isOpening && nowMs() >= slot.retryAtMs) void open(host, slot);
  }
};

const assign = (host: Host, partitions: readonly number[]): void => {
  host.hasJoined = true;
  if (host.isStopping) return;
  for (const slot of host.slots.values()) {
    if (partitions.includes(slot.partition)) continue;
    host.slots.delete(slot.partition);
    closeLater(host, slot, true);
  }
  for (const partition of partitions) {
    if (host.slots.has(partition)) continue;
    const slot = { partition, task: undefined, ledger: undefined, retryAtMs: 0, isOpening: false };
    host.slots.set(partition, slot);
  }
  look(host);
};

export const createDecodeHost = (options: DecodeHostOptions): DecodeHost => {
  const host: Host = {
    options,
    slots: new Map(),
    closing: new Set(),
    hasJoined: false,
    isStopping: false,
  };
  const timer = setInterval(() => look(host), lookEveryMs);
  return {
    assign: (partitions) => assign(host, partitions),
    acknowledge: (record) =>
      host.slots.get(partitionOf(record.cameraId, options.partitions))?.task?.acknowledge(record),
    owns: (partition) => host.slots.get(partition)?.task !== undefined,
    notReady() {
      if (!host.hasJoined) return 'decode has not joined its group';
      return [...host.slots.values()].every(({ task }) => task)
        ? undefined
        : 'decode is taking partitions over';
    },
    async stop() {
      host.isStopping = true;
      clearInterval(timer);
      for (const slot of host.slots.values()) closeLater(host, slot, true);
      while ([...host.slots.values()].some(({ isOpening }) => isOpening)) await sleep(20);
      await Promise.all(host.closing);
    },
  };
};
