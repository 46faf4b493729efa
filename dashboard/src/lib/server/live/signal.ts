/**
 * Tells any number of listeners that something changed, without telling what: each reads the newest state when it is
 * ready, so that a slow one skips what it missed instead of queueing it. Holds one bit a listener, whatever happens.
 */
export interface Signal {
  raise(): void;
  /** Yields after each change, at most once in `paceMs`; changes in between are one. Ends with `return()` or `abort`. */
  changes(paceMs: number, abort: AbortSignal): AsyncGenerator<void, void, void>;
  listeners(): number;
}

const pause = (durationMs: number, abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (abort.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      abort.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    abort.addEventListener('abort', done, { once: true });
  });

export const createSignal = (): Signal => {
  const wakers = new Set<() => void>();
  return {
    raise: () => wakers.forEach((wake) => wake()),
    listeners: () => wakers.size,
    async *changes(paceMs, abort) {
      let dirty = true;
      let resolveNext: (() => void) | undefined;
      const wake = (): void => {
        dirty = true;
        resolveNext?.();
      };
      wakers.add(wake);
      abort.addEventListener('abort', wake, { once: true });
      try {
        while (!abort.aborted) {
          if (!dirty)
            await new Promise<void>((resolve) => {
              resolveNext = resolve;
            });
          if (abort.aborted) return;
          dirty = false;
          yield;
          await pause(paceMs, abort);
        }
      } finally {
        wakers.delete(wake);
        abort.removeEventListener('abort', wake);
      }
    },
  };
};
