import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { filmPaths, makeFilm } from './film.ts';
import { sceneKinds } from './scene.ts';
import type { SceneKind } from './scene.ts';

/**
 * Makes a film, or finds the one made before:
 *
 *   node deploy/demo/render.ts --scene store --seed 7 --out FOLDER [--seconds 60]
 *
 * Standard output: one JSON object {video, truth}. Standard error: one line {"share": 0.42} for every percent.
 * Exit code 2: asked for something that there is not.
 */
const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    seconds: { type: 'string', default: '60' },
  },
});

const isKind = (text: string | undefined): text is SceneKind => sceneKinds.some((kind) => kind === text);
const seed = Number(values.seed);
const durationMs = Math.round(Number(values.seconds) * 1000);

const refuse = (problem: string): void => {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
};

if (!isKind(values.scene)) refuse(`--scene ${values.scene ?? ''}: there are ${sceneKinds.join(', ')}`);
else if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 31)
  refuse(`--seed ${values.seed}: write a whole number from 0 on`);
else if (!(durationMs >= 1000 && durationMs <= 600_000)) refuse(`--seconds ${values.seconds}: from 1 to 600`);
else if (values.out === undefined) refuse('--out FOLDER is missing');
else {
  const request = { kind: values.scene, seed, durationMs, outDir: values.out };
  const paths = filmPaths(request);
  if (!existsSync(paths.truth) || !existsSync(paths.video)) {
    let told = -1;
    await makeFilm(request, (share) => {
      const percent = Math.floor(share * 100);
      if (percent === told) return;
      told = percent;
      process.stderr.write(`${JSON.stringify({ share: percent / 100 })}\n`);
    });
  }
  process.stdout.write(`${JSON.stringify(paths)}\n`);
}
