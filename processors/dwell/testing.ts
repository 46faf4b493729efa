import type { StateStore, VersionedCamera } from '#processor';
import type { CameraDocument, Crossing, Measure, Occupancy, Track, TrackRecord, Visit } from '#schemas';
import { validateCamera } from '#schemas';
import { dwellState } from './codec.ts';
import { createDwell } from './dwell.ts';
import type { DwellOutputs } from './observe.ts';
import type { DwellState } from './state.ts';

/** What tests of this folder share: records in, events out, with the state taken through its bytes where asked. */
export type Output = {
  [Stream in keyof DwellOutputs]: { stream: Stream; value: DwellOutputs[Stream] };
}[keyof DwellOutputs];

export const stamps = { decodedAtUs: 1, inferStartedAtUs: 2, inferredAtUs: 3 };

/** A document of the camera `c`; lines and zones have the bare settings unless they say more. */
export const documentOf = (
  lines: readonly (Partial<CameraDocument['lines'][number]> & { lineId: string })[],
  zones: readonly (Partial<CameraDocument['zones'][number]> & { zoneId: string })[],
): CameraDocument => {
  const validated = validateCamera({
    cameraId: 'c',
    siteId: 's',
    name: 'c',
    source: { kind: 'file', url: 'x' },
    lines: lines.map((line) => ({
      name: line.lineId,
      hysteresis: 0,
      confirmMs: 0,
      observationsMin: 1,
      ...line,
    })),
    zones: zones.map((zone) => ({ name: zone.zoneId, enterMs: 0, graceMs: 0, ...zone })),
  });
  if (!validated.ok) throw new Error(validated.problems.join('; '));
  return validated.value;
};

/** A box whose bottom centre is (x, y). */
export const trackAt = (trackId: string, x: number, y: number, more: Partial<Track> = {}): Track => ({
  trackId,
  state: 'confirmed',
  x1: Math.fround(x - 0.02),
  y1: Math.fround(y - 0.1),
  x2: Math.fround(x + 0.02),
  y2: Math.fround(y),
  confidence: 0.9,
  classId: 0,
  className: 'person',
  firstSeenAtUs: 0,
  ...more,
});

export const recordOf = (atMs: number, more: Partial<TrackRecord> = {}): TrackRecord => ({
  kind: 'tick',
  cameraId: 'c',
  runId: 'r1',
  runEpoch: 1,
  sequence: Math.round(atMs),
  capturedAtUs: Math.round(atMs * 1000),
  live: true,
  late: false,
  frame: null,
  endedTrackIds: [],
  ended: null,
  ...more,
});

export const frameOf = (
  atMs: number,
  tracks: Track[],
  more: Partial<TrackRecord> = {},
  fps = 10,
): TrackRecord =>
  recordOf(atMs, {
    kind: 'frame',
    frame: { width: 100, height: 100, fps, modelId: 'm', stamps, tracks },
    ...more,
  });

export const endOf = (atMs: number, more: Partial<TrackRecord> = {}): TrackRecord =>
  recordOf(atMs, { kind: 'runEnded', ended: { reason: 'endOfFile' }, ...more });

export interface Bench {
  process(record: TrackRecord): Output[];
  /** Takes the state through its bytes, as a restart does. */
  restart(): void;
  state(): DwellState | undefined;
}

export const createBench = (camera: (atUs: number) => VersionedCamera | undefined): Bench => {
  let states = new Map<string, DwellState>();
  let outputs: Output[] = [];
  const store: StateStore<DwellState> = {
    get: (cameraId) => states.get(cameraId),
    set: (cameraId, state) => void states.set(cameraId, state),
    delete: (cameraId) => void states.delete(cameraId),
  };
  const begin = () => {
    const dwell = createDwell(store);
    void dwell.init({
      camera: (_cameraId, atUs) => camera(atUs),
      forward: (stream, value) => void outputs.push({ stream, value } as Output),
    });
    return dwell;
  };
  let dwell = begin();
  return {
    process(record) {
      outputs = [];
      void dwell.process(record, {
        topic: 'tracks',
        partition: 0,
        offset: 0,
        appendedAtUs: record.capturedAtUs,
      });
      return outputs;
    },
    restart() {
      states = new Map([...states].map(([id, state]) => [id, dwellState.decode(dwellState.encode(state))]));
      dwell = begin();
    },
    state: () => states.get('c'),
  };
};

const of =
  <Value>(stream: keyof DwellOutputs) =>
  (outputs: readonly Output[]): Value[] =>
    outputs.filter((output) => output.stream === stream).map(({ value }) => value as Value);

export const crossingsOf = of<Crossing>('crossings');
export const visitsOf = of<Visit>('visits');
export const occupancyOf = of<Occupancy>('occupancy');
export const measuresOf = of<Measure>('measures');

/** Everything that comes of a list of records under one document. */
export const outputsOf = (document: CameraDocument, records: readonly TrackRecord[]): Output[] => {
  const bench = createBench(() => ({ version: 1, document }));
  return records.flatMap((record) => [...bench.process(record)]);
};
