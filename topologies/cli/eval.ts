import { Option } from 'commander';
import type { Command } from 'commander';
import { modelIdOf } from '#schemas';
import { evaluateClip } from '../eval/clip.ts';
import type { ClipResult } from '../eval/clip.ts';
import { modelOfScene, requestFilm, sceneNames } from '../eval/film.ts';
import type { SceneName } from '../eval/film.ts';
import { createPrecision } from '../eval/precision.ts';
import { reportOf, reportText } from '../eval/report.ts';
import { UsageError } from './failure.ts';
import { parseNumber } from './geometry-options.ts';
import { manifestOfFile } from './model.ts';
import { documentOfFilm, filmsFolder } from './scene-document.ts';

interface EvalOptions {
  seeds: readonly [number, number];
  scene: SceneName[];
  seconds: number;
  films: string;
  model?: string;
  exactMin: number;
  json?: boolean;
}

const seedsMax = 10_000;

/** `3..7`, or `3` alone. Throws UsageError. */
export const parseSeeds = (text: string): [number, number] => {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim());
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match && last >= first && last - first < seedsMax) return [first, last];
  throw new UsageError(
    `--seeds "${text}": write FIRST..LAST, e.g. --seeds 1..14, at most ${seedsMax} of them`,
  );
};

const evaluateScene = async (
  scene: SceneName,
  options: EvalOptions,
  clips: ClipResult[],
): Promise<Record<string, number>> => {
  const path = options.model ?? modelOfScene(scene);
  const model = { path, manifest: await manifestOfFile(path) };
  const precision = createPrecision();
  for (let seed = options.seeds[0]; seed <= options.seeds[1]; seed++) {
    process.stderr.write(`${scene} ${seed}: film `);
    const { video, truth } = await requestFilm({
      scene,
      seed,
      seconds: options.seconds,
      folder: options.films,
    });
    process.stderr.write('count ');
    const document = documentOfFilm(video, truth, modelIdOf(model.manifest));
    const clip = await evaluateClip({ document, model, truth, precision, processes: 1 });
    process.stderr.write(clip.exact ? 'exact\n' : `${clip.errors.length} errors\n`);
    clips.push(clip);
  }
  return precision.finish();
};

const evalScenes = async (options: EvalOptions): Promise<void> => {
  const clips: ClipResult[] = [];
  const precision = new Map<string, Record<string, number>>();
  for (const scene of options.scene) precision.set(scene, await evaluateScene(scene, options, clips));
  const report = reportOf(clips, precision);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportText(report));
  // A check in a script wants an answer: too few exact clips is a failure of the thing measured, not of the request.
  if (report.exactShare < options.exactMin) process.exitCode = 1;
};

const help = `
Every scene is played once for every seed; films are made when they are not there yet. A clip is exact when every line
has the true number in each direction for each class. Exit code 1 when fewer than --exact-min of the clips are exact.

Examples:
  sightline eval scenes --seeds 1..14
  sightline eval scenes --seeds 3 --scene store --json
`;

export const registerEval = (program: Command): void => {
  const evaluation = program
    .command('eval')
    .description('measures the product against scenes whose truth is known');
  evaluation
    .command('scenes')
    .description('bundled models, counts and dwell on rendered films')
    .requiredOption('--seeds <range>', 'seeds of the films, FIRST..LAST', parseSeeds)
    .addOption(
      new Option('--scene <names...>', 'only these scenes').choices(sceneNames).default([...sceneNames]),
    )
    .option('--seconds <n>', 'length of each film', parseNumber('--seconds', 1, true), 60)
    .option('--films <folder>', 'where films are kept', filmsFolder)
    .option('--model <file>', 'another detector than the bundled one')
    .option('--exact-min <share>', 'share of exact clips to ask for', parseNumber('--exact-min', 0), 0)
    .option('--json', 'one JSON object instead of a table')
    .addHelpText('after', help)
    .action(evalScenes);
};
