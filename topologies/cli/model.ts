import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeModel } from '#processors/infer';
import { modelIdOf } from '#schemas';
import type { ModelManifest } from '#schemas';
import { UsageError } from './failure.ts';

/** Puts a file in place whole or not at all: an infer worker may be looking. */
const inPlace = (path: string, write: (temporary: string) => void): void => {
  const temporary = `${path}.${process.pid}.part`;
  write(temporary);
  renameSync(temporary, path);
};

/** Looks at an ONNX file, copies it with its manifest to the models' folder and returns its model id. */
export const installModel = async (
  file: string,
  layout: ModelManifest['layout'] | undefined,
  modelsDir: string,
): Promise<string> => {
  if (!existsSync(file)) throw new UsageError(`the model ${file} does not exist: check the path`);
  const manifest = await probeModel(file, layout).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
  const modelId = modelIdOf(manifest);
  mkdirSync(modelsDir, { recursive: true });
  const path = join(modelsDir, modelId);
  if (!existsSync(`${path}.onnx`)) inPlace(`${path}.onnx`, (temporary) => copyFileSync(file, temporary));
  // Last, because a model counts as there when its manifest is.
  inPlace(`${path}.json`, (temporary) => writeFileSync(temporary, `${JSON.stringify(manifest, null, 2)}\n`));
  return modelId;
};
