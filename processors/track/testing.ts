import type { StateStore } from '#processor';
import type { Detection, DetectionRecord, TrackRecord } from '#schemas';
import { trackState } from './state.ts';
import type { TrackState } from './state.ts';
import { createTrack } from './track.ts';
import type { TrackOptions } from './track.ts';

/** What tests of this folder share: records in, records out, with the state taken through its bytes where asked. */
export const detectionAt = (x: number, y: number, more: Partial<Detection> = {}): Detection => ({
  x1: Math.fround(x - 0.03),
  y1: Math.fround(y - 0.1),
  x2: Math.fround(x + 0.03),
  y2: Math.fround(y + 0.1),
  confidence: 0.9,
  classId: 0,
  className: 'person',
  ...more,
});

export const recordOf = (atMs: number, more: Partial<DetectionRecord> = {}): DetectionRecord => ({
  kind: 'tick',
  cameraId: 'c',
  runId: 'r1',
  runEpoch: 1,
  sequence: Math.round(atMs),
  capturedAtUs: Math.round(atMs * 1000),
  live: true,
  frame: null,
  ended: null,
  ...more,
});

const stamps = { decodedAtUs: 1, inferStartedAtUs: 2, inferredAtUs: 3 };

export const frameOf = (
  atMs: number,
  detections: Detection[],
  more: Partial<DetectionRecord> = {},
  fps = 10,
): DetectionRecord =>
  recordOf(atMs, {
    kind: 'frame',
    frame: { width: 1600, height: 900, fps, modelId: 'm', placement: 'cloud', stamps, detections },
    ...more,
  });

export interface Bench {
  process(record: DetectionRecord, appendedAtUs?: number): TrackRecord | undefined;
  /** Takes the state through its bytes, as a restart does. */
  restart(): void;
  state(): TrackState | undefined;
}

export const createBench = (options: TrackOptions = {}): Bench => {
  let states = new Map<string, TrackState>();
  let output: TrackRecord | undefined;
  const store: StateStore<TrackState> = {
    get: (cameraId) => states.get(cameraId),
    set: (cameraId, state) => void states.set(cameraId, state),
    delete: (cameraId) => void states.delete(cameraId),
  };
  const begin = () => {
    const track = createTrack(store, options);
    void track.init({ camera: () => undefined, forward: (_stream, value) => void (output = value) });
    return track;
  };
  let track = begin();
  return {
    process(record, appendedAtUs = record.capturedAtUs) {
      output = undefined;
      void track.process(record, { topic: 'detections', partition: 0, offset: 0, appendedAtUs });
      return output;
    },
    restart() {
      states = new Map([...states].map(([id, state]) => [id, trackState.decode(trackState.encode(state))]));
      track = begin();
    },
    state: () => states.get('c'),
  };
};

/** `id state` of every track of a record. */
export const tracksOf = (record: TrackRecord | undefined): string[] =>
  (record?.frame?.tracks ?? []).map(({ trackId, state }) => `${trackId} ${state}`);
