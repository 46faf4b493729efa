import { defaults } from '#schemas';
import type { DetectionRecord } from '#schemas';

/**
 * Which live runs have gone silent. Quiet time is only what the broker answered for: while it is away nobody can
 * be heard, which says nothing about a camera.
 */
export interface SilenceJudge {
  /** A record of a partition that is watched, in order. */
  heard(record: DetectionRecord, ageMs: number): void;
  /** So much time has passed with the broker answering; the silences to be written now. */
  passed(durationMs: number): DetectionRecord[];
  /** The partition is another's: its runs are forgotten. */
  forget(isGone: (cameraId: string) => boolean): void;
}

interface Run {
  /** The last thing the camera said. */
  readonly last: DetectionRecord;
  quietMs: number;
  /** Quiet time of the last silence that was written. */
  toldMs: number;
}

/** Longest stay that a zone may keep open without an observation, and a little more: then there is nothing to end. */
const toldMsMax = 660_000;
/** Live cameras watched at once; beyond it the one heard of first is no longer watched. */
const camerasMax = 10_000;

const silenceOf = ({ last, quietMs }: Run): DetectionRecord => ({
  ...last,
  kind: 'silence',
  capturedAtUs: last.capturedAtUs + quietMs * 1000,
  frame: null,
  ended: null,
});

export const createSilenceJudge = (silenceAfterMs: number = defaults.silenceAfterMs): SilenceJudge => {
  const runs = new Map<string, Run>();

  const hearSilence = (record: DetectionRecord): void => {
    const run = runs.get(record.cameraId);
    if (run?.last.runId !== record.runId) return;
    // Written by the owner before: going on from there keeps the run's time from stepping back.
    const toldMs = Math.round((record.capturedAtUs - run.last.capturedAtUs) / 1000);
    run.toldMs = Math.max(run.toldMs, toldMs);
    run.quietMs = Math.max(run.quietMs, toldMs);
  };
  return {
    heard(record, ageMs) {
      const { cameraId, kind, live, runEpoch } = record;
      if (!live || ageMs > toldMsMax) return;
      if (kind === 'silence') return hearSilence(record);
      const known = runs.get(cameraId);
      if (known && known.last.runEpoch > runEpoch) return;
      runs.delete(cameraId);
      if (kind === 'runEnded') return;
      runs.set(cameraId, { last: { ...record, frame: null }, quietMs: 0, toldMs: 0 });
      const oldest = runs.keys().next().value;
      if (runs.size > camerasMax && oldest !== undefined) runs.delete(oldest);
    },
    passed(durationMs) {
      const silences: DetectionRecord[] = [];
      for (const [cameraId, run] of runs) {
        run.quietMs += durationMs;
        if (run.quietMs - run.toldMs < silenceAfterMs) continue;
        run.toldMs = run.quietMs;
        silences.push(silenceOf(run));
        if (run.toldMs >= toldMsMax) runs.delete(cameraId);
      }
      return silences;
    },
    forget(isGone) {
      for (const cameraId of runs.keys()) if (isGone(cameraId)) runs.delete(cameraId);
    },
  };
};
