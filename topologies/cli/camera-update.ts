import { Option } from 'commander';
import type { Command } from 'commander';
import type { CameraDocument, ModelManifest } from '#schemas';
import type { CameraPatch } from '#runtime';
import { UsageError } from './failure.ts';
import { collectLine, collectZone, documentOfOptions, parseNumber } from './geometry-options.ts';
import type { NamedPoints } from './geometry-options.ts';
import { installModel } from './model.ts';
import { inspectSource } from './source.ts';
import { withStore } from './store.ts';

interface UpdateOptions {
  name?: string;
  site?: string;
  source?: string;
  model?: string;
  modelType?: ModelManifest['layout'];
  line?: NamedPoints[];
  zone?: NamedPoints[];
  fps?: number;
  enable?: boolean;
  disable?: boolean;
  json?: boolean;
}

/** Ids by name: a line that keeps its name keeps its id and its counts, a new one never takes an old one's id. */
const keepIds = (
  prefix: string,
  names: readonly string[],
  before: readonly { id: string; name: string }[],
): string[] => {
  const known = new Map(before.map(({ id, name }) => [name, id]));
  const taken = new Set(before.map(({ id }) => id));
  let next = 1;
  return names.map((name) => {
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    while (taken.has(`${prefix}-${next}`)) next++;
    taken.add(`${prefix}-${next}`);
    return `${prefix}-${next}`;
  });
};

const geometryOf = (camera: CameraDocument, options: UpdateOptions): CameraPatch => {
  const { cameraId, siteId, name } = camera;
  const placeholder = { kind: 'file', url: 'unchanged' } as const;
  const typed = documentOfOptions(
    { cameraId, siteId, name, source: placeholder },
    options.line ?? [],
    options.zone ?? [],
  );
  const lineIds = keepIds(
    'line',
    typed.lines.map(({ name }) => name),
    camera.lines.map(({ lineId, name }) => ({ id: lineId, name })),
  );
  const zoneIds = keepIds(
    'zone',
    typed.zones.map(({ name }) => name),
    camera.zones.map(({ zoneId, name }) => ({ id: zoneId, name })),
  );
  return {
    ...(options.line
      ? { lines: typed.lines.map((line, index) => ({ ...line, lineId: lineIds[index] ?? line.lineId })) }
      : {}),
    ...(options.zone
      ? { zones: typed.zones.map((zone, index) => ({ ...zone, zoneId: zoneIds[index] ?? zone.zoneId })) }
      : {}),
  };
};

const updateCamera = (cameraId: string, options: UpdateOptions): Promise<void> =>
  withStore(async (store, config) => {
    const before = await store.getCamera(cameraId);
    if (!before) throw new UsageError(`there is no camera ${cameraId}: sightline camera list names them`);
    const source = options.source === undefined ? undefined : await inspectSource(options.source);
    const modelId =
      options.model === undefined
        ? undefined
        : await installModel(options.model, options.modelType, config.modelsDir);
    const patch: CameraPatch = {
      ...geometryOf(before.document, options),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.site === undefined ? {} : { siteId: options.site }),
      ...(options.fps === undefined ? {} : { fps: options.fps }),
      ...(modelId === undefined ? {} : { modelId }),
      ...(options.enable ? { enabled: true } : {}),
      ...(options.disable ? { enabled: false } : {}),
      ...(source ? { source: { kind: source.kind, url: source.url, credentials: null } } : {}),
    };
    if (Object.keys(patch).length === 0) throw new UsageError('nothing to change: see camera update --help');
    const { version, changed, effectiveFromUs } = await store.updateCamera(cameraId, patch, {
      expectedVersion: before.version,
    });
    if (source?.warning !== undefined) process.stderr.write(`sightline: warning: ${source.warning}\n`);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ cameraId, version, changed, effectiveFromUs })}\n`);
    else
      process.stdout.write(
        changed
          ? `Camera ${cameraId} is changed (version ${version}).\n`
          : `Camera ${cameraId} was so already.\n`,
      );
  });

export const registerCameraUpdate = (camera: Command): void => {
  camera
    .command('update')
    .argument('<id>', 'the camera')
    .description('change a camera while it runs; holds half a second later, without a restart')
    .option('--name <name>', 'its name')
    .option('--site <id>', 'the site it belongs to')
    .option('--source <source>', 'another address, file or folder')
    .option('--model <file>', 'another ONNX file')
    .addOption(
      new Option('--model-type <type>', 'recognised by its outputs when left out').choices([
        'yolox',
        'nanodet',
      ]),
    )
    .option('--line <NAME:x1,y1,x2,y2>', 'replaces all lines; the same name keeps its counts', collectLine)
    .option('--zone <NAME:x1,y1;x2,y2;…>', 'replaces all zones; the same name keeps its counts', collectZone)
    .option('--fps <n>', 'frames per second to look at; 0 takes every frame', parseNumber('--fps', 0))
    .addOption(new Option('--enable', 'play it').conflicts('disable'))
    .option('--disable', 'do not play it')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  $ sightline camera update door --line in:0.4,0,0.4,1')
    .action(updateCamera);
};
