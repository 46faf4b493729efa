import type { ModelManifest } from '#schemas';
import { checkModelFile } from './models.ts';
import type { ModelSource } from './types.ts';
import { ModelFailure } from './types.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Models this process has, or could not get. */
export interface LoadedModels {
  /** Undefined until the model is loaded. */
  manifest(modelId: string): ModelManifest | undefined;
  /** Loads it once, whoever asks; the problem in words, empty when all is well. */
  load(modelId: string): Promise<string>;
}

/** A model that could not be loaded is tried again after this: the file may be added meanwhile. */
const retryAfterMs = 5_000;

export const createLoadedModels = (source: ModelSource, pool: WorkerPool): LoadedModels => {
  const manifests = new Map<string, ModelManifest>();
  const loading = new Map<string, Promise<string>>();
  const loadOnce = async (modelId: string): Promise<string> => {
    try {
      const file = await source(modelId);
      await checkModelFile(file);
      await pool.load(modelId, file);
      manifests.set(modelId, file.manifest);
      return '';
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      setTimeout(() => loading.delete(modelId), retryAfterMs).unref();
      return `model ${modelId}: ${error.message}`;
    }
  };
  return {
    manifest: (modelId) => manifests.get(modelId),
    load(modelId) {
      const known = loading.get(modelId) ?? loadOnce(modelId);
      loading.set(modelId, known);
      return known;
    },
  };
};
