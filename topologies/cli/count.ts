import type { Command } from 'commander';
import { createDwell, dwellState } from '#processors/dwell';
import { createCameraTable, createDriver, topology } from '#runtime';
import { topics } from '#schemas';
import type { CameraDocument, Crossing, Occupancy, Visit } from '#schemas';
import { collectLine, collectZone, documentOfOptions, parseNumber, parseSize } from './geometry-options.ts';
import type { NamedPoints } from './geometry-options.ts';
import { motCameraId, trackRecords } from './mot-records.ts';
import type { MotPicture } from './mot-records.ts';
import { readMot } from './mot.ts';
import type { MotFrames } from './mot.ts';
import { createSummary, summaryText } from './summary.ts';
import type { Summary } from './summary.ts';

/** The second half of `analytics`: tracks in, events out. */
const counting = topology('count')
  .addSource('tracks', topics.tracks)
  .addStateStore('dwell', dwellState)
  .addProcessor('dwell', (store) => createDwell(store), { from: 'tracks', state: 'dwell' })
  .addSink('crossings', topics.crossings, { from: 'dwell', stream: 'crossings' })
  .addSink('visits', topics.visits, { from: 'dwell', stream: 'visits' })
  .addSink('occupancy', topics.occupancy, { from: 'dwell', stream: 'occupancy' });

/** Counts boxes with ids under a document, through the processor that counts live cameras. */
export const countTracks = async (
  document: CameraDocument,
  frames: MotFrames,
  picture: MotPicture,
): Promise<Summary> => {
  const summary = createSummary(document);
  const cameras = createCameraTable();
  cameras.set(document);
  const onOutput = (sink: string, value: unknown): void => {
    if (sink === 'crossings') summary.crossing(value as Crossing);
    if (sink === 'visits') summary.visit(value as Visit);
    if (sink === 'occupancy') summary.occupancy(value as Occupancy);
  };
  const driver = await createDriver(counting, { cameras, onOutput });
  for (const record of trackRecords(frames, picture)) await driver.pipeInput('tracks', record);
  await driver.close();
  const durationMs = Math.round((frames.length * 1000) / picture.fps);
  return summary.finish({ frames: frames.length, durationMs, fps: picture.fps });
};

interface CountOptions {
  tracks: string;
  size: { width: number; height: number };
  fps: number;
  line: NamedPoints[];
  zone: NamedPoints[];
  hysteresis?: number;
  confirmMs?: number;
  graceMs?: number;
  json?: boolean;
}

/** One debounce for both kinds of geometry; none at all means that a single observation is enough. */
const documentOf = (options: CountOptions): CameraDocument =>
  documentOfOptions(
    {
      cameraId: motCameraId,
      siteId: 'file',
      name: options.tracks,
      source: { kind: 'file', url: options.tracks },
    },
    options.line,
    options.zone,
    {
      hysteresis: options.hysteresis,
      confirmMs: options.confirmMs,
      observationsMin: options.confirmMs === 0 ? 1 : undefined,
      enterMs: options.confirmMs,
      graceMs: options.graceMs,
    },
  );

const runCount = async (options: CountOptions): Promise<void> => {
  const document = documentOf(options);
  const rows = await readMot(options.tracks);
  const counted = rows.map((frame) => frame.filter((row) => row.weight !== 0));
  const summary = await countTracks(document, counted, { ...options.size, fps: options.fps });
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
};

const help = `
Coordinates of lines and zones are shares of the picture, 0 to 1, origin top left. A line is an arrow: from its left
to its right-hand side on the picture is "in". Rows whose seventh field is 0 are ignored; ids are trusted.

Examples:
  sightline count --tracks gt.txt --size 768x576 --fps 7 --line door:0.5,0,0.5,1
  sightline count --tracks gt.txt --size 768x576 --fps 7 --zone 'till:0.1,0.4;0.5,0.4;0.5,0.9;0.1,0.9' --json
  sightline count --tracks gt.txt --size 768x576 --fps 7 --line door:0.5,0,0.5,1 \\
    --hysteresis 0 --confirm-ms 0 --grace-ms 0        every bare crossing of the segment
`;

export const registerCount = (program: Command): void => {
  program
    .command('count')
    .description('counts crossings and visits of boxes with ids (MOT format), apart from any tracker')
    .requiredOption('--tracks <file>', 'MOT file: frame,id,left,top,width,height,flag')
    .requiredOption('--size <WxH>', 'pixels of the picture the boxes were drawn on', parseSize)
    .requiredOption('--fps <n>', 'frames per second', parseNumber('--fps', 0.001))
    .option('--line <NAME:x1,y1,x2,y2>', 'a line to cross; may be given again', collectLine, [])
    .option('--zone <NAME:x1,y1;x2,y2;…>', 'a zone to visit; may be given again', collectZone, [])
    .option(
      '--hysteresis <h>',
      'half-width of the band around a line, picture heights',
      parseNumber('--hysteresis', 0),
    )
    .option(
      '--confirm-ms <n>',
      'time the far side of a line, or a zone, must be held',
      parseNumber('--confirm-ms', 0, true),
    )
    .option(
      '--grace-ms <n>',
      'time unseen or outside before a visit ends',
      parseNumber('--grace-ms', 0, true),
    )
    .option('--json', 'one JSON object instead of a table')
    .addHelpText('after', help)
    .action(runCount);
};
