/**
 * Which records of a file's run have gone out and which of them have come back as detections that Kafka keeps.
 * The checkpoint is the last sequence before the first one outstanding: everything up to it is safe.
 * Bounded by the decoder's own window: it stops reading when that many frames are outstanding.
 */
export interface AcknowledgementWindow {
  /** A record went out. A sequence at or below the safe one is a resend and needs no second acknowledgement. */
  sent(sequence: number, nowMs: number): void;
  /** Its detections are kept. False for what was not outstanding: a repeat, or another process's news. */
  acknowledge(sequence: number, nowMs: number): boolean;
  /** Everything up to here is safe; -1 when nothing is. */
  safeThrough(): number;
  outstanding(): number;
  /** Since when nothing has been acknowledged although something is outstanding; undefined when all is well. */
  waitingSinceMs(): number | undefined;
  /** What is outstanding has been sent again: the wait begins anew. */
  restartWaiting(nowMs: number): void;
}

export const createAcknowledgementWindow = (resumedAfter = -1): AcknowledgementWindow => {
  /** In sending order, which is sequence order. */
  const outstanding = new Set<number>();
  let highestSent = resumedAfter;
  let progressAtMs = 0;

  const first = (): number | undefined => outstanding.values().next().value;
  return {
    sent(sequence, nowMs) {
      if (sequence <= highestSent) return;
      if (outstanding.size === 0) progressAtMs = nowMs;
      highestSent = sequence;
      outstanding.add(sequence);
    },
    acknowledge(sequence, nowMs) {
      if (!outstanding.delete(sequence)) return false;
      progressAtMs = nowMs;
      return true;
    },
    safeThrough() {
      const oldest = first();
      return oldest === undefined ? highestSent : oldest - 1;
    },
    outstanding: () => outstanding.size,
    waitingSinceMs: () => (outstanding.size === 0 ? undefined : progressAtMs),
    restartWaiting: (nowMs) => void (progressAtMs = nowMs),
  };
};
