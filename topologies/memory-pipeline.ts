import type { CameraDocument, CameraStatus, DetectionRecord, FrameRecord } from '#schemas';
import type { ProcessorContext, RecordMetadata } from '#processor';
import { createDecode } from '#processors/decode';
import type { DecodeOutputs } from '#processors/decode';
import { createInfer } from '#processors/infer';
import type { InferOutputs, ModelSource } from '#processors/infer';
import { SightlineError, createCameraTable, createDriver } from '#runtime';
import { analytics } from './analytics.ts';

/**
 * One camera document through decode, infer, track and dwell in this process's memory, with no broker: the
 * definitions are those of the services, so the events are too.
 */
export interface MemoryPipelineOptions {
  readonly document: CameraDocument;
  readonly models: ModelSource;
  /** Model processes; default one a core. */
  readonly processes?: number;
  /** Threads in each; default 1. */
  readonly threads?: number;
  /** Frames in flight between decoder and models. */
  readonly windowFrames?: number;
  /** Aborted: stops where it is, without an error. */
  readonly signal?: AbortSignal;
  /** Every record that a sink of `analytics` would get, in order. */
  onOutput(sink: string, value: unknown): void;
  onDetections?(record: DetectionRecord): void;
  onStatus?(status: CameraStatus): void;
}

/** Plays the source to its end. Rejects when it cannot be read or the model cannot be used. */
export const runInMemory = async (options: MemoryPipelineOptions): Promise<void> => {
  const { document } = options;
  const cameras = createCameraTable();
  cameras.set(document);
  const driver = await createDriver(analytics, {
    cameras,
    onOutput: (sink, value) => options.onOutput(sink, value),
  });
  const decode = createDecode(
    options.windowFrames === undefined ? {} : { windowFrames: options.windowFrames },
  );
  const infer = createInfer({
    models: options.models,
    ...(options.processes === undefined ? {} : { processes: options.processes }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const camera = (cameraId: string, atUs: number) => cameras.at(cameraId, atUs);
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  options.signal?.addEventListener('abort', () => end());

  const inferContext: ProcessorContext<InferOutputs> = {
    camera,
    forward(stream, value) {
      if (stream !== 'detections') return;
      const record = value as DetectionRecord;
      options.onDetections?.(record);
      // `analytics` is pure, so it is done when this returns; a promise here would be a bug to be seen.
      void Promise.resolve(driver.pipeInput('detections', record)).catch(fail);
    },
  };
  const takeFrame = async (record: FrameRecord): Promise<void> => {
    await infer.process(record, metadataOf(record));
    const { cameraId, runId, sequence } = record;
    void decode.process({ kind: 'acknowledge', cameraId, runId, sequence }, metadataOf(record));
    if (record.kind === 'runEnded') end();
  };
  const takeStatus = (status: CameraStatus): void => {
    options.onStatus?.(status);
    if (status.state === 'failed' || status.state === 'unreachable' || status.state === 'authFailed') {
      fail(new SightlineError('SOURCE_UNREADABLE', `${document.source.url}: ${status.message}`));
    }
  };
  const decodeContext: ProcessorContext<DecodeOutputs> = {
    camera,
    forward(stream, value) {
      if (stream === 'frames') takeFrame(value as FrameRecord).catch(fail);
      if (stream === 'status') takeStatus(value as CameraStatus);
    },
  };

  try {
    // Loading the model first: a model that cannot be used is said before a film is read.
    await infer.init(inferContext);
    await decode.init(decodeContext);
    await decode.process(
      {
        kind: 'play',
        document,
        credentials: document.source.credentials,
        configVersion: 1,
        run: { runId: `${document.cameraId}-1`, runEpoch: 1 },
      },
      { topic: 'config', partition: 0, offset: 0, appendedAtUs: 0 },
    );
    await ended;
  } finally {
    await decode.close();
    await infer.close();
    await driver.close();
  }
};

const metadataOf = (record: FrameRecord): RecordMetadata => ({
  topic: 'frames',
  partition: 0,
  offset: record.sequence,
  appendedAtUs: record.capturedAtUs,
});
