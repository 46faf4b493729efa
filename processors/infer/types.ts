import type { CameraStatus, DetectionRecord, ModelManifest } from '#schemas';

/** A model on this machine. */
export interface ModelFile {
  /** Path of the ONNX file. */
  readonly path: string;
  readonly manifest: ModelManifest;
}

/** Finds a model by its id; throws ModelFailure when there is none. `modelsFolder` is the usual one. */
export type ModelSource = (modelId: string) => Promise<ModelFile>;

/** Output streams of `infer`. */
export interface InferOutputs {
  detections: DetectionRecord;
  status: CameraStatus;
}

export interface InferOptions {
  readonly models: ModelSource;
  /** Model workers; default one a core. Each keeps one session per model for life. */
  readonly processes?: number;
  /**
   * Where models run; default `thread`: pictures need no pipe (a tenth less CPU a frame) and a worker costs a few
   * megabytes. `process`: a native crash of the runtime ends that process alone, and it comes back.
   */
  readonly isolation?: 'process' | 'thread';
  /** Threads inside one session; default 1: N processes with one thread carry more than one with N. */
  readonly threads?: number;
  /** Frames of a live camera waiting for a model; the oldest beyond is dropped and counted. Default 2. */
  readonly pendingFramesMax?: number;
  /** Where this runs; default `cloud`. */
  readonly placement?: 'cloud' | 'edge';
  /** Name of this machine on camera-status. */
  readonly device?: string;
  /** Status is repeated this often while frames come, milliseconds; default 2000. */
  readonly statusEveryMs?: number;
}

/** A picture as it comes from the frames topic. */
export interface EncodedPicture {
  /** `jpeg` or `rgb24`. */
  readonly encoding: string;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An input or output of a model. A string is a dimension the file leaves open. */
export interface TensorShape {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface ModelShape {
  readonly inputs: readonly TensorShape[];
  readonly outputs: readonly TensorShape[];
}

/** The model cannot be used; the message says why and what to do. */
export class ModelFailure extends Error {}
