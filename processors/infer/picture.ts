import sharp from 'sharp';
import type { EncodedPicture } from './types.ts';

// A model process has one core; more threads here would take another's.
sharp.concurrency(1);
sharp.cache(false);

/** RGB pixels, rows without padding. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Decodes a picture of the frames topic. Throws when it is damaged or not what it says. */
export const decodePicture = async (picture: EncodedPicture): Promise<Pixels> => {
  const { encoding, width, height, data } = picture;
  if (encoding === 'rgb24') {
    const bytes = width * height * 3;
    if (data.length !== bytes)
      throw new Error(`rgb24 of ${width}x${height} is ${bytes} bytes, not ${data.length}`);
    return { width, height, rgb: data };
  }
  if (encoding !== 'jpeg') throw new Error(`unknown picture encoding ${encoding}`);
  const { data: rgb, info } = await sharp(data, { failOn: 'error' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb };
};
