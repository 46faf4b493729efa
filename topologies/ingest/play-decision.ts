import type { CameraDocument } from '#schemas';
import { fingerprintOf, isLive, isPlayedHere } from './run-fingerprint.ts';
import type { LedgerEntry } from './run-ledger.ts';

/** What is known of a camera at the moment its owner looks at it. */
export interface CameraSituation {
  readonly cameraId: string;
  /** The version valid now; undefined when the camera is unknown or deleted. */
  readonly document: CameraDocument | undefined;
  readonly entry: LedgerEntry | undefined;
  /** True while this process decodes the entry's run: a live run belongs to the process that captures it. */
  readonly playing: boolean;
  readonly nowUs: number;
  /** True when a camera of this id may have played and been forgotten: epochs must not begin at 1 again. */
  readonly idUsedBefore: boolean;
}

export type PlayDecision =
  /** As it is. */
  | { readonly kind: 'leave' }
  /** The entry's run goes on from its checkpoint. */
  | { readonly kind: 'resume'; readonly entry: LedgerEntry }
  /** A new run; the entry must be kept before its first frame. A run that was alive ends by `reason`. */
  | { readonly kind: 'begin'; readonly entry: LedgerEntry; readonly reason: 'changed' | 'replaced' }
  /** The camera is switched off: its run ends, its epoch is kept. */
  | { readonly kind: 'end'; readonly entry: LedgerEntry; readonly reason: 'changed' }
  /** The camera is gone: its run ends, its entry is deleted. */
  | { readonly kind: 'forget'; readonly entry: LedgerEntry; readonly reason: 'removed' };

/** As `decode` names the runs that it begins itself: a run's name follows from its camera and epoch. */
const runIdOf = (cameraId: string, runEpoch: number): string => `${cameraId}-${runEpoch}`;

const usPerSecond = 1_000_000;

/** When the next run's time begins. Only a loop's next round is moved on: two rounds must not share a moment. */
const startOf = (situation: CameraSituation, document: CameraDocument): number => {
  const { entry, nowUs } = situation;
  const start = document.source.startAtUs ?? nowUs;
  const isNextRound =
    !isLive(document) && entry?.ended === 'endOfFile' && entry.source === fingerprintOf(document).source;
  return isNextRound ? Math.max(start, entry.lastCapturedAtUs + 1) : start;
};

const begin = (situation: CameraSituation, document: CameraDocument): PlayDecision => {
  const fingerprint = fingerprintOf(document);
  const { entry } = situation;
  const firstEpoch = situation.idUsedBefore ? Math.floor(situation.nowUs / usPerSecond) : 1;
  const runEpoch = entry === undefined ? firstEpoch : entry.runEpoch + 1;
  const startedAtUs = startOf(situation, document);
  return {
    kind: 'begin',
    reason: entry !== undefined && entry.decoding === fingerprint.decoding ? 'replaced' : 'changed',
    entry: {
      runId: runIdOf(situation.cameraId, runEpoch),
      runEpoch,
      live: isLive(document),
      ...fingerprint,
      startedAtUs,
      lastCapturedAtUs: startedAtUs,
      checkpoint: null,
      ended: '',
    },
  };
};

/** A file that has ended stays ended, so that a restart does not count its people again. */
const decideEnded = (
  situation: CameraSituation,
  document: CameraDocument,
  entry: LedgerEntry,
): PlayDecision => {
  const isSameSource = entry.source === fingerprintOf(document).source;
  if (isLive(document) || !isSameSource) return begin(situation, document);
  if (entry.ended === 'endOfFile')
    return document.source.loop ? begin(situation, document) : { kind: 'leave' };
  // It never gave a picture (the file was missing, say): nothing would be counted twice. Only a takeover tries again.
  const gaveNothing = entry.ended === 'failed' && entry.checkpoint === null && !situation.playing;
  return gaveNothing || entry.ended === 'changed' ? begin(situation, document) : { kind: 'leave' };
};

/** What to do about a camera, from its document, what is remembered of it and whether it is being played. */
export const decidePlay = (situation: CameraSituation): PlayDecision => {
  const { document, entry } = situation;
  if (document === undefined)
    return entry === undefined ? { kind: 'leave' } : { kind: 'forget', entry, reason: 'removed' };
  if (!isPlayedHere(document))
    return entry === undefined || entry.ended !== ''
      ? { kind: 'leave' }
      : { kind: 'end', entry: { ...entry, ended: 'changed' }, reason: 'changed' };
  if (entry === undefined) return begin(situation, document);
  if (entry.ended !== '') return decideEnded(situation, document, entry);
  if (entry.decoding !== fingerprintOf(document).decoding) return begin(situation, document);
  if (situation.playing) return { kind: 'leave' };
  return entry.live ? begin(situation, document) : { kind: 'resume', entry };
};
