import type { DetectionRecord } from '#schemas';
import { typicalAtFirst } from './confidence.ts';
import type { TrackState } from './state.ts';

export const emptyState = (): TrackState => ({
  nextTrackNumber: 1,
  typicalConfidence: typicalAtFirst,
  run: null,
  tracks: [],
});

/** Whether a record is looked at; if so, the tracks that ended because it begins a new run. */
export type Admission = { admitted: false } | { admitted: true; endedNumbers: number[] };

const refused: Admission = { admitted: false };

/**
 * One run per camera (DESIGN.md §3). A higher epoch ends the old run with its tracks; a lower one is a replaced
 * decoder that still talks; a sequence not above the last is a resend. An equal epoch under another name is taken
 * only after the run before has ended. Silence was written by the owner of the partition and not by the camera,
 * so it neither has nor uses up a sequence.
 */
export const admit = (state: TrackState, record: DetectionRecord): Admission => {
  const { run } = state;
  const isSame = run !== null && run.runEpoch === record.runEpoch && run.runId === record.runId;
  if (isSame) {
    if (run.ended) return refused;
    if (record.kind === 'silence') return { admitted: true, endedNumbers: [] };
    if (record.sequence <= run.sequence) return refused;
    run.sequence = record.sequence;
    run.ended = record.kind === 'runEnded';
    return { admitted: true, endedNumbers: [] };
  }
  const isNewer =
    run === null || record.runEpoch > run.runEpoch || (run.ended && record.runEpoch === run.runEpoch);
  if (!isNewer) return refused;
  const endedNumbers = state.tracks.map((track) => track.trackNumber);
  state.tracks = [];
  state.run = {
    runId: record.runId,
    runEpoch: record.runEpoch,
    sequence: record.kind === 'silence' ? -1 : record.sequence,
    intervalUs: 0,
    ended: record.kind === 'runEnded',
  };
  return { admitted: true, endedNumbers };
};
