import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFilmWriter } from './encode.ts';
import { createFrames } from './frames.ts';
import type { SceneKind } from './scene.ts';
import { createScene } from './scenes.ts';
import { createTruth } from './truth.ts';

/**
 * Raised whenever a picture or a truth would come out differently, so that a cached film of before is not taken
 * for one of now.
 */
export const filmVersion = 1;

export interface FilmRequest {
  readonly kind: SceneKind;
  readonly seed: number;
  readonly durationMs: number;
  readonly outDir: string;
}

export const filmName = ({ kind, seed, durationMs }: Omit<FilmRequest, 'outDir'>): string =>
  `${kind}-${seed}-${Math.round(durationMs / 1000)}s-v${filmVersion}`;

/** Where a film and its truth lie. */
export const filmPaths = (request: FilmRequest): { video: string; truth: string } => {
  const base = join(request.outDir, filmName(request));
  return { video: `${base}.mp4`, truth: `${base}.json` };
};

/**
 * Paints and encodes one film in this process. The truth is put in place last, so a film that has one is whole.
 * Returns a hash over all pixels.
 */
export const makeFilm = async (
  request: FilmRequest,
  onProgress: (share: number) => void,
): Promise<{ video: string; truth: string; pixelHash: string }> => {
  const paths = filmPaths(request);
  mkdirSync(request.outDir, { recursive: true });
  const scene = createScene(request.kind, request.seed, request.durationMs);
  const film = createFrames(scene);
  const truth = createTruth(scene);
  const hash = createHash('sha256');
  const temporary = `${paths.video}.${process.pid}.part`;
  const writer = await createFilmWriter(temporary, scene.camera, scene.fps);
  for (let index = 0; index < film.count; index++) {
    const picture = film.frame(index);
    hash.update(picture.rgba);
    truth.add(index, picture.step, picture.visible);
    await writer.write(picture.rgba);
    onProgress((index + 1) / film.count);
  }
  await writer.finish();
  renameSync(temporary, paths.video);
  const pixelHash = hash.digest('hex');
  writeFileSync(`${temporary}.json`, JSON.stringify({ ...truth.finish(), pixelHash }));
  renameSync(`${temporary}.json`, paths.truth);
  return { ...paths, pixelHash };
};
