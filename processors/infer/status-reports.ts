import type { CameraStatus } from '#schemas';
import type { CameraQueue } from './camera-queue.ts';
import { wallClockUs } from './clock.ts';

const perSecond = (count: number, elapsedUs: number): number => Math.round((count * 1e7) / elapsedUs) / 10;

/** Reports each camera that had records since the last report; changes of state are seen within `everyMs`. */
export const createStatusReports = (
  queues: ReadonlyMap<string, CameraQueue>,
  everyMs: number,
  forward: (status: CameraStatus) => void,
): { close(): void } => {
  const counted = new Map<string, { framesIn: number; framesOut: number }>();
  let lastUs = wallClockUs();
  const timer = setInterval(() => {
    const nowUs = wallClockUs();
    for (const { cameraId, status, touched } of queues.values()) {
      if (!touched) continue;
      const before = counted.get(cameraId) ?? { framesIn: 0, framesOut: 0 };
      status.fpsIn = perSecond(status.framesIn - before.framesIn, nowUs - lastUs);
      status.fpsOut = perSecond(status.framesOut - before.framesOut, nowUs - lastUs);
      status.stateSinceUs ||= nowUs;
      counted.set(cameraId, { framesIn: status.framesIn, framesOut: status.framesOut });
      forward({ ...status, reportedAtUs: nowUs, drops: { ...status.drops } });
    }
    for (const queue of queues.values()) queue.touched = false;
    lastUs = nowUs;
  }, everyMs);
  return { close: () => clearInterval(timer) };
};
