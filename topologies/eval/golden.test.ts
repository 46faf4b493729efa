import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelIdOf } from '#schemas';
import { manifestOfFile } from '../cli/model.ts';
import { documentOfFilm } from '../cli/scene-document.ts';
import { evaluateClip } from './clip.ts';
import { modelOfScene, requestFilm } from './film.ts';
import type { SceneName } from './film.ts';
import { createPrecision } from './precision.ts';

/** Short films through decoder, bundled model, tracker and counter: every count must be the true one. */
const folder = mkdtempSync(join(tmpdir(), 'sightline-golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evaluate = async (scene: SceneName, seed: number, seconds: number) => {
  const { video, truth } = await requestFilm({ scene, seed, seconds, folder });
  const path = modelOfScene(scene);
  const model = { path, manifest: await manifestOfFile(path) };
  const precision = createPrecision();
  const document = documentOfFilm(video, truth, modelIdOf(model.manifest));
  return { clip: await evaluateClip({ document, model, truth, precision, processes: 1 }), truth };
};

// The conveyor is left out: its detector is not good enough yet (deploy/training/README.md).
describe('the bundled models', () => {
  it('count the store exactly', { timeout: 180_000 }, async () => {
    const { clip, truth } = await evaluate('store', 3, 14);
    expect(truth.crossings.length).toBeGreaterThan(3);
    expect(clip.errors).toEqual([]);
  });
});
