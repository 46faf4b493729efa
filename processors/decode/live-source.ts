import type { CameraRun } from './camera-run.ts';

export const playLive = (_camera: CameraRun): Promise<void> => Promise.resolve();
