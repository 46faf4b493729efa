import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Bench, BenchContext, BenchFigure } from './bench.ts';
import { bench as decode } from './decode.ts';
import { bench as engine } from './engine.ts';
import { bench as infer } from './infer.ts';
import { bench as pipeline } from './pipeline.ts';
import { bench as tracker } from './tracker.ts';

/**
 * `npm run bench [-- NAME…] [--json]`: figures as JSON lines on standard output, progress on standard error.
 * Each benchmark runs our side and the other side in turn and gives the ratio of the medians.
 */
const benches: Readonly<Record<string, Bench>> = { decode, infer, pipeline, tracker, engine };

const repository = resolve(import.meta.dirname, '../..');
const program = new Command('bench')
  .argument('[names...]', `which: ${Object.keys(benches).join(', ')}; all when none is named`)
  .option('--json', 'JSON lines only, no progress')
  .option('--rounds <n>', 'alternating runs of each side', '3')
  .option('--data <dir>', 'evaluation data: video/, onnx/, mot15/', join(repository, '../shared/data'))
  .option('--peers <dir>', 'the programs a user would pick instead', join(repository, '../shared/peers'))
  .option('--python <path>', 'a Python that has the peers’ packages', 'python3')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run bench -- decode infer --json\n  npm run bench -- pipeline --python ./venv/bin/python',
  );

program.parse();
const options = program.opts<{
  json?: boolean;
  rounds: string;
  data: string;
  peers: string;
  python: string;
}>();
const names = program.args.length > 0 ? program.args : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(2);
}
if (!existsSync(options.data)) {
  process.stderr.write(`no evaluation data at ${options.data}: name its folder with --data\n`);
  process.exit(2);
}

const context: BenchContext = {
  dataDir: resolve(options.data),
  peersDir: resolve(options.peers),
  python: options.python,
  rounds: Number(options.rounds),
  log: (text) => void (options.json ? undefined : process.stderr.write(`${text}\n`)),
};
const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(4));
const line = (figure: BenchFigure): string =>
  JSON.stringify({
    ...figure,
    value: rounded(figure.value),
    reference: rounded(figure.reference),
    ratio: rounded(figure.ratio),
  });

for (const name of names) {
  for await (const figure of (benches[name] as Bench)(context)) process.stdout.write(`${line(figure)}\n`);
}
