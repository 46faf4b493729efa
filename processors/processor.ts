import type { CameraDocument } from '#schemas';

/**
 * What happens to a record, and nothing about where records come from: Kafka Streams' shape.
 * A processor sees event time only; the same input gives the same output, byte for byte.
 */
export interface Processor<Input, Outputs extends object> {
  /** Called once before the first record. Resources are opened here. */
  init(context: ProcessorContext<Outputs>): void | Promise<void>;
  /** One record, in the order of its partition. A thrown error stops the task; nothing of its batch is committed. */
  process(record: Input, metadata: RecordMetadata): void | Promise<void>;
  /** Called once; afterwards nothing is forwarded. Resources are closed here. */
  close(): void | Promise<void>;
}

/** Where a record came from. In memory, offsets count from 0 and appendedAtUs is the capture time. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's append time, microseconds. */
  readonly appendedAtUs: number;
}

export interface ProcessorContext<Outputs extends object> {
  /** Hands a value to every child and sink of that stream. Ownership passes on: do not change it afterwards. */
  forward<Stream extends keyof Outputs>(stream: Stream, value: Outputs[Stream]): void;
  /** The version of a camera's document valid at a capture time, with its version; undefined when the camera is unknown or deleted by then. */
  camera(cameraId: string, atUs: number): VersionedCamera | undefined;
}

/** A camera document and the version that carried it. */
export interface VersionedCamera {
  readonly version: number;
  readonly document: CameraDocument;
}

/**
 * State by camera, kept as live objects between records and written to the state topic in the transaction
 * of the outputs. After a failed commit every object is thrown away and read back, so they may be changed in place.
 */
export interface StateStore<State> {
  /** The state of a camera; marks it as touched, so that it is written with this batch. */
  get(cameraId: string): State | undefined;
  set(cameraId: string, state: State): void;
  delete(cameraId: string): void;
}

/** Encoding of one camera's state; at most `defaults.stateBytesMax` bytes. Deterministic: equal states give equal bytes. */
export interface StateCodec<State> {
  encode(state: State): Uint8Array;
  decode(bytes: Uint8Array): State;
}

/** A processor with state gets its store from the topology; the factory takes it as an argument. */
export type StatefulFactory<Input, Outputs extends object, State> = (
  store: StateStore<State>,
) => Processor<Input, Outputs>;
