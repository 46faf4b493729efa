import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

/**
 * Sets the demo up on a running stack: the site `demo` and its cameras, each with model, lines and zones.
 *
 *   node deploy/demo/setup.ts --data-dir .sightline
 *
 * Everything goes through the command line that people use; the stack is found through the environment. What was
 * set up once is remembered in the data folder, so that a camera somebody removed stays removed.
 */
const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: '.sightline' } } });
const dataDir = values['data-dir'];
const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

interface DemoCamera {
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  readonly model: string;
}

const cameras: readonly DemoCamera[] = [
  { id: 'store', name: 'Store', seed: 7, model: 'demo-people.onnx' },
  { id: 'yard', name: 'Yard', seed: 7, model: 'demo-people.onnx' },
  { id: 'conveyor', name: 'Conveyor', seed: 7, model: 'demo-parts.onnx' },
];

const node = async (script: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [join(root, script), ...args], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
};
const cli = (...args: string[]): Promise<string> => node('topologies/cli/main.ts', args);

interface Named {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const geometry = (truthPath: string): string[] => {
  const truth = JSON.parse(readFileSync(truthPath, 'utf8')) as { lines: Named[]; zones: Named[] };
  return [
    ...truth.lines.flatMap(({ name, points }) => ['--line', `${name}:${points.flat().join(',')}`]),
    ...truth.zones.flatMap(({ name, points }) => [
      '--zone',
      `${name}:${points.map((p) => p.join(',')).join(';')}`,
    ]),
  ];
};

const addCamera = async ({ id, name, seed, model }: DemoCamera): Promise<void> => {
  const films = join(dataDir, 'films');
  const answer = await node('deploy/demo/render.ts', ['--scene', id, '--seed', `${seed}`, '--out', films]);
  const film = JSON.parse(answer) as { video: string; truth: string };
  const modelPath = join(import.meta.dirname, 'models', model);
  const how = ['--id', id, '--site', 'demo', '--model', modelPath, '--realtime', '--loop'];
  await cli('camera', 'add', name, film.video, ...how, ...geometry(film.truth), '--json');
};

const memory = join(dataDir, 'demo.json');
const remembered = (): string[] =>
  existsSync(memory) ? (JSON.parse(readFileSync(memory, 'utf8')) as { cameras: string[] }).cameras : [];

const done = new Set(remembered());
const missing = cameras.filter(({ id }) => !done.has(id));
if (missing.length > 0) {
  const listed = JSON.parse(await cli('camera', 'list', '--json')) as { cameraId?: string; id?: string }[];
  const known = new Set(listed.map((camera) => camera.cameraId ?? camera.id));
  await cli('site', 'add', 'demo', '--name', 'Demo', '--json');
  for (const camera of missing) {
    if (!known.has(camera.id)) await addCamera(camera);
    done.add(camera.id);
    writeFileSync(memory, `${JSON.stringify({ cameras: [...done] })}\n`);
    process.stdout.write(`${camera.id}\n`);
  }
}
