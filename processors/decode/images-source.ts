import type { CameraRun } from './camera-run.ts';

export const playImages = (_camera: CameraRun): Promise<void> => Promise.resolve();
