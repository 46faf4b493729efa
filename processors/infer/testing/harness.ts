import { existsSync, readFileSync } from 'node:fs';
import type { CameraStatus, DetectionRecord, FrameRecord, ModelManifest } from '#schemas';
import { modelIdOf, validateCamera } from '#schemas';
import { createInfer } from '../infer.ts';
import { probeModel } from '../probe.ts';
import type { InferOptions, ModelSource } from '../types.ts';

export const dataFolder = new URL('../../../../shared/data/', import.meta.url).pathname;
/** Evaluation data is not part of the repository; where it lies beside it, nothing is skipped. */
export const noData = !existsSync(dataFolder);
export const modelPath = (name: string): string => `${dataFolder}onnx/${name}.onnx`;

const metadata = { topic: '', partition: 0, offset: 0, appendedAtUs: 0 };

/** An inference with everything that came out of it. */
export interface Harness {
  readonly detections: DetectionRecord[];
  readonly statuses: CameraStatus[];
  process(record: FrameRecord): Promise<void>;
  close(): Promise<void>;
}

export const startInfer = async (
  manifest: ModelManifest,
  models: ModelSource,
  options: Partial<InferOptions> = {},
): Promise<Harness> => {
  const detections: DetectionRecord[] = [];
  const statuses: CameraStatus[] = [];
  const infer = createInfer({ statusEveryMs: 50, ...options, models });
  await infer.init({
    camera(cameraId) {
      const valid = validateCamera({
        cameraId,
        siteId: 'site',
        name: cameraId,
        source: { kind: 'file', url: '/memory' },
        modelId: modelIdOf(manifest),
      });
      return valid.ok ? { version: 3, document: valid.value } : undefined;
    },
    forward(stream, value) {
      if (stream === 'detections') detections.push(value as DetectionRecord);
      else statuses.push(value as CameraStatus);
    },
  });
  return {
    detections,
    statuses,
    process: async (record) => infer.process(record, metadata),
    close: async () => infer.close(),
  };
};

/** The usual model with nothing between. */
export const startModel = async (name: string, options: Partial<InferOptions> = {}): Promise<Harness> => {
  const manifest = await probeModel(modelPath(name));
  return startInfer(manifest, () => Promise.resolve({ path: modelPath(name), manifest }), options);
};

export const frameRecord = (sequence: number, rest: Partial<FrameRecord> = {}): FrameRecord => ({
  kind: 'frame',
  cameraId: 'camera',
  runId: 'camera-1',
  runEpoch: 1,
  sequence,
  capturedAtUs: 1_700_000_000_000_000 + sequence,
  live: false,
  ended: null,
  frame: {
    encoding: 'rgb24',
    width: 32,
    height: 24,
    sourceWidth: 64,
    sourceHeight: 48,
    fps: 10,
    decodedAtUs: 0,
    data: new Uint8Array(32 * 24 * 3),
  },
  ...rest,
});

/** Boxes x1 y1 x2 y2 by frame number, from a MOTChallenge file, multiplied by `scale`. */
export const groundTruth = (sequence: string, scale: number): Map<number, number[][]> => {
  const boxes = new Map<number, number[][]>();
  for (const line of readFileSync(`${dataFolder}mot15/${sequence}/gt/gt.txt`, 'utf8').trim().split('\n')) {
    const [frame = 0, , x = 0, y = 0, width = 0, height = 0, flag] = line.split(',').map(Number);
    if (flag === 0) continue;
    const box = [x, y, x + width, y + height].map((value) => value * scale);
    boxes.set(frame, [...(boxes.get(frame) ?? []), box]);
  }
  return boxes;
};
