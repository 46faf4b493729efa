import { Buffer } from 'node:buffer';
import avro from 'avsc';
import type { StateCodec } from '#processor';
import type { PathStep } from './path.ts';
import type { DwellState, FollowedTrack, OpenMinute } from './state.ts';

/** First byte of the encoding; a change of layout raises it. */
const layoutVersion = 1;

type Field = { name: string; type: unknown };
const fields = (type: string, ...names: string[]): Field[] => names.map((name) => ({ name, type }));
const record = (name: string, ...lists: Field[][]): object => ({
  type: 'record',
  name,
  fields: lists.flat(),
});
const list = (name: string, items: unknown): Field => ({ name, type: { type: 'array', items } });

const sighting = record('Sighting', fields('long', 'atUs'), fields('float', 'x1', 'y1', 'x2', 'y2'));
const crossing = record(
  'OpenCrossing',
  fields('long', 'lineIndex', 'crossedAtUs'),
  fields('float', 'x', 'y'),
  fields('boolean', 'isBetweenEnds'),
  fields('long', 'heldSinceUs', 'observations'),
);
const stay = record(
  'Stay',
  fields('long', 'zoneIndex', 'enteredAtUs', 'lastInsideAtUs', 'dwellUs'),
  fields('boolean', 'isInside', 'isEntered'),
);
const track = record(
  'FollowedTrack',
  fields('string', 'trackId', 'className'),
  fields('boolean', 'isConfirmed'),
  [list('tentative', sighting), { name: 'last', type: ['null', 'Sighting'] }],
  fields('bytes', 'sides'),
  [list('crossings', crossing), list('stays', stay), list('path', 'long')],
);
const minute = record(
  'OpenMinute',
  fields('long', 'minuteAtUs', 'observedUs', 'frames'),
  fields('boolean', 'isLate'),
  [
    list('zones', record('ZoneSums', fields('long', 'personUs', 'occupancyMax'))),
    list('heat', 'long'),
    list('paths', record('EndedPath', fields('string', 'trackId', 'className'), [list('path', 'long')])),
  ],
);
const layout = avro.Type.forSchema(
  record(
    'DwellState',
    fields('string', 'runId'),
    fields('long', 'runEpoch'),
    fields('boolean', 'isEnded'),
    fields('string', 'siteId'),
    fields('long', 'configVersion'),
    fields('double', 'aspect'),
    fields('long', 'intervalUs', 'lastFrameAtUs', 'judgedAtUs'),
    [
      list('lines', record('LineInForce', fields('string', 'lineId', 'signature'))),
      list(
        'zones',
        record('ZoneInForce', fields('string', 'zoneId', 'signature'), fields('long', 'occupancy')),
      ),
      list('tracks', track),
      list('minutes', minute),
    ],
  ) as avro.Schema,
);

type WrittenTrack = Omit<FollowedTrack, 'sides' | 'path'> & { sides: Buffer; path: number[] };
type WrittenMinute = Omit<OpenMinute, 'heat' | 'paths'> & {
  heat: number[];
  paths: { trackId: string; className: string; path: number[] }[];
};
type WrittenState = Omit<DwellState, 'tracks' | 'minutes'> & {
  tracks: WrittenTrack[];
  minutes: WrittenMinute[];
};

/** Each step as its difference from the one before: small numbers, few bytes. */
const packPath = (path: readonly PathStep[]): number[] =>
  path.flatMap((step, index) => {
    const before = path[index - 1] ?? [0, 0, 0];
    return [step[0] - before[0], step[1] - before[1], step[2] - before[2]];
  });

const unpackPath = (packed: readonly number[]): PathStep[] => {
  const path: PathStep[] = [];
  let [x, y, atMs] = [0, 0, 0];
  for (let index = 0; index < packed.length; index += 3) {
    x += packed[index] as number;
    y += packed[index + 1] as number;
    atMs += packed[index + 2] as number;
    path.push([x, y, atMs]);
  }
  return path;
};

const packTrack = (followed: FollowedTrack): WrittenTrack => ({
  ...followed,
  sides: Buffer.from(followed.sides.map((side) => side + 1)),
  path: packPath(followed.path),
});

const unpackTrack = (written: WrittenTrack): FollowedTrack => ({
  trackId: written.trackId,
  className: written.className,
  isConfirmed: written.isConfirmed,
  tentative: written.tentative.map((entry) => ({ ...entry })),
  last: written.last && { ...written.last },
  sides: [...written.sides].map((side) => side - 1),
  crossings: written.crossings.map((entry) => ({ ...entry })),
  stays: written.stays.map((entry) => ({ ...entry })),
  path: unpackPath(written.path),
});

/** Heat is written by rising cell, so that equal sums give equal bytes whatever the order they were added in. */
const packMinute = (open: OpenMinute): WrittenMinute => ({
  ...open,
  heat: [...open.heat].sort(([a], [b]) => a - b).flat(),
  paths: open.paths.map((ended) => ({ ...ended, path: packPath(ended.path) })),
});

const unpackMinute = (written: WrittenMinute): OpenMinute => {
  const heat = new Map<number, number>();
  for (let index = 0; index < written.heat.length; index += 2)
    heat.set(written.heat[index] as number, written.heat[index + 1] as number);
  return {
    minuteAtUs: written.minuteAtUs,
    observedUs: written.observedUs,
    frames: written.frames,
    isLate: written.isLate,
    zones: written.zones.map((sums) => ({ ...sums })),
    heat,
    paths: written.paths.map((ended) => ({ ...ended, path: unpackPath(ended.path) })),
  };
};

/** Exact: a state read back goes on as if it had never been written. Throws on bytes of another layout. */
export const dwellState: StateCodec<DwellState> = {
  encode: (state) => {
    const written: WrittenState = {
      ...state,
      tracks: state.tracks.map(packTrack),
      minutes: state.minutes.map(packMinute),
    };
    return Buffer.concat([Buffer.of(layoutVersion), layout.toBuffer(written)]);
  },
  decode(bytes) {
    if (bytes[0] !== layoutVersion)
      throw new Error(`state of dwell has layout ${bytes[0]}, this program reads ${layoutVersion}`);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
    const written = layout.fromBuffer(body) as WrittenState;
    return {
      ...written,
      lines: written.lines.map((entry) => ({ ...entry })),
      zones: written.zones.map((entry) => ({ ...entry })),
      tracks: written.tracks.map(unpackTrack),
      minutes: written.minutes.map(unpackMinute),
    };
  },
};
