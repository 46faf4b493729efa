import { Option } from 'commander';
import type { Command } from 'commander';
import type { ModelManifest } from '#schemas';
import { splitSource } from '../runtime/config-store/index.ts';
import type { ConfigStore } from '#runtime';
import { listCameras } from './camera-list.ts';
import { registerCameraUpdate } from './camera-update.ts';
import { UsageError } from './failure.ts';
import { collectLine, collectZone, documentOfOptions, parseNumber } from './geometry-options.ts';
import type { NamedPoints } from './geometry-options.ts';
import { installModel } from './model.ts';
import { ensureDefaultSite } from './site.ts';
import { inspectSource } from './source.ts';
import { withStore } from './store.ts';

interface AddOptions {
  id?: string;
  site: string;
  model?: string;
  modelType?: ModelManifest['layout'];
  line: NamedPoints[];
  zone: NamedPoints[];
  fps: number;
  frameWidth: number;
  encoding: 'jpeg' | 'rgb24';
  start?: string;
  realtime?: boolean;
  loop?: boolean;
  transport: 'tcp' | 'udp';
  json?: boolean;
}

/** `Front door` becomes `Front-door`; a name that is an id already stays. */
export const idOfName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 63);

const startOf = (text: string | undefined): number | null => {
  if (text === undefined) return null;
  const atMs = Date.parse(text);
  if (Number.isFinite(atMs) && atMs >= 0) return atMs * 1000;
  throw new UsageError(`--start ${text}: write an instant such as 2026-05-01T08:00:00Z`);
};

const refuseExisting = async (store: ConfigStore, cameraId: string): Promise<void> => {
  if (!(await store.getCamera(cameraId))) return;
  throw new UsageError(
    `there is already a camera ${cameraId}: give another --id, change it with camera update, or remove it`,
  );
};

const addCamera = (name: string, sourceText: string, options: AddOptions): Promise<void> =>
  withStore(async (store, config) => {
    const cameraId = options.id ?? idOfName(name);
    if (cameraId === '') throw new UsageError(`no id can be made of the name ${name}: give one with --id`);
    const source = await inspectSource(sourceText);
    const startAtUs = startOf(options.start);
    if (startAtUs !== null && source.kind === 'rtsp')
      throw new UsageError(
        '--start is for files and folders: a live camera says itself when it sees something',
      );
    await refuseExisting(store, cameraId);
    const document = documentOfOptions(
      {
        cameraId,
        siteId: options.site,
        name,
        source: {
          kind: source.kind,
          url: source.url,
          transport: options.transport,
          realtime: options.realtime ?? false,
          loop: options.loop ?? false,
          startAtUs,
        },
        fps: options.fps,
        frameWidth: options.frameWidth,
        encoding: options.encoding,
      },
      options.line,
      options.zone,
    );
    const modelId =
      options.model === undefined
        ? ''
        : await installModel(options.model, options.modelType, config.modelsDir);
    await ensureDefaultSite(store, options.site);
    const { version, effectiveFromUs } = await store.addCamera({ ...document, modelId });
    if (source.warning !== undefined) process.stderr.write(`sightline: warning: ${source.warning}\n`);
    const url = splitSource(source.url).url;
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ cameraId, version, effectiveFromUs, modelId, source: { kind: source.kind, url } })}\n`,
      );
    else process.stdout.write(added(cameraId, url, modelId, document.lines.length, document.zones.length));
  });

const added = (cameraId: string, url: string, modelId: string, lines: number, zones: number): string =>
  `Camera ${cameraId} is added: ${url}, ${modelId === '' ? 'no model (pictures only)' : modelId}, ` +
  `lines: ${lines}, zones: ${zones}.\nWatch it with: sightline camera list\n`;

const removeCamera = (cameraId: string, options: { json?: boolean }): Promise<void> =>
  withStore(async (store) => {
    await store.removeCamera(cameraId);
    process.stdout.write(
      options.json ? `${JSON.stringify({ cameraId, removed: true })}\n` : `Camera ${cameraId} is removed.\n`,
    );
  });

const help = `
SOURCE is an RTSP address, a video file or a folder of pictures. Coordinates are shares of the picture, 0 to 1, origin
top left. A line is an arrow: from its left to its right-hand side on the picture is "in".

Examples:
  sightline camera add door rtsp://user:password@192.168.1.20/stream1 --model yolox_nano.onnx --line in:0.5,0,0.5,1
  sightline camera add clip walk.mp4 --model yolox_nano.onnx --zone 'till:0.1,0.4;0.5,0.4;0.5,0.9' --fps 10
`;

export const registerCamera = (program: Command): void => {
  const camera = program.command('camera').description('add, list, change and remove cameras');
  camera
    .command('add')
    .argument('<name>', 'its name; also its id, where --id is left out')
    .argument('<source>', 'rtsp://…, a video file, or a folder of pictures')
    .description('add a camera, a video file or a folder of pictures')
    .option('--id <id>', 'letters, digits, dots, dashes, underscores; made of the name when left out')
    .option('--site <id>', 'the site it belongs to', 'default')
    .option('--model <file>', 'ONNX file of a detector; without one the camera only gives pictures')
    .addOption(
      new Option('--model-type <type>', 'recognised by its outputs when left out').choices([
        'yolox',
        'nanodet',
      ]),
    )
    .option('--line <NAME:x1,y1,x2,y2>', 'a line to cross; may be given again', collectLine, [])
    .option('--zone <NAME:x1,y1;x2,y2;…>', 'a zone to visit; may be given again', collectZone, [])
    .option('--fps <n>', 'frames per second to look at; 0 takes every frame', parseNumber('--fps', 0), 0)
    .option(
      '--frame-width <n>',
      'scale pictures down to this width; 0 keeps it',
      parseNumber('--frame-width', 0, true),
      0,
    )
    .addOption(
      new Option('--encoding <encoding>', 'how pictures travel').choices(['jpeg', 'rgb24']).default('jpeg'),
    )
    .addOption(
      new Option('--transport <transport>', 'how RTSP travels').choices(['tcp', 'udp']).default('tcp'),
    )
    .option('--start <instant>', 'files: capture time of the first frame; now when left out')
    .option('--realtime', 'files: play at their own pace')
    .option('--loop', 'files: begin again at the end')
    .option('--json', 'one JSON object')
    .addHelpText('after', help)
    .action(addCamera);
  camera
    .command('list')
    .description('list cameras and how they are')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExample:\n  $ sightline camera list')
    .action((options: { json?: boolean }) =>
      withStore((store, config) => listCameras(store, config, options.json === true)),
    );
  registerCameraUpdate(camera);
  camera
    .command('remove')
    .argument('<id>', 'the camera')
    .description('remove a camera; its past counts stay')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  $ sightline camera remove door')
    .action(removeCamera);
};
