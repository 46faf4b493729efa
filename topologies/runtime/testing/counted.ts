import type { Processor, ProcessorContext, StateCodec, StateStore } from '#processor';
import { topics } from '#schemas';
import type { DetectionRecord, Occupancy, TrackRecord } from '#schemas';
import { topology } from '../topology.ts';

/**
 * A topology whose results show every record lost, doubled or out of order: `track` numbers the records of each
 * camera, `dwell` numbers what `track` wrote. Two processors with state, on the real topics and schemas.
 */
interface Count {
  count: number;
}
const countCodec: StateCodec<Count> = {
  encode: ({ count }) => Buffer.from(String(count)),
  decode: (bytes) => ({ count: Number(Buffer.from(bytes).toString()) }),
};

/** The second record of this camera makes its processor throw. */
export const poisonCamera = 'poison';

const next = (store: StateStore<Count>, cameraId: string): number => {
  const state = store.get(cameraId) ?? { count: 0 };
  state.count++;
  store.set(cameraId, state);
  return state.count;
};

const createCount = (store: StateStore<Count>): Processor<DetectionRecord, { tracks: TrackRecord }> => {
  let context: ProcessorContext<{ tracks: TrackRecord }>;
  return {
    init(given) {
      context = given;
    },
    process({ frame: _frame, ...record }) {
      if (record.cameraId === poisonCamera && record.sequence === 1) throw new RangeError('poisoned');
      const runEpoch = next(store, record.cameraId);
      context.forward('tracks', { ...record, runEpoch, late: false, frame: null, endedTrackIds: [] });
    },
    close() {},
  };
};

const occupancyOf = (record: TrackRecord, count: number): Occupancy => ({
  eventId: `${record.cameraId}:${record.sequence}:${record.runEpoch}`,
  cameraId: record.cameraId,
  siteId: 'site',
  runId: record.runId,
  zoneId: 'zone',
  zoneName: 'zone',
  count,
  changedAtUs: record.capturedAtUs,
  configVersion: 0,
  late: false,
  observedAtUs: record.capturedAtUs,
  stamps: null,
});

const createRecount = (store: StateStore<Count>): Processor<TrackRecord, { occupancy: Occupancy }> => {
  let context: ProcessorContext<{ occupancy: Occupancy }>;
  return {
    init(given) {
      context = given;
    },
    process(record) {
      context.forward('occupancy', occupancyOf(record, next(store, record.cameraId)));
    },
    close() {},
  };
};

export const counted = topology('counted')
  .addSource('detections', topics.detections)
  .addStateStore('track', countCodec)
  .addStateStore('dwell', countCodec)
  .addProcessor('track', (store) => createCount(store), { from: 'detections', state: 'track' })
  .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' })
  .addProcessor('dwell', (store) => createRecount(store), { from: 'track', stream: 'tracks', state: 'dwell' })
  .addSink('occupancy', topics.occupancy, { from: 'dwell', stream: 'occupancy' });

/** Passes records on after a while, later ones sometimes sooner: what a model does that has several at once. */
const createPass = (): Processor<DetectionRecord, { occupancy: Occupancy }> => {
  let context: ProcessorContext<{ occupancy: Occupancy }>;
  return {
    init(given) {
      context = given;
    },
    async process(record) {
      await new Promise((resolve) => setTimeout(resolve, record.sequence % 7));
      const track = { ...record, late: false, frame: null, endedTrackIds: [] };
      context.forward('occupancy', occupancyOf(track, record.sequence));
    },
    close() {},
  };
};

export const passed = topology('passed')
  .addSource('detections', topics.detections, { guarantee: 'at-least-once' })
  .addProcessor('pass', () => createPass(), { from: 'detections', concurrent: true })
  .addSink('occupancy', topics.occupancy, { from: 'pass', stream: 'occupancy' });

export const topologiesByName = { counted, passed };
export type TestTopology = keyof typeof topologiesByName;
