import { createWriteStream, existsSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { modelIdOf } from '#schemas';
import type { Crossing, Occupancy, TrackRecord, Visit } from '#schemas';
import { modelOfScene, requestFilm, sceneNames } from '../eval/film.ts';
import type { SceneName } from '../eval/film.ts';
import { runInMemory } from '../memory-pipeline.ts';
import { UsageError } from './failure.ts';
import { collectLine, collectZone, documentOfOptions, parseNumber } from './geometry-options.ts';
import type { NamedPoints } from './geometry-options.ts';
import { manifestOfFile } from './model.ts';
import { filmsFolder, geometryOfTruth } from './scene-document.ts';
import { createSummary, summaryText } from './summary.ts';

interface AnalyzeOptions {
  model?: string;
  demo?: SceneName;
  seed: number;
  seconds: number;
  modelType?: 'yolox' | 'nanodet';
  line: NamedPoints[];
  zone: NamedPoints[];
  fps: number;
  frameWidth: number;
  encoding: 'rgb24' | 'jpeg';
  cameraId: string;
  start: string;
  events?: string;
  processes?: number;
  json?: boolean;
}

const checkedPath = (what: string, path: string): string => {
  if (!existsSync(path)) throw new UsageError(`${what} ${path} does not exist: check the path`);
  return resolve(path);
};

const startOf = (text: string): number => {
  const atMs = Date.parse(text);
  if (Number.isFinite(atMs) && atMs >= 0) return atMs * 1000;
  throw new UsageError(`--start ${text}: write an instant such as 2026-05-01T08:00:00Z`);
};

const documentOf = (video: string, modelId: string, options: AnalyzeOptions) =>
  documentOfOptions(
    {
      cameraId: options.cameraId,
      siteId: 'file',
      name: basename(video),
      source: {
        kind: statSync(video).isDirectory() ? 'images' : 'file',
        url: video,
        startAtUs: startOf(options.start),
      },
      fps: options.fps,
      frameWidth: options.frameWidth,
      encoding: options.encoding,
      modelId,
    },
    options.line,
    options.zone,
  );

/** A bar on standard error while people watch; nothing when the output is taken by a program. */
const createProgress = (quiet: boolean) => {
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {frames} frames | {speed} fps | {eta_formatted} to go',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  const startedAtMs = performance.now();
  if (!quiet && process.stderr.isTTY) bar.start(1000, 0, { frames: 0, speed: '-' });
  return {
    update(share: number, frames: number): void {
      const speed = Math.round((frames * 1000) / (performance.now() - startedAtMs));
      bar.update(Math.round(Math.max(0, share) * 1000), { frames, speed });
    },
    stop: () => bar.stop(),
  };
};

const eventSinks = ['crossings', 'visits', 'occupancy', 'measures'];

/** A demo scene brings its film, its model, and lines and zones; what was typed goes before them. */
const withDemo = async (path: string | undefined, options: AnalyzeOptions) => {
  if (options.demo === undefined) {
    if (path === undefined) throw new UsageError('name a video, or a scene of the demo with --demo store');
    if (options.model === undefined)
      throw new UsageError('--model FILE is missing: the ONNX file of a detector');
    return { video: checkedPath('the video', path), model: checkedPath('the model', options.model), options };
  }
  if (path !== undefined) throw new UsageError(`--demo brings its own video: leave out ${path} or --demo`);
  const { demo: scene, seed, seconds } = options;
  const { video, truth } = await requestFilm({ scene, seed, seconds, folder: filmsFolder });
  const { lines, zones } = geometryOfTruth(truth);
  return {
    video: resolve(video),
    model: checkedPath('the model', options.model ?? modelOfScene(scene)),
    options: {
      ...options,
      line: options.line.length > 0 ? options.line : lines,
      zone: options.zone.length > 0 ? options.zone : zones,
    },
  };
};

const runAnalyze = async (path: string | undefined, asked: AnalyzeOptions): Promise<void> => {
  const { video, model, options } = await withDemo(path, asked);
  const manifest = await manifestOfFile(model, options.modelType);
  const document = documentOf(video, modelIdOf(manifest), options);
  const summary = createSummary(document);
  const events = options.events === undefined ? undefined : createWriteStream(options.events);
  const progress = createProgress(options.json === true);
  const seen = { frames: 0, fps: options.fps, firstAtUs: 0, lastAtUs: 0, share: 0, warning: '' };

  const takeTracks = (record: TrackRecord): void => {
    if (!record.frame) return;
    if (seen.frames++ === 0) seen.firstAtUs = record.capturedAtUs;
    seen.lastAtUs = record.capturedAtUs;
    seen.fps = record.frame.fps;
    if (seen.frames % 10 === 0) progress.update(seen.share, seen.frames);
  };
  try {
    await runInMemory({
      document,
      models: () => Promise.resolve({ path: model, manifest }),
      ...(options.processes === undefined ? {} : { processes: options.processes }),
      onOutput(sink, value) {
        if (sink === 'tracks') takeTracks(value as TrackRecord);
        if (sink === 'crossings') summary.crossing(value as Crossing);
        if (sink === 'visits') summary.visit(value as Visit);
        if (sink === 'occupancy') summary.occupancy(value as Occupancy);
        if (events && eventSinks.includes(sink))
          events.write(`${JSON.stringify({ topic: sink, ...(value as object) })}\n`);
      },
      onStatus(status) {
        seen.share = status.position;
        if (status.message !== '') seen.warning = status.message;
      },
    });
  } finally {
    progress.stop();
    if (events) {
      events.end();
      await once(events, 'close');
    }
  }
  if (seen.warning !== '') process.stderr.write(`sightline: ${seen.warning}\n`);
  const durationMs =
    seen.frames === 0 ? 0 : Math.round((seen.lastAtUs - seen.firstAtUs) / 1000 + 1000 / seen.fps);
  const result = summary.finish({ frames: seen.frames, durationMs, fps: seen.fps });
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : summaryText(result));
};

const help = `
Coordinates are shares of the picture, 0 to 1, origin top left. A line is an arrow: from its left to its right-hand
side on the picture is "in". A folder is read as pictures in the order of their names.

Examples:
  sightline analyze clip.mp4 --model yolox_nano.onnx --line door:0.5,0,0.5,1
  sightline analyze clip.mp4 --model nanodet_m.onnx --model-type nanodet --zone 'till:0.1,0.4;0.5,0.4;0.5,0.9' --json
  sightline analyze clip.mp4 --model yolox_nano.onnx --line door:0.5,0,0.5,1 --fps 5 --events events.jsonl
  sightline analyze --demo store --seed 7
`;

export const registerAnalyze = (program: Command): void => {
  program
    .command('analyze')
    .argument('[video]', 'a video file, or a folder of pictures')
    .description('counts a video in memory, with the processors of the live cameras')
    .option('--model <file>', 'ONNX file of a detector; a manifest <file>.json beside it is read')
    .addOption(new Option('--demo <scene>', 'a bundled scene instead of a video').choices(sceneNames))
    .option('--seed <n>', 'which film of the scene', parseNumber('--seed', 0, true), 1)
    .option('--seconds <n>', 'length of the film', parseNumber('--seconds', 1, true), 60)
    .option('--model-type <type>', 'yolox or nanodet; recognised by its outputs when left out')
    .option('--line <NAME:x1,y1,x2,y2>', 'a line to cross; may be given again', collectLine, [])
    .option('--zone <NAME:x1,y1;x2,y2;…>', 'a zone to visit; may be given again', collectZone, [])
    .option('--fps <n>', 'frames per second to look at; 0 takes every frame', parseNumber('--fps', 0), 0)
    .option(
      '--frame-width <n>',
      'scale pictures down to this width; 0 keeps it',
      parseNumber('--frame-width', 0, true),
      0,
    )
    .option(
      '--encoding <encoding>',
      'how frames reach the model: rgb24, or jpeg as on the frames topic',
      'rgb24',
    )
    .option('--camera-id <id>', 'cameraId in the events', 'video')
    .option('--start <instant>', 'capture time of the first frame', '1970-01-01T00:00:00Z')
    .option('--events <file>', 'writes every event as a JSON line')
    .option(
      '--processes <n>',
      'model processes; one a core when left out',
      parseNumber('--processes', 1, true),
    )
    .option('--json', 'one JSON object instead of a table')
    .addHelpText('after', help)
    .action(runAnalyze);
};
