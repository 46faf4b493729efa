import type { FrameRecord } from '#schemas';

/**
 * Keeps the frames of files gapless on their way into the model. A file's frame can be lost before inference only
 * when the broker deleted it (inference was away for longer than frames are kept) or a producer's retry swapped
 * batches. Had the frames after the gap been inferred, `track` would take the resent ones for repeats; so they are
 * held out, nothing after the gap is acknowledged, and the decoder rewinds to its checkpoint and sends all again.
 */
export interface FileGapGuard {
  /** False: a record after a gap, to be left out. */
  admit(record: FrameRecord): boolean;
  /** Records of this partition were lost unseen: what follows of any file counts only from its next rewind on. */
  jumped(): void;
  /** Left out so far. */
  dropped(): number;
}

interface Position {
  readonly runId: string;
  readonly next: number;
  /** Where the gap was entered, while records are being left out because of a jump. */
  readonly gapFrom: number | undefined;
}

/** Runs of files remembered at once; beyond it the oldest is forgotten and admitted as new. */
const camerasMax = 4096;

export const createFileGapGuard = (): FileGapGuard => {
  const positions = new Map<string, Position>();
  let hasJumped = false;
  let dropped = 0;

  const remember = (cameraId: string, position: Position): void => {
    positions.delete(cameraId);
    positions.set(cameraId, position);
    const oldest = positions.keys().next().value;
    if (positions.size > camerasMax && oldest !== undefined) positions.delete(oldest);
  };
  const drop = (): false => {
    dropped += 1;
    return false;
  };

  return {
    admit(record) {
      if (record.live) return true;
      const { cameraId, runId, sequence } = record;
      const known = positions.get(cameraId);
      const next = { runId, next: sequence + 1, gapFrom: undefined };
      if (known?.runId !== runId) {
        // Seen for the first time: where a run is met in its middle after a jump, its earlier part may be missing.
        if (hasJumped && sequence > 0) {
          remember(cameraId, { ...next, gapFrom: sequence });
          return drop();
        }
        remember(cameraId, next);
        return true;
      }
      if (known.gapFrom !== undefined && sequence >= known.next) {
        remember(cameraId, { ...next, gapFrom: known.gapFrom });
        return drop();
      }
      if (known.gapFrom === undefined && sequence > known.next) return drop();
      remember(cameraId, next);
      return true;
    },
    jumped() {
      hasJumped = true;
      positions.clear();
    },
    dropped: () => dropped,
  };
};
