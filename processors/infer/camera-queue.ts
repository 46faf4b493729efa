import { blankCameraStatus } from '#schemas';
import type { CameraStatus, DetectionRecord, FrameRecord } from '#schemas';
import { wallClockUs } from './clock.ts';

/** One record on its way through: frames wait for the model, ticks and run ends for the frames before them. */
export interface Pending {
  readonly record: FrameRecord;
  /** `loading` its model, `waiting` for a process, `running` in one, `done`. */
  state: 'loading' | 'waiting' | 'running' | 'done';
  /** What goes out when its turn comes; null for a dropped frame. */
  output: DetectionRecord | null;
  attempts: number;
  resolve(): void;
  reject(error: Error): void;
}

/** One camera's records in order. What leaves is in the order of what came, whatever finishes first. */
export interface CameraQueue {
  readonly cameraId: string;
  readonly pending: Pending[];
  status: CameraStatus;
  /** Something happened since the last report. */
  touched: boolean;
}

export const createQueue = (cameraId: string, device: string): CameraQueue => ({
  cameraId,
  pending: [],
  touched: false,
  status: blankCameraStatus({
    cameraId,
    reporter: 'infer',
    reportedAtUs: 0,
    state: 'online',
    stateSinceUs: wallClockUs(),
    device,
  }),
});

/** A record without a picture, as `track` gets it. */
export const passedOn = ({
  kind,
  cameraId,
  runId,
  runEpoch,
  sequence,
  capturedAtUs,
  live,
  ended,
}: FrameRecord): DetectionRecord => ({
  kind,
  cameraId,
  runId,
  runEpoch,
  sequence,
  capturedAtUs,
  live,
  frame: null,
  ended,
});

/** Gives up a frame: its place in the order stays, nothing comes out, the reason is counted. */
export const drop = (queue: CameraQueue, pending: Pending, reason: string): void => {
  pending.state = 'done';
  pending.output = null;
  queue.touched = true;
  queue.status.drops[reason] = (queue.status.drops[reason] ?? 0) + 1;
};

const isHeldBack = ({ state }: Pending): boolean => state === 'waiting' || state === 'loading';

/** Newest wins: of a live camera's waiting frames the oldest beyond the limit are dropped. Files never are. */
export const shed = (queue: CameraQueue, pendingFramesMax: number): void => {
  const held = queue.pending.filter((pending) => pending.record.live && isHeldBack(pending));
  for (const pending of held.slice(0, Math.max(0, held.length - pendingFramesMax)))
    drop(queue, pending, 'modelBusy');
};

/** Lets out everything at the head that is done. */
export const flush = (queue: CameraQueue, forward: (record: DetectionRecord) => void): void => {
  while (queue.pending[0]?.state === 'done') {
    const { output, resolve } = queue.pending.shift() as Pending;
    if (output) forward(output);
    resolve();
  }
};
