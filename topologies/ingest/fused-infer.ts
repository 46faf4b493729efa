import type { Processor, VersionedCamera } from '#processor';
import type { InferOutputs } from '#processors/infer';
import { partitionOf } from '#runtime';
import type { CameraStatus, DetectionRecord, FrameRecord } from '#schemas';

/**
 * `infer` in the process of `decode`: frames are handed over in memory, detections still go to their topic, and a
 * record is done when all its detections are there.
 */
export interface FusedInfer {
  start(): Promise<void>;
  offer(record: FrameRecord): void;
  /** Resolves when everything offered is done. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export interface FusedInferOptions {
  readonly infer: Processor<FrameRecord, InferOutputs>;
  readonly partitions: number;
  camera(cameraId: string, atUs: number): VersionedCamera | undefined;
  /** Resolves when the broker has it. In order. */
  send(record: DetectionRecord): Promise<void>;
  report(status: CameraStatus): void;
  /** True when so much waits for the broker that live pictures must give way. */
  isCongested(): boolean;
  onDropped(reason: string): void;
  /** The record went through the model and what came of it is kept. */
  onDone(record: FrameRecord): void;
  fatal(error: unknown): void;
}

export const createFusedInfer = (options: FusedInferOptions): FusedInfer => {
  /** The newest send by camera: sends are in order, so it is the last of a record's to be done. */
  const lastSend = new Map<string, Promise<void>>();
  const working = new Set<Promise<void>>();
  let offset = 0;
  let isClosed = false;

  const send = (record: DetectionRecord): void => {
    const sent = options.send(record);
    lastSend.set(record.cameraId, sent);
    const forget = (): void => {
      if (lastSend.get(record.cameraId) === sent) lastSend.delete(record.cameraId);
    };
    sent.then(forget, (error: unknown) => {
      forget();
      if (!isClosed) options.fatal(error);
    });
  };

  const process = async (record: FrameRecord): Promise<void> => {
    const { cameraId, capturedAtUs } = record;
    await options.infer.process(record, {
      topic: 'frames',
      partition: partitionOf(cameraId, options.partitions),
      offset: offset++,
      appendedAtUs: capturedAtUs,
    });
    await lastSend.get(cameraId);
    options.onDone(record);
  };

  return {
    start: async () =>
      options.infer.init({
        camera: options.camera,
        forward(stream, value) {
          // The stream says which type the value has; the compiler cannot follow that through the mapped type.
          if (stream === 'detections') send(value as DetectionRecord);
          else options.report(value as CameraStatus);
        },
      }),
    offer(record) {
      if (record.live && record.kind === 'frame' && options.isCongested())
        return options.onDropped('brokerBusy');
      const work = process(record)
        .catch((error: unknown) => {
          if (!isClosed) options.fatal(error);
        })
        .finally(() => working.delete(work));
      working.add(work);
    },
    async drained() {
      await Promise.all(working);
    },
    async close() {
      isClosed = true;
      await options.infer.close();
      await Promise.allSettled(lastSend.values());
    },
  };
};
