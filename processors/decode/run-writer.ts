import type { FrameRecord } from '#schemas';
import { wallClockUs } from './clock.ts';
import type { Picture } from './port.ts';
import type { FromCamera, PlayRequest } from './protocol.ts';
import type { RunTimeline, Stamp } from './run-timeline.ts';
import { createTimeline } from './run-timeline.ts';
import type { DecodeCheckpoint, SourcePosition, TimelineState } from './types.ts';

/** One run as it begins or goes on. */
export interface RunStart {
  readonly runId: string;
  readonly runEpoch: number;
  readonly timeline: TimelineState;
  readonly position: SourcePosition;
}

/** What stays the same for every frame of a run. */
export interface RunPicture {
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** Frames a second the run aims at. */
  readonly fps: number;
}

/** Turns stamps and pictures into records, each with the checkpoint right after it. */
export interface RunWriter {
  readonly timeline: RunTimeline;
  /** Announces the run before its first record, so that the host can keep its epoch. */
  announce(): void;
  /** Sends the ticks due before that capture time. */
  ticks(capturedAtUs: number): void;
  /** The record of a frame, for the caller to send. */
  frame(stamp: Stamp, picture: Picture, of: RunPicture, position: SourcePosition): FromCamera;
  ended(capturedAtUs: number, reason: string, position: SourcePosition): void;
}

export const runIdOf = (cameraId: string, runEpoch: number): string => `${cameraId}-${runEpoch}`;

/** Frames a second after thinning, for a document's wish and a source's rate; 0 when neither is known. */
export const aimedFps = (wanted: number, source: number): number =>
  wanted > 0 && source > 0 ? Math.min(wanted, source) : wanted || source;

export const createRunWriter = (
  request: PlayRequest,
  run: RunStart,
  send: (message: FromCamera) => void,
): RunWriter => {
  const { cameraId, source, fps, encoding } = request.document;
  const live = source.kind === 'rtsp';
  const timeline = createTimeline(run.timeline, fps);
  const checkpoint = (sequence: number, position: SourcePosition, ended: boolean): DecodeCheckpoint => ({
    cameraId,
    url: source.url,
    runId: run.runId,
    runEpoch: run.runEpoch,
    sequence,
    ended,
    live,
    timeline: timeline.state,
    position,
  });
  const record = (kind: string, stamp: Stamp, rest: Partial<FrameRecord>): FrameRecord => ({
    kind,
    cameraId,
    runId: run.runId,
    runEpoch: run.runEpoch,
    sequence: stamp.sequence,
    capturedAtUs: stamp.capturedAtUs,
    live,
    frame: null,
    ended: null,
    ...rest,
  });
  const ticks = (capturedAtUs: number): void => {
    for (const stamp of timeline.ticksBefore(capturedAtUs))
      send({ kind: 'record', record: record('tick', stamp, {}), checkpoint: null });
  };
  return {
    timeline,
    announce: () => send({ kind: 'run', checkpoint: checkpoint(-1, run.position, false) }),
    ticks,
    frame(stamp, { width, height, data }, of, position) {
      const frame = { encoding, width, height, ...of, decodedAtUs: wallClockUs(), data };
      return {
        kind: 'record',
        record: record('frame', stamp, { frame }),
        checkpoint: checkpoint(stamp.sequence, position, false),
      };
    },
    ended(capturedAtUs, reason, position) {
      ticks(capturedAtUs);
      const stamp = timeline.stamp(capturedAtUs);
      send({
        kind: 'record',
        record: record('runEnded', stamp, { ended: { reason } }),
        checkpoint: checkpoint(stamp.sequence, position, true),
      });
    },
  };
};
