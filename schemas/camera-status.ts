import type { CameraStatus } from './generated/types.ts';

/** The status of a camera of which only this much is known: all counters 0, no run, no stream, not a file. */
export const blankCameraStatus = (
  known: Pick<CameraStatus, 'cameraId' | 'reporter' | 'reportedAtUs' | 'stateSinceUs' | 'state'> &
    Partial<CameraStatus>,
): CameraStatus => ({
  message: '',
  fpsIn: 0,
  fpsOut: 0,
  framesIn: 0,
  framesOut: 0,
  drops: {},
  reconnects: 0,
  latencyMs: 0,
  codec: '',
  width: 0,
  height: 0,
  runId: '',
  runEpoch: 0,
  position: -1,
  device: '',
  configVersion: 0,
  ...known,
});
