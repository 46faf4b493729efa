import type { CameraDocument, CameraStatus, FrameRecord } from '#schemas';

/** Which run a `play` begins or goes on with. `decode` itself begins the runs after it (see README.md). */
export interface DecodeRun {
  readonly runId: string;
  /** Higher than the epoch of every run this camera had before. */
  readonly runEpoch: number;
  /** Capture time of the first frame, microseconds; else the document's startAtUs, else the wall clock. */
  readonly startedAtUs?: number;
  /** Where a file or folder was when its checkpoint was made; ignored for live sources and for another URL. */
  readonly resume?: DecodeCheckpoint;
}

/** What the host tells `decode`. */
export type DecodeCommand =
  | {
      readonly kind: 'play';
      readonly document: CameraDocument;
      /** `user:password` in plain text; never logged, never on a command line. */
      readonly credentials: string | null;
      readonly configVersion: number;
      readonly run: DecodeRun;
    }
  /** Ends the camera's run with this reason (`removed`, `disabled`, `changed`, …). */
  | { readonly kind: 'stop'; readonly cameraId: string; readonly reason: string }
  /** Every record of the run up to this sequence is safe: a file goes on, its checkpoint moves. */
  | {
      readonly kind: 'acknowledge';
      readonly cameraId: string;
      readonly runId: string;
      readonly sequence: number;
    };

/** Where the numbering of a run stands. Plain data. */
export interface TimelineState {
  /** Capture time of offset 0, microseconds. */
  readonly anchorUs: number;
  readonly nextSequence: number;
  /** Capture time of the last record; anchorUs − 1 before the first. */
  readonly lastCapturedAtUs: number;
  readonly nextTickAtUs: number;
  /** Last thinning slot taken; -1 before the first. */
  readonly lastSlot: number;
}

/** Where the reading of a file stands. Plain data. */
export interface SourcePosition {
  /** Source frames read so far. */
  readonly framesRead: number;
  /** Timestamp of the last one as the file has it, microseconds; null when it had none. */
  readonly ptsUs: number | null;
  /** Timestamp of the first one as the file has it. */
  readonly firstPtsUs: number | null;
  /** Time of the last one after repair, microseconds from the first. */
  readonly offsetUs: number;
  /** Added to the file's timestamps since they last jumped. */
  readonly shiftUs: number;
  /** All timestamps were present and growing, so that the place can be found again by timestamp. */
  readonly exact: boolean;
}

/**
 * What makes a file go on after a crash with the same sequence numbers and capture times: everything up to
 * `sequence` was acknowledged. Plain JSON, under 1 KB.
 */
export interface DecodeCheckpoint {
  readonly cameraId: string;
  readonly url: string;
  readonly runId: string;
  readonly runEpoch: number;
  /** Last acknowledged sequence; -1 announces a run before its first record. */
  readonly sequence: number;
  /** True once the run's end was acknowledged: there is nothing to go on with. */
  readonly ended: boolean;
  readonly live: boolean;
  readonly timeline: TimelineState;
  readonly position: SourcePosition;
}

/** Output streams of `decode`. `checkpoints` is for the host to keep; it is no topic. */
export interface DecodeOutputs {
  frames: FrameRecord;
  status: CameraStatus;
  checkpoints: DecodeCheckpoint;
}

export interface DecodeOptions {
  /** Frames of a file in flight, not yet acknowledged; default 64. Live sources are never held back. */
  readonly windowFrames?: number;
  /** Name of this machine on camera-status. */
  readonly device?: string;
  /** Status is repeated this often, milliseconds; default 2000. Changes are sent at once. */
  readonly statusEveryMs?: number;
  /** Decoding threads a camera; default 0: FFmpeg's choice for files, one for live sources. */
  readonly threads?: number;
  /** First wait before a lost source or a crashed process is tried again, milliseconds; default 500. Doubles up to 30 s. */
  readonly retryAfterMs?: number;
}
