import type { CameraDocumentInput, CameraStatus, FrameRecord } from '#schemas';
import { validateCamera } from '#schemas';
import { createDecode } from '../decode.ts';
import type { DecodeCheckpoint, DecodeOptions, DecodeRun } from '../types.ts';

export const dataFolder = new URL('../../../../shared/data/', import.meta.url).pathname;
export const videoPath = (name: string): string => `${dataFolder}video/${name}`;

/** Capture time at which test runs begin. */
export const startAtUs = 1_700_000_000_000_000;

/** A decoder with everything that came out of it. */
export interface Player {
  readonly records: FrameRecord[];
  readonly statuses: CameraStatus[];
  readonly checkpoints: DecodeCheckpoint[];
  /** Resolves once the condition holds; looks at it whenever something comes out. */
  until(what: string, condition: () => boolean): Promise<void>;
  stop(reason: string): void;
  close(): Promise<void>;
}

export interface Play {
  readonly source: CameraDocumentInput['source'];
  readonly document?: Partial<CameraDocumentInput>;
  readonly credentials?: string;
  readonly run?: DecodeRun;
  readonly options?: DecodeOptions;
  /** False: nothing is acknowledged. */
  readonly acknowledge?: boolean;
  readonly onRecord?: (record: FrameRecord) => void;
  readonly cameraId?: string;
}

const metadata = { topic: '', partition: 0, offset: 0, appendedAtUs: 0 };

/** Plays one camera with a real decoder and acknowledges what it sends. */
export const play = ({
  source,
  document,
  credentials,
  run,
  options,
  acknowledge = true,
  onRecord,
  cameraId = 'camera',
}: Play): Player => {
  const valid = validateCamera({ cameraId, siteId: 'site', name: 'camera', source, ...document });
  if (!valid.ok) throw new Error(valid.problems.join('; '));
  const records: FrameRecord[] = [];
  const statuses: CameraStatus[] = [];
  const checkpoints: DecodeCheckpoint[] = [];
  const checks = new Set<() => void>();
  const decode = createDecode({ retryAfterMs: 100, statusEveryMs: 200, ...options });
  void decode.init({
    camera: () => undefined,
    forward(stream, value) {
      if (stream === 'status') statuses.push(value as CameraStatus);
      if (stream === 'checkpoints') checkpoints.push(value as DecodeCheckpoint);
      if (stream === 'frames') {
        const record = value as FrameRecord;
        records.push(record);
        onRecord?.(record);
        const { runId, sequence } = record;
        if (acknowledge) void decode.process({ kind: 'acknowledge', cameraId, runId, sequence }, metadata);
      }
      for (const check of checks) check();
    },
  });
  const first = run ?? { runId: `${cameraId}-1`, runEpoch: 1 };
  void decode.process(
    { kind: 'play', document: valid.value, credentials: credentials ?? null, configVersion: 1, run: first },
    metadata,
  );
  return {
    records,
    statuses,
    checkpoints,
    until: (what, condition) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!condition()) return;
          checks.delete(check);
          clearTimeout(limit);
          resolve();
        };
        const limit = setTimeout(() => {
          const last = statuses.at(-1);
          reject(
            new Error(
              `waited in vain for ${what}; ${records.length} records, last status ${JSON.stringify(last)}`,
            ),
          );
        }, 40_000);
        checks.add(check);
        check();
      }),
    stop: (reason) => void decode.process({ kind: 'stop', cameraId, reason }, metadata),
    close: async () => decode.close(),
  };
};

/** Plays a file or folder to its end. */
export const playToEnd = async (what: Play): Promise<Player> => {
  const player = play(what);
  await player.until('the end', () =>
    ['ended', 'failed', 'unreachable'].includes(player.statuses.at(-1)?.state ?? ''),
  );
  await player.close();
  return player;
};
