/** The wall clock of the kernel, in one place. Processors never see it: they live in event time. */
export const nowMs = (): number => Date.now();

/** Microseconds since epoch, as exact as the clock gives. */
export const nowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

export const sleep = (durationMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal?.addEventListener('abort', done, { once: true });
  });
