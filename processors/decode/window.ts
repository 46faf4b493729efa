/** How many more frames may be in flight. One waiter: a source takes one place at a time. */
export interface Window {
  /** Resolves when there is a place, and takes it. */
  room(): Promise<void>;
  /** Resolves when nothing is in flight. */
  drained(): Promise<void>;
  release(places: number): void;
}

export const createWindow = (places: number): Window => {
  let free = places;
  let wake: (() => void) | undefined;
  const freeAtLeast = async (count: number): Promise<void> => {
    while (free < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return {
    async room() {
      await freeAtLeast(1);
      free--;
    },
    drained: () => freeAtLeast(places),
    release(count) {
      free += count;
      wake?.();
    },
  };
};
