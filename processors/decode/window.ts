/** How many more frames may be in flight. One waiter: a source takes one place at a time. */
export interface Window {
  /** Resolves when there is a place, and takes it. */
  room(): Promise<void>;
  release(places: number): void;
}

export const createWindow = (places: number): Window => {
  let free = places;
  let wake: (() => void) | undefined;
  return {
    async room() {
      while (free <= 0) await new Promise<void>((resolve) => (wake = resolve));
      free--;
    },
    release(count) {
      free += count;
      wake?.();
    },
  };
};
