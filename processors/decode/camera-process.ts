import type { CameraStatus, FrameRecord } from '#schemas';
import { backOffMs } from './back-off.ts';
import type { CameraChild } from './camera-child.ts';
import { startChild } from './camera-child.ts';
import { wallClockUs } from './clock.ts';
import type { FromCamera, PlayRequest } from './protocol.ts';
import { runIdOf } from './run-writer.ts';
import { blankStatus } from './status.ts';
import type { DecodeCheckpoint, DecodeOutputs } from './types.ts';

/** One camera being played, whatever happens to its process. */
export interface CameraProcess {
  readonly request: PlayRequest;
  /** Highest epoch this camera has reached. */
  readonly runEpoch: number;
  acknowledge(runId: string, sequence: number): void;
  /** A change that does not touch decoding. */
  configVersion(version: number): void;
  /** Ends the run with this reason and the process for good. Without a reason nothing is forwarded. */
  stop(reason: string | null, state: string): void;
}

type Forward = <Stream extends keyof DecodeOutputs>(stream: Stream, value: DecodeOutputs[Stream]) => void;

interface InFlight {
  readonly runId: string;
  readonly sequence: number;
  readonly checkpoint: DecodeCheckpoint | null;
}

/** A file that kills its process this often without one more record is given up. */
const crashesMax = 3;
const restartMsMax = 30_000;

interface Supervised {
  request: PlayRequest;
  child: CameraChild | undefined;
  /** Nothing is forwarded any more. */
  over: boolean;
  crashes: number;
  retry: NodeJS.Timeout | undefined;
  last: FrameRecord | undefined;
  lastCheckpoint: DecodeCheckpoint | undefined;
  status: CameraStatus;
  /** Records of a file that are not acknowledged, oldest first; at most the window's frames and their ticks. */
  inFlight: InFlight[];
}

const isLive = (request: PlayRequest): boolean => request.document.source.kind === 'rtsp';

const report = (camera: Supervised, forward: Forward, state: string, message: string): void => {
  const nowUs = wallClockUs();
  camera.status = { ...camera.status, state, message, reportedAtUs: nowUs, stateSinceUs: nowUs };
  forward('status', camera.status);
};

/** Ends an open run on behalf of a process that cannot. */
const endRun = (camera: Supervised, forward: Forward, reason: string): void => {
  const { last } = camera;
  if (!last || last.kind === 'runEnded') return;
  const ended: FrameRecord = {
    ...last,
    kind: 'runEnded',
    sequence: last.sequence + 1,
    capturedAtUs: last.capturedAtUs + 1,
    frame: null,
    ended: { reason },
  };
  camera.last = ended;
  forward('frames', ended);
};

const onRecord = (
  camera: Supervised,
  forward: Forward,
  { record, checkpoint }: Extract<FromCamera, { kind: 'record' }>,
): void => {
  const { last } = camera;
  // A process that came back makes the ticks after its checkpoint again: they were forwarded already.
  if (last?.runId === record.runId && record.sequence <= last.sequence) return;
  camera.crashes = 0;
  // The picture is dropped from what is remembered: only the numbers are needed.
  camera.last = { ...record, frame: null };
  if (checkpoint) camera.lastCheckpoint = checkpoint;
  if (!record.live) camera.inFlight.push({ runId: record.runId, sequence: record.sequence, checkpoint });
  forward('frames', record);
};

const onMessage = (camera: Supervised, forward: Forward, message: FromCamera): void => {
  if (camera.over) return;
  switch (message.kind) {
    case 'record':
      onRecord(camera, forward, message);
      break;
    case 'run':
      camera.lastCheckpoint = message.checkpoint;
      forward('checkpoints', message.checkpoint);
      break;
    case 'status':
      camera.status = { ...message.status, configVersion: camera.request.configVersion };
      forward('status', camera.status);
      break;
    case 'finished':
      camera.over = camera.inFlight.length === 0;
      camera.child?.kill();
      camera.child = undefined;
  }
};

/** What the next process is asked to play: a file goes on after its last record, a live camera begins a new run. */
const requestAfterCrash = (camera: Supervised): PlayRequest => {
  const { request, lastCheckpoint, inFlight } = camera;
  if (!lastCheckpoint) return request;
  const frames = inFlight.filter(({ checkpoint }) => checkpoint && !checkpoint.ended).length;
  const runEpoch = lastCheckpoint.runEpoch + 1;
  return isLive(request)
    ? { ...request, run: { runId: runIdOf(request.document.cameraId, runEpoch), runEpoch } }
    : {
        ...request,
        windowFrames: Math.max(0, request.windowFrames - frames),
        run: { ...request.run, resume: lastCheckpoint },
      };
};

const start = (camera: Supervised, forward: Forward, request: PlayRequest): void => {
  camera.child = startChild(request, {
    onMessage: (message) => onMessage(camera, forward, message),
    onExit(how) {
      camera.child = undefined;
      onCrash(camera, forward, how);
    },
  });
};

const onCrash = (camera: Supervised, forward: Forward, how: string): void => {
  if (camera.over) return;
  camera.crashes++;
  const live = isLive(camera.request);
  if (live) endRun(camera, forward, 'failed');
  if (!live && camera.crashes >= crashesMax) {
    report(camera, forward, 'failed', `the decoder crashed ${crashesMax} times at the same place (${how})`);
    endRun(camera, forward, 'failed');
    return;
  }
  const waitMs = backOffMs(camera.crashes, camera.request.retryAfterMs, restartMsMax);
  report(camera, forward, 'stalled', `the decoder ended (${how}); it starts again in ${waitMs} ms`);
  camera.retry = setTimeout(() => start(camera, forward, requestAfterCrash(camera)), waitMs);
};

const acknowledge = (camera: Supervised, forward: Forward, runId: string, sequence: number): void => {
  let frames = 0;
  let newest: DecodeCheckpoint | undefined;
  for (;;) {
    const first = camera.inFlight[0];
    if (!first || (first.runId === runId && first.sequence > sequence)) break;
    // A record of another run is an older one's only while the acknowledged run is still to come.
    if (first.runId !== runId && !camera.inFlight.some((record) => record.runId === runId)) break;
    camera.inFlight.shift();
    if (first.checkpoint && !first.checkpoint.ended) frames++;
    newest = first.checkpoint ?? newest;
  }
  if (frames > 0) camera.child?.acknowledged(frames);
  if (newest) forward('checkpoints', newest);
};

/** Starts a camera's process and keeps it going until it is stopped or its source is over. */
export const startCamera = (request: PlayRequest, forward: Forward): CameraProcess => {
  const camera: Supervised = {
    request,
    child: undefined,
    over: false,
    crashes: 0,
    retry: undefined,
    last: undefined,
    lastCheckpoint: undefined,
    status: blankStatus(request),
    inFlight: [],
  };
  start(camera, forward, request);
  return {
    get request() {
      return camera.request;
    },
    get runEpoch() {
      return camera.lastCheckpoint?.runEpoch ?? camera.request.run.runEpoch;
    },
    acknowledge: (runId, sequence) => acknowledge(camera, forward, runId, sequence),
    configVersion(version) {
      camera.request = { ...camera.request, configVersion: version };
    },
    stop(reason, state) {
      clearTimeout(camera.retry);
      if (reason !== null && !camera.over) {
        endRun(camera, forward, reason);
        report(camera, forward, state, '');
      }
      camera.over = true;
      camera.child?.kill();
      camera.child = undefined;
    },
  };
};
