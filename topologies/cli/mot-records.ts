import type { DetectionRecord, RunEnd, TrackRecord } from '#schemas';
import { capturedAtUs, classNameOf, cornersOf } from './mot.ts';
import type { MotFrames, MotRow } from './mot.ts';

/** The picture that MOT boxes were drawn on. */
export interface MotPicture {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** Files are played under this camera and run. */
export const motCameraId = 'file';
const motRunId = 'file-1';

const stamps = { decodedAtUs: 0, inferStartedAtUs: 0, inferredAtUs: 0 };

const header = (frameIndex: number, fps: number) => ({
  cameraId: motCameraId,
  runId: motRunId,
  runEpoch: 1,
  sequence: frameIndex,
  capturedAtUs: capturedAtUs(frameIndex, fps),
  live: false,
});

const ended = (frames: MotFrames, fps: number) => ({
  ...header(frames.length, fps),
  kind: 'runEnded',
  frame: null,
  ended: { reason: 'endOfFile' } satisfies RunEnd,
});

const trackedFrame = (rows: readonly MotRow[], picture: MotPicture): TrackRecord['frame'] => ({
  ...picture,
  modelId: '',
  stamps,
  tracks: rows.map((row) => ({
    trackId: row.id,
    state: 'confirmed',
    ...cornersOf(row, picture),
    confidence: 1,
    classId: Math.max(0, row.classId),
    className: classNameOf(row),
    firstSeenAtUs: 0,
  })),
});

const lastFrames = (frames: MotFrames): Map<string, number> => {
  const last = new Map<string, number>();
  frames.forEach((rows, index) => rows.forEach((row) => last.set(row.id, index)));
  return last;
};

/** Boxes with ids as track records: ids are trusted, so each track is confirmed, and ends after its last row. */
export const trackRecords = function* (frames: MotFrames, picture: MotPicture): Generator<TrackRecord> {
  const last = lastFrames(frames);
  let gone: string[] = [];
  for (const [index, rows] of frames.entries()) {
    yield {
      ...header(index, picture.fps),
      kind: 'frame',
      late: false,
      frame: trackedFrame(rows, picture),
      endedTrackIds: gone,
      ended: null,
    };
    gone = rows.filter((row) => last.get(row.id) === index).map((row) => row.id);
  }
  yield { ...ended(frames, picture.fps), late: false, endedTrackIds: gone };
};

/** Boxes with scores as detection records, the most confident first. */
export const detectionRecords = function* (
  frames: MotFrames,
  picture: MotPicture,
): Generator<DetectionRecord> {
  for (const [index, rows] of frames.entries()) {
    const detections = rows.map((row) => ({
      ...cornersOf(row, picture),
      confidence: Math.fround(Math.min(1, Math.max(0, row.weight))),
      classId: 0,
      className: 'person',
    }));
    yield {
      ...header(index, picture.fps),
      kind: 'frame',
      frame: {
        ...picture,
        modelId: '',
        placement: 'cloud',
        stamps,
        detections: detections.sort((a, b) => b.confidence - a.confidence),
      },
      ended: null,
    };
  }
  yield ended(frames, picture.fps);
};
