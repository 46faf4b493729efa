import { validateCamera } from '#schemas';
import type { CameraDocument, ConfigRecord } from '#schemas';
import type { VersionedCamera } from '#processor';

const dayUs = 86_400 * 1_000_000;
/** Versions are kept for records this late, e.g. an edge device that was offline. */
export const versionsKeptDays = 90;
/** A document changed more often than this within the time kept loses its oldest versions. */
export const versionsPerCameraMax = 2_000;

interface Version {
  readonly version: number;
  readonly effectiveFromUs: number;
  /** Undefined: the camera was deleted from here on. */
  readonly document: CameraDocument | undefined;
}

/** Outcome of one record: applied, not for this table, or refused with every problem; then the last good one stays. */
export type Applied =
  { kind: 'applied' } | { kind: 'ignored' } | { kind: 'invalid'; problems: readonly string[] };

/**
 * Every version of every camera's document, so that a record is judged by the version that was valid when it was
 * captured, today or in a replay. Records captured before the first version are judged by the first.
 */
export interface CameraTable {
  /** Takes one record of the config topic; repeats and any order are fine. */
  apply(record: ConfigRecord): Applied;
  /** For what needs no history (tests, `analyze`): this document, for all time. */
  set(document: CameraDocument, version?: number): void;
  at(cameraId: string, atUs: number): VersionedCamera | undefined;
  /** The newest version of every camera that is not deleted. */
  current(): readonly VersionedCamera[];
}

/** Index of the first version that begins after `atUs`. */
const upperBound = (versions: readonly Version[], atUs: number): number => {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((versions[middle] as Version).effectiveFromUs <= atUs) low = middle + 1;
    else high = middle;
  }
  return low;
};

const insert = (versions: Version[], entry: Version): void => {
  const at = versions.findIndex((other) => other.version >= entry.version);
  if (at === -1) versions.push(entry);
  else versions.splice(at, versions[at]?.version === entry.version ? 1 : 0, entry);
  // A later version never holds earlier, even if two clocks wrote them: the order of versions is the truth.
  for (let i = 1; i < versions.length; i++) {
    const [before, after] = [versions[i - 1] as Version, versions[i] as Version];
    if (after.effectiveFromUs < before.effectiveFromUs) {
      versions[i] = { ...after, effectiveFromUs: before.effectiveFromUs };
    }
  }
};

/** Versions that ended before the newest one by more than the time kept; the newest always stays. */
const forget = (versions: Version[]): void => {
  const newest = versions.at(-1) as Version;
  const horizonUs = newest.effectiveFromUs - versionsKeptDays * dayUs;
  const ended = versions.findIndex((_, index) => {
    const next = versions[index + 1];
    return next === undefined || next.effectiveFromUs > horizonUs;
  });
  versions.splice(0, Math.max(ended, versions.length - versionsPerCameraMax));
};

const versioned = (entry: Version | undefined): VersionedCamera | undefined =>
  entry?.document && { version: entry.version, document: entry.document };

export const createCameraTable = (): CameraTable => {
  const cameras = new Map<string, Version[]>();

  const add = (cameraId: string, entry: Version): void => {
    let versions = cameras.get(cameraId);
    if (!versions) cameras.set(cameraId, (versions = []));
    insert(versions, entry);
    forget(versions);
  };

  return {
    apply(record) {
      if (record.kind !== 'camera') return { kind: 'ignored' };
      const { id, version, effectiveFromUs } = record;
      if (record.deleted) {
        add(id, { version, effectiveFromUs, document: undefined });
        return { kind: 'applied' };
      }
      const result = validateCamera(record.camera);
      if (!result.ok) return { kind: 'invalid', problems: result.problems };
      if (result.value.cameraId !== id) return { kind: 'invalid', problems: [`cameraId: must be ${id}`] };
      add(id, { version, effectiveFromUs, document: result.value });
      return { kind: 'applied' };
    },
    set(document, version = 1) {
      cameras.set(document.cameraId, [{ version, effectiveFromUs: 0, document }]);
    },
    at(cameraId, atUs) {
      const versions = cameras.get(cameraId);
      return versions && versioned(versions[Math.max(0, upperBound(versions, atUs) - 1)]);
    },
    current() {
      return [...cameras.values()].flatMap((versions) => versioned(versions.at(-1)) ?? []);
    },
  };
};
