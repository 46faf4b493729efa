import type { PairedPicture } from './pairing.ts';

/**
 * One message of the picture channel: four bytes with the length of the header (big endian), the header as JSON, and
 * the JPEG. Boxes ride with their picture, so that no client can show them on another.
 */
export interface PictureHeader {
  readonly cameraId: string;
  readonly capturedAtUs: number;
  readonly width: number;
  readonly height: number;
  /** False for a file: then capture time says nothing about delay. */
  readonly live: boolean;
  /** Null: nobody looked at this picture. */
  readonly tracks: readonly PictureTrack[] | null;
}

export interface PictureTrack {
  readonly trackId: string;
  readonly state: string;
  readonly className: string;
  readonly confidence: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

const lengthBytes = 4;

export const headerOf = ({ frame, boxes }: PairedPicture): PictureHeader => ({
  cameraId: frame.cameraId,
  capturedAtUs: frame.capturedAtUs,
  width: frame.frame?.sourceWidth ?? 0,
  height: frame.frame?.sourceHeight ?? 0,
  live: frame.live,
  tracks:
    boxes?.frame?.tracks.map(({ trackId, state, className, confidence, x1, y1, x2, y2 }) => ({
      trackId,
      state,
      className,
      confidence,
      x1,
      y1,
      x2,
      y2,
    })) ?? null,
});

export const encodePicture = (header: PictureHeader, jpeg: Uint8Array): Buffer => {
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, jpeg]);
};
