import { nowMs } from './clock.ts';

/**
 * When to commit. Transactions cost by their number, so while busy one commit follows the other only after the
 * pace; the first record after a pause is committed at once.
 */
export interface Pacer {
  /** There is something to commit. `full`: do not wait for the pace, only for the commit under way. */
  wake(full?: boolean): void;
  /** Resolves when nothing is under way and nothing waits. */
  idle(): Promise<void>;
  /** No commit begins any more. */
  stop(): void;
}

export interface PacerOptions {
  readonly paceMs: number;
  /** Commits what is there; returns false when there was nothing. Its rejection stops the pacer. */
  readonly commit: () => Promise<void>;
  readonly hasWork: () => boolean;
  readonly onError: (error: unknown) => void;
}

export const createPacer = ({ paceMs, commit, hasWork, onError }: PacerOptions): Pacer => {
  let lastStartMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    lastStartMs = nowMs();
    running = commit()
      .catch((error: unknown) => {
        stopped = true;
        onError(error);
      })
      .then(() => {
        running = undefined;
        wake();
      });
  };

  const wake = (full = false): void => {
    if (stopped || running || !hasWork()) return;
    const waitMs = lastStartMs + paceMs - nowMs();
    if (full || waitMs <= 0) return start();
    timer ??= setTimeout(start, waitMs);
  };

  return {
    wake,
    async idle() {
      while (!stopped && (running || hasWork())) {
        if (!running) start();
        await running;
      }
      await running;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
