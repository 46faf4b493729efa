import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelManifest } from '#schemas';
import { modelManifestSchema } from '#schemas';
import type { ModelFile, ModelSource } from './types.ts';
import { ModelFailure } from './types.ts';

const modelIdPattern = /^[a-z0-9][a-z0-9._-]*@[0-9a-f]{12}$/;

/** Hex sha256 of a file. Throws ModelFailure when it cannot be read. */
export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new ModelFailure(`cannot read ${path}: check that the file is there`, { cause: error });
  }
  return hash.digest('hex');
};

const readManifest = async (path: string): Promise<ModelManifest> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ModelFailure(`no manifest at ${path}: add the model with the models folder's two files`, {
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ModelFailure(`${path} is not JSON`, { cause: error });
  }
  const parsed = modelManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ModelFailure(`${path}: ${problems.join('; ')}`);
};

/** Throws ModelFailure unless the file is the one its manifest names. */
export const checkModelFile = async ({ path, manifest }: ModelFile): Promise<void> => {
  const found = await sha256Of(path);
  if (found !== manifest.sha256)
    throw new ModelFailure(
      `${path} is not the file its manifest names: expected sha256 ${manifest.sha256}, found ${found}`,
    );
};

/** Models as `<modelId>.onnx` with `<modelId>.json` beside it. */
export const modelsFolder =
  (folder: string): ModelSource =>
  async (modelId) => {
    if (!modelIdPattern.test(modelId))
      throw new ModelFailure(`${modelId} is not a model id: expected name@12 hex digits`);
    const path = join(folder, `${modelId}.onnx`);
    return { path, manifest: await readManifest(join(folder, `${modelId}.json`)) };
  };
