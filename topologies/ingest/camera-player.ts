import type { DecodeCheckpoint, DecodeCommand } from '#processors/decode';
import type { CameraDocument, FrameRecord } from '#schemas';
import type { VersionedCamera } from '#processor';
import { createAcknowledgementWindow } from './acknowledgement-window.ts';
import type { AcknowledgementWindow } from './acknowledgement-window.ts';
import { decidePlay } from './play-decision.ts';
import type { PlayDecision } from './play-decision.ts';
import type { LedgerEntry } from './run-ledger.ts';

/** What a player reaches outside itself. */
export interface PlayerPorts {
  decode(command: DecodeCommand): void;
  /** Resolves when the entry (or its absence) is kept by the fenced owner of the partition. */
  keep(cameraId: string, entry: LedgerEntry | undefined): Promise<void>;
  keepSoon(cameraId: string, entry: LedgerEntry): void;
  publish(record: FrameRecord): void;
  credentialsOf(document: CameraDocument): string | null;
  onDropped(reason: string): void;
  idUsedBefore(cameraId: string): boolean;
}

/** One camera on the partition that this process owns: which run it is in, and how far a file is safe. */
export interface CameraPlayer {
  readonly cameraId: string;
  readonly entry: LedgerEntry | undefined;
  /** Compares what should be with what is, and acts. Level-triggered: call it again at any time. */
  reconcile(camera: VersionedCamera | undefined, nowUs: number): Promise<void>;
  onRecord(record: FrameRecord, nowMs: number): void;
  onCheckpoint(checkpoint: DecodeCheckpoint): void;
  acknowledge(runId: string, sequence: number, nowMs: number): void;
  /** Plays a file from its checkpoint again when nothing has come back for too long. True when it did. */
  rewindWhenStalled(nowMs: number): boolean;
  /** False while records from the decoder belong to nobody: between a rewind's stop and its play. */
  readonly listening: boolean;
  /** The process goes in peace: a live run ends, a file waits at its checkpoint for the next owner. */
  leave(): void;
}

export interface PlayerOptions {
  readonly cameraId: string;
  readonly entry: LedgerEntry | undefined;
  readonly ports: PlayerPorts;
  /** A file whose frames do not come back as detections for this long is sent again from its checkpoint. */
  readonly resendAfterMs: number;
}

interface Playing {
  readonly camera: VersionedCamera;
  window: AcknowledgementWindow;
  /** Doubles with each rewind that brought nothing, so that a slow model is not drowned in resends. */
  resendAfterMs: number;
  ended: { readonly sequence: number; readonly reason: string } | undefined;
}

interface State {
  readonly options: PlayerOptions;
  entry: LedgerEntry | undefined;
  playing: Playing | undefined;
  muted: boolean;
  /** Records of a run whose epoch is not kept yet. */
  held: FrameRecord[] | undefined;
  busy: boolean;
}

/** Live frames that wait for their run's epoch to be kept, which takes milliseconds; beyond, the oldest goes. */
const heldFramesMax = 32;
const resendAfterMsMax = 10 * 60_000;

const playCommand = (state: State, entry: LedgerEntry, camera: VersionedCamera): DecodeCommand => {
  const { runId, runEpoch, checkpoint, startedAtUs } = entry;
  // A live camera's time begins when its first frame is captured, which only the decoder knows.
  const place = entry.live ? {} : { startedAtUs, ...(checkpoint ? { resume: checkpoint } : {}) };
  return {
    kind: 'play',
    document: camera.document,
    credentials: state.options.ports.credentialsOf(camera.document),
    configVersion: camera.version,
    run: { runId, runEpoch, ...place },
  };
};

const play = (state: State, entry: LedgerEntry, camera: VersionedCamera): void => {
  const { ports, resendAfterMs } = state.options;
  const window = createAcknowledgementWindow(entry.checkpoint?.sequence ?? -1);
  state.playing = { camera, window, resendAfterMs, ended: undefined };
  ports.decode(playCommand(state, entry, camera));
};

const keep = async (state: State, entry: LedgerEntry | undefined): Promise<void> => {
  state.entry = entry;
  await state.options.ports.keep(state.options.cameraId, entry);
};

/** Ends the run at hand: by the decoder when it plays here, else by a run of one record that nobody decoded. */
const end = (state: State, entry: LedgerEntry, reason: string, nowUs: number): LedgerEntry => {
  const { cameraId, ports } = state.options;
  if (state.playing) {
    ports.decode({ kind: 'stop', cameraId, reason });
    state.playing = undefined;
    return entry;
  }
  if (entry.ended !== '') return entry;
  const runEpoch = entry.runEpoch + 1;
  const runId = `${cameraId}-${runEpoch}`;
  const { live } = entry;
  ports.publish({
    kind: 'runEnded',
    cameraId,
    runId,
    runEpoch,
    sequence: 0,
    capturedAtUs: nowUs,
    live,
    frame: null,
    ended: { reason },
  });
  return { ...entry, runId, runEpoch };
};

const act = async (
  state: State,
  decision: PlayDecision,
  camera: VersionedCamera | undefined,
  nowUs: number,
): Promise<void> => {
  switch (decision.kind) {
    case 'leave':
      return;
    case 'forget':
      end(state, decision.entry, decision.reason, nowUs);
      return keep(state, undefined);
    case 'end':
      return keep(state, { ...end(state, decision.entry, decision.reason, nowUs), ended: decision.reason });
    case 'resume':
      if (camera) play(state, decision.entry, camera);
      return;
    case 'begin':
      if (!camera) return;
      // A run of an earlier owner needs no end: the higher epoch ends it.
      if (state.playing) end(state, decision.entry, decision.reason, nowUs);
      await keep(state, decision.entry);
      play(state, decision.entry, camera);
  }
};

/** A version that changes nothing for decoding is passed on, so that camera-status names it. */
const passVersionOn = (state: State, camera: VersionedCamera): void => {
  const { playing, entry } = state;
  if (!playing || !entry || entry.ended !== '' || playing.camera.version === camera.version) return;
  state.playing = { ...playing, camera };
  state.options.ports.decode(playCommand(state, entry, camera));
};

const reconcile = async (state: State, camera: VersionedCamera | undefined, nowUs: number): Promise<void> => {
  if (state.busy) return;
  const decision = decidePlay({
    cameraId: state.options.cameraId,
    document: camera?.document,
    entry: state.entry,
    playing: state.playing !== undefined,
    nowUs,
    idUsedBefore: state.options.ports.idUsedBefore(state.options.cameraId),
  });
  if (decision.kind === 'leave') {
    if (camera?.document.enabled) passVersionOn(state, camera);
    return;
  }
  state.busy = true;
  try {
    await act(state, decision, camera, nowUs);
  } finally {
    state.busy = false;
  }
};

const release = (state: State): void => {
  const held = state.held ?? [];
  state.held = undefined;
  for (const record of held) state.options.ports.publish(record);
};

const hold = (state: State, held: FrameRecord[], record: FrameRecord): void => {
  held.push(record);
  if (!record.live || held.length <= heldFramesMax) return;
  const oldest = held.findIndex(({ kind }) => kind === 'frame');
  if (oldest === -1) return;
  held.splice(oldest, 1);
  state.options.ports.onDropped('epochPending');
};

const onRecord = (state: State, record: FrameRecord, nowMs: number): void => {
  const { entry, playing } = state;
  const { ports, cameraId } = state.options;
  if (state.muted || !entry || record.runId !== entry.runId) return ports.onDropped('otherRun');
  if (playing && record.ended) playing.ended = { sequence: record.sequence, reason: record.ended.reason };
  if (playing && !record.live) {
    const safe = playing.window.safeThrough();
    // Sent again by a rewind although it is safe already: only the decoder's window wants to hear of it.
    if (record.sequence <= safe)
      return ports.decode({ kind: 'acknowledge', cameraId, runId: entry.runId, sequence: safe });
    playing.window.sent(record.sequence, nowMs);
  }
  if (state.held) hold(state, state.held, record);
  else ports.publish(record);
};

/** `decode` announces each run that it begins by itself (a reconnect, a loop): its epoch is kept before its frames go. */
const onAnnounced = (state: State, entry: LedgerEntry, checkpoint: DecodeCheckpoint): void => {
  const { runId, runEpoch, timeline } = checkpoint;
  if (state.playing) {
    state.playing.window = createAcknowledgementWindow();
    state.playing.ended = undefined;
  }
  state.held ??= [];
  const begun: LedgerEntry = {
    ...entry,
    runId,
    runEpoch,
    startedAtUs: timeline.anchorUs,
    lastCapturedAtUs: timeline.anchorUs,
    checkpoint: entry.live ? null : checkpoint,
    ended: '',
  };
  // When it cannot be kept the partition is given up, and with it what is held here.
  keep(state, begun).then(
    () => release(state),
    () => (state.held = []),
  );
};

const onCheckpoint = (state: State, checkpoint: DecodeCheckpoint): void => {
  const { entry, options } = state;
  if (state.muted || !entry) return;
  if (checkpoint.runId !== entry.runId) {
    if (checkpoint.runEpoch > entry.runEpoch) onAnnounced(state, entry, checkpoint);
    return;
  }
  if (entry.live) return;
  state.entry = { ...entry, checkpoint, lastCapturedAtUs: checkpoint.timeline.lastCapturedAtUs };
  options.ports.keepSoon(options.cameraId, state.entry);
};

const acknowledge = (state: State, runId: string, sequence: number, nowMs: number): void => {
  const { entry, playing, options } = state;
  if (!entry || !playing || entry.runId !== runId || entry.live) return;
  if (!playing.window.acknowledge(sequence, nowMs)) return;
  playing.resendAfterMs = options.resendAfterMs;
  const safe = playing.window.safeThrough();
  options.ports.decode({ kind: 'acknowledge', cameraId: options.cameraId, runId, sequence: safe });
  if (playing.ended && safe >= playing.ended.sequence && state.entry) {
    state.entry = { ...state.entry, ended: playing.ended.reason };
    options.ports.keepSoon(options.cameraId, state.entry);
  }
};

const rewindWhenStalled = (state: State, nowMs: number): boolean => {
  const { playing, entry, options } = state;
  if (!playing || !entry || entry.live || state.busy || state.held) return false;
  const waitingSinceMs = playing.window.waitingSinceMs();
  if (waitingSinceMs === undefined || nowMs - waitingSinceMs < playing.resendAfterMs) return false;
  state.muted = true;
  options.ports.decode({ kind: 'stop', cameraId: options.cameraId, reason: 'replaced' });
  state.muted = false;
  playing.window.restartWaiting(nowMs);
  playing.resendAfterMs = Math.min(playing.resendAfterMs * 2, resendAfterMsMax);
  options.ports.decode(playCommand(state, entry, playing.camera));
  return true;
};

export const createCameraPlayer = (options: PlayerOptions): CameraPlayer => {
  const state: State = {
    options,
    entry: options.entry,
    playing: undefined,
    muted: false,
    held: undefined,
    busy: false,
  };
  return {
    cameraId: options.cameraId,
    get entry() {
      return state.entry;
    },
    get listening() {
      return !state.muted;
    },
    reconcile: (camera, nowUs) => reconcile(state, camera, nowUs),
    onRecord: (record, nowMs) => onRecord(state, record, nowMs),
    onCheckpoint: (checkpoint) => onCheckpoint(state, checkpoint),
    acknowledge: (runId, sequence, nowMs) => acknowledge(state, runId, sequence, nowMs),
    rewindWhenStalled: (nowMs) => rewindWhenStalled(state, nowMs),
    leave() {
      if (state.playing && state.entry?.live)
        options.ports.decode({ kind: 'stop', cameraId: options.cameraId, reason: 'replaced' });
      state.playing = undefined;
    },
  };
};
