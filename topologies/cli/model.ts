import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeModel } from '#processors/infer';
import { modelIdOf, modelManifestSchema } from '#schemas';
import type { ModelManifest } from '#schemas';
import { UsageError } from './failure.ts';

/** Puts a file in place whole or not at all: an infer worker may be looking. */
const inPlace = (path: string, write: (temporary: string) => void): void => {
  const temporary = `${path}.${process.pid}.part`;
  write(temporary);
  renameSync(temporary, path);
};

/**
 * The manifest of an ONNX file: the JSON file of the same name beside it when there is one, else what the file's
 * outputs say. A layout that is asked for is always taken from the outputs. Throws UsageError.
 */
export const manifestOfFile = async (
  file: string,
  layout?: ModelManifest['layout'],
): Promise<ModelManifest> => {
  const beside = file.replace(/\.onnx$/i, '.json');
  if (layout === undefined && beside !== file && existsSync(beside)) {
    const parsed = modelManifestSchema.safeParse(jsonOf(beside));
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new UsageError(`${beside} is no manifest of a model: ${problems.join('; ')}`);
  }
  return probeModel(file, layout).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
};

const jsonOf = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UsageError(`${path} is not JSON: it should be the manifest of the model beside it`);
  }
};

/** Looks at an ONNX file, copies it with its manifest to the models' folder and returns its model id. */
export const installModel = async (
  file: string,
  layout: ModelManifest['layout'] | undefined,
  modelsDir: string,
): Promise<string> => {
  if (!existsSync(file)) throw new UsageError(`the model ${file} does not exist: check the path`);
  const manifest = await manifestOfFile(file, layout);
  const modelId = modelIdOf(manifest);
  mkdirSync(modelsDir, { recursive: true });
  const path = join(modelsDir, modelId);
  if (!existsSync(`${path}.onnx`)) inPlace(`${path}.onnx`, (temporary) => copyFileSync(file, temporary));
  // Last, because a model counts as there when its manifest is.
  inPlace(`${path}.json`, (temporary) => writeFileSync(temporary, `${JSON.stringify(manifest, null, 2)}\n`));
  return modelId;
};
