import type { DetectedFrame, DetectionRecord, Track, TrackRecord } from '#schemas';
import { defaults } from '#schemas/defaults.ts';
import type { Processor, ProcessorContext, RecordMetadata, StateStore } from '#processor';
import { createTracker } from './tracker.ts';
import { admit, emptyState } from './runs.ts';
import { trackDefaults } from './settings.ts';
import type { TrackSettings } from './settings.ts';
import type { TrackState } from './state.ts';

/** What a caller may change; everything else is `trackDefaults`. */
export type TrackOptions = Partial<TrackSettings>;

/** A live record is late when the broker appended it long after its capture; a file can never be late. */
const isLate = (record: DetectionRecord, metadata: RecordMetadata): boolean =>
  record.live && metadata.appendedAtUs - record.capturedAtUs > defaults.lateAfterMs * 1000;

/**
 * Detections in, tracks out: one TrackRecord for every record that is admitted, ticks, silence and run ends
 * included. Resends, records of replaced decoders and records after the end of a run are dropped (runs.ts).
 */
export const createTrack = (
  store: StateStore<TrackState>,
  options: TrackOptions = {},
): Processor<DetectionRecord, { tracks: TrackRecord }> => {
  const tracker = createTracker({ ...trackDefaults, ...options });
  let context: ProcessorContext<{ tracks: TrackRecord }>;

  const frameOf = (frame: DetectedFrame, tracks: Track[]): TrackRecord['frame'] => ({
    width: frame.width,
    height: frame.height,
    fps: frame.fps,
    modelId: frame.modelId,
    stamps: frame.stamps,
    tracks,
  });

  return {
    init(given) {
      context = given;
    },
    process(record, metadata) {
      const state = store.get(record.cameraId) ?? emptyState();
      const admission = admit(state, record);
      if (!admission.admitted) return;
      const ended = [...admission.endedNumbers, ...tracker.expire(state, record.capturedAtUs)];
      const tracks = record.frame && tracker.follow(state, record.frame, record.capturedAtUs, ended);
      if (record.kind === 'runEnded') ended.push(...tracker.endAll(state));
      store.set(record.cameraId, state);
      context.forward('tracks', {
        kind: record.kind,
        cameraId: record.cameraId,
        runId: record.runId,
        runEpoch: record.runEpoch,
        sequence: record.sequence,
        capturedAtUs: record.capturedAtUs,
        live: record.live,
        late: isLate(record, metadata),
        frame: record.frame && frameOf(record.frame, tracks ?? []),
        endedTrackIds: ended.map(String),
        ended: record.ended,
      });
    },
    close() {},
  };
};
