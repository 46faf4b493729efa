import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modelsFolder, probeModel } from '#processors/infer';
import { createKafka, createLog, createRecordProducer, createRegistry, parseConfig } from '#runtime';
import { modelIdOf, topics, validateCamera } from '#schemas';
import type { CameraDocument, CameraDocumentInput, ConfigRecord, DetectionRecord } from '#schemas';
import { runInMemory } from '../../memory-pipeline.ts';
import { createInstallation } from '../../testing/installation.ts';
import type { Installation } from '../../testing/installation.ts';

/** An installation with a model, whose configuration the test writes itself. */
export interface IngestScene {
  readonly installation: Installation;
  readonly modelId: string;
  /** A document as `camera add` would write it: raw frames and a fixed start, so that runs can be compared. */
  camera(cameraId: string, clip: string, changes?: Changes): CameraDocument;
  /** Writes the next version of a document; null deletes the camera. */
  configure(cameraId: string, document: CameraDocument | null): Promise<void>;
  /** Detections of a camera, repeats left out, in order. */
  detections(cameraId: string): Promise<Said[]>;
  /** What the processors say in memory, without a broker. */
  inMemory(document: CameraDocument): Promise<Said[]>;
  close(): Promise<void>;
}
export type Changes = Partial<Omit<CameraDocumentInput, 'source'>> & {
  source?: Partial<CameraDocumentInput['source']>;
};

/** A record without its wall-clock stamps. */
export type Said = Record<string, unknown> & Pick<DetectionRecord, 'kind' | 'runId' | 'sequence' | 'ended'>;

const data = resolve(import.meta.dirname, '../../../../shared/data');
export const clipOf = (name: string): string => {
  const path = join(data, 'video', name);
  if (!existsSync(path)) throw new Error(`${path} is missing: the clips of shared/data are needed`);
  return path;
};

const saidBy = (record: DetectionRecord): Said => {
  const { frame, ...rest } = record;
  if (!frame) return { ...rest, frame };
  const { stamps: _stamps, ...seen } = frame;
  return { ...rest, frame: seen };
};

/** Repeats left out by (runId, sequence), as `track` does. */
const withoutRepeats = (records: readonly DetectionRecord[]): Said[] => {
  const seen = new Set<string>();
  return records
    .filter(({ runId, sequence }) => {
      const id = `${runId}/${sequence}`;
      return seen.has(id) ? false : seen.add(id);
    })
    .map(saidBy);
};

const addModel = async (modelsDir: string): Promise<string> => {
  const path = join(data, 'onnx/yolox_nano_416.onnx');
  const manifest = await probeModel(path, 'yolox');
  const modelId = modelIdOf(manifest);
  mkdirSync(modelsDir, { recursive: true });
  symlinkSync(path, join(modelsDir, `${modelId}.onnx`));
  writeFileSync(join(modelsDir, `${modelId}.json`), JSON.stringify(manifest));
  return modelId;
};

const startAtUs = Date.UTC(2026, 4, 1, 8) * 1000;

export const createIngestScene = async (name: string): Promise<IngestScene> => {
  const installation = await createInstallation(name);
  const config = parseConfig(installation.environment);
  const modelId = await addModel(config.modelsDir);
  const { topicPrefix, partitions } = config;
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: `test-${name}` });
  const format = createRegistry({ url: config.registryUrl, topicPrefix });
  const producer = createRecordProducer({ kafka, format, topicPrefix, partitions });
  await producer.start([topics.config]);
  const versions = new Map<string, number>();

  return {
    installation,
    modelId,
    camera(cameraId, clip, changes = {}) {
      const { source, ...rest } = changes;
      const result = validateCamera({
        cameraId,
        siteId: 'site',
        name: cameraId,
        modelId,
        encoding: 'rgb24',
        frameWidth: 320,
        ...rest,
        source: { kind: 'file', url: clipOf(clip), startAtUs, ...source },
      });
      if (!result.ok) throw new Error(result.problems.join('; '));
      return result.value;
    },
    async configure(cameraId, document) {
      const version = (versions.get(cameraId) ?? 0) + 1;
      versions.set(cameraId, version);
      const record: ConfigRecord = {
        kind: 'camera',
        id: cameraId,
        version,
        effectiveFromUs: (Date.now() + 500) * 1000,
        deleted: document === null,
        camera: document,
        site: null,
      };
      await producer.send(topics.config, record);
    },
    async detections(cameraId) {
      const all = await installation.read(topics.detections);
      return withoutRepeats(all.filter((record) => record.cameraId === cameraId));
    },
    async inMemory(document) {
      const records: DetectionRecord[] = [];
      await runInMemory({
        document,
        models: modelsFolder(config.modelsDir),
        onOutput: () => undefined,
        onDetections: (record) => records.push(record),
      });
      return records.map(saidBy);
    },
    async close() {
      await producer.stop();
      await installation.close();
    },
  };
};
