import type { FrameRecord, TrackRecord } from '#schemas';

/** A picture with the boxes of that very frame; `boxes` is null when nobody told what is on it. */
export interface PairedPicture {
  readonly frame: FrameRecord;
  readonly boxes: TrackRecord | null;
}

/**
 * Brings pictures and boxes of the same frame together by run and capture time. A picture waits for its boxes; when
 * the boxes of a later one come, those before were passed over and are let go. While no boxes come at all (the
 * counting services are down, or there is no model) pictures go out bare, so that the view lives on.
 */
export interface Pairing {
  picture(record: FrameRecord, nowMs: number): PairedPicture | undefined;
  boxes(record: TrackRecord, nowMs: number): PairedPicture | undefined;
  /** The newest picture that has waited too long, bare: the last one before a camera fell silent. */
  overdue(nowMs: number): PairedPicture | undefined;
  /** Pictures let go without ever being shown. */
  dropped(): number;
}

export interface PairingOptions {
  readonly picturesMax: number;
  readonly bytesMax: number;
  /** After this long without any boxes pictures no longer wait. */
  readonly bareAfterMs: number;
}

export const pairingDefaults: PairingOptions = {
  picturesMax: 90,
  bytesMax: 48 * 1024 * 1024,
  bareAfterMs: 1_500,
};

const sizeOf = (record: FrameRecord): number => record.frame?.data.length ?? 0;
const isNewer = (
  one: { runEpoch: number; capturedAtUs: number },
  other: { runEpoch: number; capturedAtUs: number },
): boolean =>
  one.runEpoch > other.runEpoch || (one.runEpoch === other.runEpoch && one.capturedAtUs > other.capturedAtUs);

export const createPairing = (options: PairingOptions = pairingDefaults): Pairing => {
  /** In capture order, because a camera's records are ordered. */
  let waiting: FrameRecord[] = [];
  let bytes = 0;
  let droppedTotal = 0;
  let boxesSeenAtMs: number | undefined;
  let early: TrackRecord | undefined;

  const letGo = (count: number): void => {
    const gone = waiting.slice(0, count);
    waiting = waiting.slice(count);
    bytes -= gone.reduce((sum, record) => sum + sizeOf(record), 0);
  };
  const letAllGo = (): void => {
    droppedTotal += waiting.length;
    letGo(waiting.length);
  };
  const take = (index: number): FrameRecord | undefined => {
    const record = waiting[index];
    if (!record) return undefined;
    droppedTotal += index;
    letGo(index + 1);
    return record;
  };
  return {
    picture(record, nowMs) {
      if (early && early.runId === record.runId && early.capturedAtUs === record.capturedAtUs) {
        const boxes = early;
        early = undefined;
        letAllGo();
        return { frame: record, boxes };
      }
      boxesSeenAtMs ??= nowMs;
      if (nowMs - boxesSeenAtMs > options.bareAfterMs) {
        letAllGo();
        return { frame: record, boxes: null };
      }
      waiting.push(record);
      bytes += sizeOf(record);
      while (waiting.length > options.picturesMax || bytes > options.bytesMax) {
        letGo(1);
        droppedTotal++;
      }
      return undefined;
    },
    boxes(record, nowMs) {
      boxesSeenAtMs = nowMs;
      const index = waiting.findIndex(
        ({ runId, capturedAtUs }) => runId === record.runId && capturedAtUs === record.capturedAtUs,
      );
      if (index >= 0) {
        const frame = take(index);
        return frame && { frame, boxes: record };
      }
      const newest = waiting.at(-1);
      // The two topics are read apart: boxes may be here first.
      if (!newest || isNewer(record, newest)) early = record;
      return undefined;
    },
    overdue(nowMs) {
      if (boxesSeenAtMs === undefined || nowMs - boxesSeenAtMs < options.bareAfterMs) return undefined;
      const frame = take(waiting.length - 1);
      return frame && { frame, boxes: null };
    },
    dropped: () => droppedTotal,
  };
};
