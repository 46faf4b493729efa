import { nowMs } from '#runtime';
import type { LedgerEntry } from './run-ledger.ts';

/** Entries of one partition on their way into state-decode; undefined deletes one. */
export type LedgerChanges = ReadonlyMap<string, LedgerEntry | undefined>;

export interface LedgerWriter {
  /** Resolves when the entry is kept; for what must be there before a frame leaves. */
  keep(cameraId: string, entry: LedgerEntry | undefined): Promise<void>;
  /** Kept within the writer's interval, with whatever else has changed by then. */
  keepSoon(cameraId: string, entry: LedgerEntry): void;
  /** Writes what waits; resolves when nothing does. */
  flush(): Promise<void>;
}

export interface LedgerWriterOptions {
  /** One fenced transaction. Rejects when it did not commit; then nothing more is written. */
  write(changes: LedgerChanges): Promise<void>;
  /** A checkpoint costs a transaction, so they are gathered for this long. */
  readonly everyMs: number;
  /** The partition is lost to another owner, or Kafka is: whoever owns the writer gives the partition up. */
  onFailed(error: unknown): void;
}

interface WriterState {
  dirty: Map<string, LedgerEntry | undefined>;
  writing: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
  writtenAtMs: number;
  failure: { readonly error: unknown } | undefined;
}

const writeAll = async (state: WriterState, options: LedgerWriterOptions): Promise<void> => {
  clearTimeout(state.timer);
  state.timer = undefined;
  while (state.dirty.size > 0 && !state.failure) {
    const changes = state.dirty;
    state.dirty = new Map();
    try {
      await options.write(changes);
    } catch (error) {
      state.failure = { error };
      options.onFailed(error);
      throw error;
    }
    state.writtenAtMs = nowMs();
  }
};

/** One transaction at a time; what changes meanwhile is in the next. */
export const createLedgerWriter = (options: LedgerWriterOptions): LedgerWriter => {
  const state: WriterState = {
    dirty: new Map(),
    writing: undefined,
    timer: undefined,
    writtenAtMs: 0,
    failure: undefined,
  };
  const flush = async (): Promise<void> => {
    while (state.writing) await state.writing;
    if (state.failure) throw state.failure.error;
    if (state.dirty.size === 0) return;
    state.writing = writeAll(state, options).finally(() => (state.writing = undefined));
    await state.writing;
  };
  return {
    async keep(cameraId, entry) {
      state.dirty.set(cameraId, entry);
      await flush();
    },
    keepSoon(cameraId, entry) {
      state.dirty.set(cameraId, entry);
      const waitMs = Math.max(0, state.writtenAtMs + options.everyMs - nowMs());
      // A failure has been told to `onFailed`, once; here is nobody to tell.
      state.timer ??= setTimeout(() => void flush().catch(() => undefined), waitMs);
    },
    flush,
  };
};
