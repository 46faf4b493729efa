import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { modelIdOf, modelManifestSchema } from '#schemas';

export interface InstalledModel {
  readonly modelId: string;
  readonly classes: readonly string[];
}

/** Models whose manifest is there and whole; none when there is no folder yet. */
export const listModels = async (modelsDir: string): Promise<InstalledModel[]> => {
  const names = await readdir(modelsDir).catch(() => [] as string[]);
  const models: InstalledModel[] = [];
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const text = await readFile(join(modelsDir, name), 'utf8');
    const parsed = modelManifestSchema.safeParse(parseJson(text));
    if (parsed.success) models.push({ modelId: modelIdOf(parsed.data), classes: parsed.data.classes });
  }
  return models;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Half written or not ours: a model counts as there when its manifest can be read.
    return undefined;
  }
};
