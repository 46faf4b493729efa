import { nowUs } from '#runtime';
import { blankCameraStatus } from '#schemas';
import type { CameraStatus, ConfigRecord } from '#schemas';

/**
 * Camera status on its way to the topic, with what only the configuration knows: a document that was refused is
 * reported with the camera it is about, whose last good version stays in use.
 */
export interface StatusReporter {
  report(status: CameraStatus): void;
  onInvalid(record: ConfigRecord, problems: readonly string[]): void;
  onValid(record: ConfigRecord): void;
}

export interface StatusReporterOptions {
  send(status: CameraStatus): void;
  /** Only the owner of a camera speaks for it. */
  isOwned(cameraId: string): boolean;
}

const blankStatus = (cameraId: string): CameraStatus =>
  blankCameraStatus({
    cameraId,
    reporter: 'decode',
    reportedAtUs: nowUs(),
    state: 'failed',
    stateSinceUs: nowUs(),
  });

export const createStatusReporter = ({ send, isOwned }: StatusReporterOptions): StatusReporter => {
  /** By camera; both end with the camera's next good document or its removal. */
  const refused = new Map<string, string>();
  const last = new Map<string, CameraStatus>();

  const withRefusal = (status: CameraStatus): CameraStatus => {
    const refusal = refused.get(status.cameraId);
    if (refusal === undefined) return status;
    return { ...status, message: status.message === '' ? refusal : `${status.message}; ${refusal}` };
  };
  return {
    report(status) {
      if (status.reporter === 'decode') last.set(status.cameraId, status);
      send(status.reporter === 'decode' ? withRefusal(status) : status);
      if (status.state === 'removed') last.delete(status.cameraId);
    },
    onInvalid({ kind, id, version }, problems) {
      if (kind !== 'camera') return;
      const inUse = last.get(id);
      const stays = inUse
        ? `version ${inUse.configVersion} stays in use`
        : 'there is no version to fall back on';
      refused.set(
        id,
        `version ${version} of the configuration was refused (${problems.join('; ')}): ${stays}`,
      );
      if (isOwned(id)) send(withRefusal({ ...(inUse ?? blankStatus(id)), reportedAtUs: nowUs() }));
    },
    onValid({ kind, id }) {
      if (kind === 'camera') refused.delete(id);
    },
  };
};
