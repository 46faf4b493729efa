import { blankCameraStatus } from '#schemas';
import type { CameraStatus } from '#schemas';
import { wallClockUs } from './clock.ts';
import type { PlayRequest } from './protocol.ts';

/** What one camera's process tells about itself. Changes of state go out at once, counters every so often. */
export interface StatusReporter {
  state(state: string, message?: string): void;
  run(runId: string, runEpoch: number): void;
  stream(codec: string, width: number, height: number): void;
  received(): void;
  sent(latencyMs: number): void;
  dropped(reason: string): void;
  reconnected(): void;
  /** Share of a file done, 0–1. */
  position(share: number): void;
  close(): void;
}

export const blankStatus = (request: PlayRequest): CameraStatus =>
  blankCameraStatus({
    cameraId: request.document.cameraId,
    reporter: 'decode',
    reportedAtUs: wallClockUs(),
    state: 'connecting',
    stateSinceUs: wallClockUs(),
    position: request.document.source.kind === 'rtsp' ? -1 : 0,
    device: request.device,
    configVersion: request.configVersion,
  });

const perSecond = (count: number, durationUs: number): number =>
  durationUs > 0 ? Math.round((count * 1e7) / durationUs) / 10 : 0;

export const createStatus = (request: PlayRequest, send: (status: CameraStatus) => void): StatusReporter => {
  let status = blankStatus(request);
  let last = { atUs: status.reportedAtUs, framesIn: 0, framesOut: 0 };
  const report = (): void => {
    const nowUs = wallClockUs();
    const elapsedUs = nowUs - last.atUs;
    // Rates over a few milliseconds say nothing; a change of state in between keeps the last ones.
    if (elapsedUs >= 500_000) {
      status.fpsIn = perSecond(status.framesIn - last.framesIn, elapsedUs);
      status.fpsOut = perSecond(status.framesOut - last.framesOut, elapsedUs);
      last = { atUs: nowUs, framesIn: status.framesIn, framesOut: status.framesOut };
    }
    send({ ...status, reportedAtUs: nowUs, drops: { ...status.drops } });
  };
  const timer = setInterval(report, request.statusEveryMs);
  return {
    state(state, message = '') {
      if (status.state === state && status.message === message) return;
      const stateSinceUs = status.state === state ? status.stateSinceUs : wallClockUs();
      status = { ...status, state, message, stateSinceUs };
      report();
    },
    run(runId, runEpoch) {
      status = { ...status, runId, runEpoch, framesIn: 0, framesOut: 0, drops: {} };
      last = { atUs: wallClockUs(), framesIn: 0, framesOut: 0 };
    },
    stream(codec, width, height) {
      status = { ...status, codec, width, height };
    },
    received: () => void status.framesIn++,
    sent(latencyMs) {
      status.framesOut++;
      status.latencyMs += (latencyMs - status.latencyMs) * 0.1;
    },
    dropped: (reason) => void (status.drops[reason] = (status.drops[reason] ?? 0) + 1),
    reconnected: () => void status.reconnects++,
    position: (share) => void (status.position = Math.min(1, Math.max(0, share))),
    close: () => clearInterval(timer),
  };
};
