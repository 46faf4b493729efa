import type { ConfigRecord } from '#schemas';

/**
 * Whether an id may have been another camera's before: that one's runs were forgotten with it, but `track` may
 * remember their epochs, and would take a first epoch for a replaced decoder's.
 */
export interface CameraHistory {
  note(record: ConfigRecord): void;
  idUsedBefore(cameraId: string): boolean;
}

export const createCameraHistory = (): CameraHistory => {
  /** Ids that were deleted, or whose first versions are gone from the topic. Bounded by the ids ever used. */
  const used = new Set<string>();
  const seen = new Set<string>();
  return {
    note({ kind, id, version, deleted }) {
      if (kind !== 'camera') return;
      if (deleted || (version > 1 && !seen.has(id))) used.add(id);
      seen.add(id);
    },
    idUsedBefore: (cameraId) => used.has(cameraId),
  };
};
