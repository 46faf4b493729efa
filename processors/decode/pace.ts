import { monotonicUs } from './clock.ts';

/** Holds a file back to its own pace: capture time passes as fast as the clock on the wall. */
export const createPace = (realtime: boolean): ((capturedAtUs: number) => Promise<void>) => {
  let startUs: number | undefined;
  return async (capturedAtUs) => {
    if (!realtime) return;
    startUs ??= monotonicUs() - capturedAtUs;
    const waitMs = (startUs + capturedAtUs - monotonicUs()) / 1000;
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
};
