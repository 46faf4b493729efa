import { availableParallelism } from 'node:os';
import type { Processor, ProcessorContext } from '#processor';
import type { Detection, DetectionRecord, FramePicture, FrameRecord, ModelManifest } from '#schemas';
import type { CameraQueue, Pending } from './camera-queue.ts';
import { createQueue, drop, flush, passedOn, shed } from './camera-queue.ts';
import { boxNumbers } from './box-numbers.ts';
import type { LoadedModels } from './loaded-models.ts';
import { createLoadedModels } from './loaded-models.ts';
import { createStatusReports } from './status-reports.ts';
import type { InferOptions, InferOutputs } from './types.ts';
import type { Detected, WorkerPool } from './worker-pool.ts';
import { createWorkerPool } from './worker-pool.ts';

/** A picture that was in this many dying processes is not tried again. */
const attemptsMax = 2;

const detectionsOf = (boxes: Float32Array, classes: readonly string[]): Detection[] => {
  const detections: Detection[] = [];
  for (let at = 0; at < boxes.length; at += boxNumbers) {
    const [x1, y1, x2, y2, confidence, classId] = boxes.subarray(at, at + boxNumbers) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    detections.push({ x1, y1, x2, y2, confidence, classId, className: classes[classId] ?? '' });
  }
  return detections;
};

const detectedRecord = (
  record: FrameRecord,
  answer: Detected,
  rest: { modelId: string; placement: string; manifest: ModelManifest },
): DetectionRecord => {
  const { sourceWidth, sourceHeight, fps, decodedAtUs } = record.frame as FramePicture;
  const stamps = { decodedAtUs, inferStartedAtUs: answer.startedAtUs, inferredAtUs: answer.finishedAtUs };
  const detections = detectionsOf(answer.boxes ?? new Float32Array(), rest.manifest.classes);
  const { modelId, placement } = rest;
  return {
    ...passedOn(record),
    frame: { width: sourceWidth, height: sourceHeight, fps, modelId, placement, stamps, detections },
  };
};

interface Inference {
  readonly options: InferOptions;
  readonly context: ProcessorContext<InferOutputs>;
  readonly pool: WorkerPool;
  readonly models: LoadedModels;
  readonly queues: Map<string, CameraQueue>;
}

const out = ({ context }: Inference, queue: CameraQueue): void =>
  flush(queue, (record) => context.forward('detections', record));

/** Sends one waiting frame to a process and sees it through. */
const detect = async (inference: Inference, queue: CameraQueue, pending: Pending): Promise<void> => {
  const { options, context, pool, models } = inference;
  const { record } = pending;
  const camera = context.camera(record.cameraId, record.capturedAtUs);
  const manifest = camera && models.manifest(camera.document.modelId);
  if (!camera || !manifest) return drop(queue, pending, 'noModel');
  const { modelId, confidenceMin } = camera.document;
  pending.state = 'running';
  pending.attempts++;
  try {
    const answer = await pool.detect(modelId, confidenceMin, record.frame as FramePicture);
    if (!answer.boxes) return drop(queue, pending, 'badPicture');
    const placement = options.placement ?? 'cloud';
    pending.output = detectedRecord(record, answer, { modelId, placement, manifest });
    pending.state = 'done';
    queue.touched = true;
    queue.status.framesOut++;
    const delayMs = (answer.finishedAtUs - (record.frame as FramePicture).decodedAtUs) / 1000;
    queue.status.latencyMs += (delayMs - queue.status.latencyMs) * 0.1;
  } catch {
    // The process died (WorkerLost): perhaps of this picture, perhaps of its neighbour.
    if (pending.attempts >= attemptsMax) drop(queue, pending, 'processDied');
    else pending.state = 'waiting';
  }
};

/** Gives waiting frames to processes with room, one camera after the other. */
const pump = (inference: Inference): void => {
  const { queues, pool } = inference;
  let moved = true;
  while (moved) {
    moved = false;
    for (const [cameraId, queue] of queues) {
      if (!pool.hasRoom()) return;
      const pending = queue.pending.find(({ state }) => state === 'waiting');
      if (!pending) continue;
      moved = true;
      // The camera just served goes to the end of the line.
      queues.delete(cameraId);
      queues.set(cameraId, queue);
      void detect(inference, queue, pending).then(() => {
        out(inference, queue);
        pump(inference);
      });
      break;
    }
  }
};

/** A frame waits until its camera's model is loaded. */
const prepare = async (inference: Inference, queue: CameraQueue, pending: Pending): Promise<void> => {
  const { context, models } = inference;
  const { cameraId, capturedAtUs, runId, runEpoch } = pending.record;
  const camera = context.camera(cameraId, capturedAtUs);
  queue.touched = true;
  queue.status.framesIn++;
  Object.assign(queue.status, { runId, runEpoch, configVersion: camera?.version ?? 0 });
  const modelId = camera?.document.modelId ?? '';
  if (modelId === '') return drop(queue, pending, camera ? 'noModel' : 'unknownCamera');
  if (!models.manifest(modelId)) {
    const problem = await models.load(modelId);
    if (problem !== '') drop(queue, pending, 'modelFailed');
    const state = problem === '' ? 'online' : 'failed';
    if (queue.status.state !== state || queue.status.message !== problem)
      Object.assign(queue.status, { state, message: problem, stateSinceUs: 0 });
  }
  if (pending.state === 'loading') pending.state = 'waiting';
};

const accept = (inference: Inference, record: FrameRecord): Promise<void> =>
  new Promise((resolve, reject) => {
    const { queues, options } = inference;
    const queue = queues.get(record.cameraId) ?? createQueue(record.cameraId, options.device ?? '');
    queues.set(record.cameraId, queue);
    const isFrame = record.kind === 'frame' && record.frame !== null;
    const pending: Pending = {
      record,
      state: isFrame ? 'loading' : 'done',
      output: isFrame ? null : passedOn(record),
      attempts: 0,
      resolve,
      reject,
    };
    queue.pending.push(pending);
    shed(queue, options.pendingFramesMax ?? 2);
    if (!isFrame) return out(inference, queue);
    prepare(inference, queue, pending).then(() => {
      out(inference, queue);
      pump(inference);
    }, reject);
  });

/**
 * Runs each camera's model on its frames, in model processes. process() may be called again before the last
 * call resolved; each resolves when that record's output was forwarded (or its frame dropped). Per camera the
 * output is in the order of the input, ticks and run ends in place. A file's frames are dropped only when they
 * cannot be judged at all (no model, damaged picture), a live camera's also when newer ones are waiting; every
 * drop is counted by reason on `status`. Rejects when closed before the record was handled.
 */
export const createInfer = (options: InferOptions): Processor<FrameRecord, InferOutputs> => {
  let inference: Inference | undefined;
  let reports: { close(): void } | undefined;
  return {
    init(context) {
      const queues = new Map<string, CameraQueue>();
      const onRoom = (): void => void (inference && pump(inference));
      const pool = createWorkerPool({
        workers: options.processes ?? availableParallelism(),
        threads: options.threads ?? 1,
        isolation: options.isolation ?? 'thread',
        onRoom,
      });
      inference = { options, context, pool, models: createLoadedModels(options.models, pool), queues };
      reports = createStatusReports(queues, options.statusEveryMs ?? 2000, (status) =>
        context.forward('status', status),
      );
    },
    process(record) {
      if (!inference) return Promise.reject(new Error('infer is not initialised'));
      return accept(inference, record);
    },
    async close() {
      if (!inference) return;
      const { queues, pool } = inference;
      inference = undefined;
      reports?.close();
      for (const { pending } of queues.values())
        for (const { reject } of pending.splice(0)) reject(new Error('infer was closed'));
      queues.clear();
      await pool.close();
    },
  };
};
