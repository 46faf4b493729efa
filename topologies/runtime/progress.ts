/** Which offsets of a partition are done when they are done out of order. */
export interface Progress {
  begin(offset: number): void;
  end(offset: number): void;
  /** Everything before it needs no record of its own: control records, records compacted away. */
  skipTo(offset: number): void;
  /** Everything before it is done. */
  readonly done: number | undefined;
  /** What to read next; undefined before the first record. */
  readonly next: number | undefined;
  /** `done` when it has grown since the last call. */
  take(): number | undefined;
}

export const createProgress = (): Progress => {
  /** In the order of their beginning; bounded by the records in flight. */
  const running = new Set<number>();
  let next = 0;
  let started = false;
  let taken: number | undefined;

  const done = (): number | undefined => {
    if (!started) return undefined;
    const oldest = running.values().next();
    return oldest.done ? next : oldest.value;
  };

  return {
    begin(offset) {
      started = true;
      running.add(offset);
      next = Math.max(next, offset + 1);
    },
    end(offset) {
      running.delete(offset);
    },
    skipTo(offset) {
      started = true;
      next = Math.max(next, offset);
    },
    get done() {
      return done();
    },
    get next() {
      return started ? next : undefined;
    },
    take() {
      const offset = done();
      if (offset === undefined || offset === taken) return undefined;
      taken = offset;
      return offset;
    },
  };
};
