import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SightlineError } from '#runtime';
import { truthSchema } from './truth.ts';
import type { Truth } from './truth.ts';

const root = join(import.meta.dirname, '..', '..');

export const sceneNames = ['store', 'yard', 'conveyor'] as const;
export type SceneName = (typeof sceneNames)[number];

/** The bundled model that was trained for a scene. */
export const modelOfScene = (scene: SceneName): string =>
  join(root, 'deploy', 'demo', 'models', scene === 'conveyor' ? 'demo-parts.onnx' : 'demo-people.onnx');

export interface FilmRequest {
  readonly scene: SceneName;
  readonly seed: number;
  readonly seconds: number;
  /** Where films are kept; one that is there is not made again. */
  readonly folder: string;
  onProgress?(share: number): void;
}

const shareOf = (line: string): number | null => {
  try {
    const value = JSON.parse(line) as { share?: unknown };
    return typeof value.share === 'number' ? value.share : null;
  } catch {
    return null;
  }
};

/** Has the demo's renderer make a film, in a process of its own. Rejects with what it said when it cannot. */
export const requestFilm = async (request: FilmRequest): Promise<{ video: string; truth: Truth }> => {
  const { scene, seed, seconds, folder } = request;
  const script = join(root, 'deploy', 'demo', 'render.ts');
  const options = ['--scene', scene, '--seed', `${seed}`, '--seconds', `${seconds}`, '--out', folder];
  const child = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  let answer = '';
  child.stdout.on('data', (bytes: Buffer) => (answer += bytes.toString()));
  createInterface({ input: child.stderr }).on('line', (line) => {
    const share = shareOf(line);
    if (share === null) said.push(line);
    else request.onProgress?.(share);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0)
    throw new SightlineError(
      'SOURCE_UNREADABLE',
      `the film ${scene} ${seed} could not be made (${signal ?? `exit code ${code}`}): ${said.slice(-3).join(' ')}`,
    );
  const paths = JSON.parse(answer) as { video: string; truth: string };
  return {
    video: paths.video,
    truth: truthSchema.parse(JSON.parse(await readFile(paths.truth, 'utf8'))),
  };
};
