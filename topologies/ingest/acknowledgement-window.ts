/**
 * How far a file's run is safe: which of its records have come back as detections that Kafka keeps.
 * Acknowledgements are cumulative. Detections of a camera come in sequence order and the gap guard lets nothing
 * past a gap, so one that came back means that all before it did, or were given up by the model on purpose.
 */
export interface AcknowledgementWindow {
  /** A record went out. One at or below the highest sent is a resend and waits for nothing new. */
  sent(sequence: number, nowMs: number): void;
  /** Its detections are kept, and so is all before. False when that is no news. */
  acknowledge(sequence: number, nowMs: number): boolean;
  /** Everything up to here is safe; -1 when nothing is. */
  safeThrough(): number;
  /** Since when nothing has been acknowledged although something is outstanding; undefined when all is well. */
  waitingSinceMs(): number | undefined;
  /** What is outstanding has been sent again: the wait begins anew. */
  restartWaiting(nowMs: number): void;
}

export const createAcknowledgementWindow = (resumedAfter = -1): AcknowledgementWindow => {
  let highestSent = resumedAfter;
  let safe = resumedAfter;
  let progressAtMs = 0;

  return {
    sent(sequence, nowMs) {
      if (sequence <= highestSent) return;
      if (safe === highestSent) progressAtMs = nowMs;
      highestSent = sequence;
    },
    acknowledge(sequence, nowMs) {
      // Another process may have sent more of the run than this one has so far: that will be sent again.
      const reached = Math.min(sequence, highestSent);
      if (reached <= safe) return false;
      safe = reached;
      progressAtMs = nowMs;
      return true;
    },
    safeThrough: () => safe,
    waitingSinceMs: () => (safe === highestSent ? undefined : progressAtMs),
    restartWaiting: (nowMs) => void (progressAtMs = nowMs),
  };
};
