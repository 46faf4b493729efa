import type { CameraDocument, CameraStatus, FrameRecord } from '#schemas';
import type { Region } from './shared-pictures.ts';
import type { DecodeCheckpoint, DecodeRun } from './types.ts';

/** Everything a camera's process needs; sent over IPC so that no credential is ever on a command line. */
export interface PlayRequest {
  readonly kind: 'play';
  readonly document: CameraDocument;
  readonly credentials: string | null;
  readonly configVersion: number;
  readonly run: DecodeRun;
  readonly windowFrames: number;
  readonly statusEveryMs: number;
  readonly threads: number;
  readonly retryAfterMs: number;
  readonly device: string;
}

/** Parent → camera process. `acknowledged` gives that many frames of window back. */
export type ToCamera =
  | PlayRequest
  | { readonly kind: 'acknowledged'; readonly frames: number }
  /** That many shared pictures were read; their memory may be written again. */
  | { readonly kind: 'taken'; readonly pictures: number };

/**
 * Camera process → parent, in order. Frames and run ends bring the checkpoint that stands right after them; a
 * tick brings none: it is made again, with the same number, when the run goes on.
 */
export type FromCamera =
  | {
      readonly kind: 'record';
      readonly record: FrameRecord;
      readonly checkpoint: DecodeCheckpoint | null;
      /** Where the picture's data lies in shared memory; absent when it is in the record. */
      readonly region?: Region;
    }
  | { readonly kind: 'run'; readonly checkpoint: DecodeCheckpoint }
  | { readonly kind: 'status'; readonly status: CameraStatus }
  /** Nothing more will come: the source ended or cannot be played. */
  | { readonly kind: 'finished' };
