import type { ModelManifest } from '#schemas';
import type { EncodedPicture, ModelShape } from './types.ts';

/** Parent → model process. */
export type ToWorker =
  | {
      readonly kind: 'load';
      readonly modelId: string;
      readonly path: string;
      readonly manifest: ModelManifest;
      readonly threads: number;
    }
  | {
      readonly kind: 'detect';
      readonly job: number;
      readonly modelId: string;
      readonly confidenceMin: number;
      readonly picture: EncodedPicture;
    }
  | { readonly kind: 'probe'; readonly path: string }
  /** A thread: finish the picture at hand, take no other, end. */
  | { readonly kind: 'stop' };

/** Model process → parent. */
export type FromWorker =
  | { readonly kind: 'loaded'; readonly modelId: string; readonly problem: string | null }
  | {
      readonly kind: 'detected';
      readonly job: number;
      /** Six numbers a box (detector.ts); null when the picture could not be decoded. */
      readonly boxes: Float32Array | null;
      readonly problem: string;
      readonly startedAtUs: number;
      readonly finishedAtUs: number;
    }
  | { readonly kind: 'probed'; readonly shape: ModelShape | null; readonly problem: string };
