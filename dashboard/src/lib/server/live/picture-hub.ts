import sharp from 'sharp';
import type { FrameRecord, TrackRecord } from '#schemas';
import { nowMs } from '#runtime';
import { createPairing, pairingDefaults } from './pairing.ts';
import type { PairedPicture } from './pairing.ts';
import { encodePicture, headerOf } from './picture-message.ts';

/**
 * The newest picture of each camera that somebody looks at. A viewer gets the newest one when it has room for it and
 * never what came in between; nothing is queued for anybody.
 */
export interface PictureHub {
  heardFrame(record: FrameRecord): void;
  heardTracks(record: TrackRecord): void;
  /** Calls `ready` when there is a newer picture than the last taken. */
  watch(cameraId: string, ready: () => void): Viewer;
  watched(): ReadonlySet<string>;
  figures(): { skipped: number; unpaired: number };
}

export interface Viewer {
  /** The newest message, encoded once for all viewers; undefined when this viewer has it already. */
  take(): Promise<Buffer> | undefined;
  leave(): void;
}

interface CameraPictures {
  readonly pairing: ReturnType<typeof createPairing>;
  readonly viewers: Set<() => void>;
  newest: PairedPicture | undefined;
  encoded: Promise<Buffer> | undefined;
  timer: NodeJS.Timeout | undefined;
}

const rawQuality = 75;

const jpegOf = async ({ frame }: FrameRecord): Promise<Uint8Array> => {
  if (!frame) throw new TypeError('a frame record without a picture');
  if (frame.encoding === 'jpeg') return frame.data;
  const { width, height, data } = frame;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: rawQuality })
    .toBuffer();
};

const encode = async (pair: PairedPicture): Promise<Buffer> =>
  encodePicture(headerOf(pair), await jpegOf(pair.frame));

export const createPictureHub = (): PictureHub => {
  /** Only cameras with viewers; the last one to leave takes it along. */
  const cameras = new Map<string, CameraPictures>();
  let skipped = 0;

  const show = (camera: CameraPictures, pair: PairedPicture | undefined): void => {
    if (!pair) return;
    if (camera.newest && !camera.encoded) skipped++;
    camera.newest = pair;
    camera.encoded = undefined;
    for (const ready of camera.viewers) ready();
  };
  return {
    heardFrame(record) {
      const camera = cameras.get(record.cameraId);
      if (!camera || record.kind !== 'frame') return;
      show(camera, camera.pairing.picture(record, nowMs()));
      camera.timer ??= setTimeout(() => {
        camera.timer = undefined;
        show(camera, camera.pairing.overdue(nowMs()));
      }, 2 * pairingDefaults.bareAfterMs).unref();
    },
    heardTracks(record) {
      const camera = cameras.get(record.cameraId);
      if (camera && record.kind === 'frame') show(camera, camera.pairing.boxes(record, nowMs()));
    },
    watch(cameraId, ready) {
      const camera = cameras.get(cameraId) ?? {
        pairing: createPairing(),
        viewers: new Set<() => void>(),
        newest: undefined,
        encoded: undefined,
        timer: undefined,
      };
      cameras.set(cameraId, camera);
      camera.viewers.add(ready);
      let taken: PairedPicture | undefined;
      return {
        take() {
          if (!camera.newest || camera.newest === taken) return undefined;
          taken = camera.newest;
          camera.encoded ??= encode(taken);
          return camera.encoded;
        },
        leave() {
          camera.viewers.delete(ready);
          if (camera.viewers.size === 0 && cameras.get(cameraId) === camera) cameras.delete(cameraId);
        },
      };
    },
    watched: () => new Set(cameras.keys()),
    figures: () => ({
      skipped,
      unpaired: [...cameras.values()].reduce((sum, { pairing }) => sum + pairing.dropped(), 0),
    }),
  };
};
