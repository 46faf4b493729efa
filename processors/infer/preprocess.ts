import type { ModelManifest } from '#schemas';
import { fitOf } from './fit.ts';
import type { Planes } from './resize.ts';
import { createResizer } from './resize.ts';
import type { Resizer } from './resize.ts';

/** Turns RGB pixels into a model's input: float32 planes, resized, padded, normalised. The tensor is reused. */
export interface Preprocessor {
  readonly tensor: Float32Array;
  fill(rgb: Uint8Array, width: number, height: number): void;
}

/** Copies pixels that need no resizing, all three planes in one pass: twice as fast as one after the other. */
const copy = (rgb: Uint8Array, width: number, height: number, planes: Planes): void => {
  const { red, green, blue, stride } = planes;
  const [redTable, greenTable, blueTable] = [red.table, green.table, blue.table];
  const [redOut, greenOut, blueOut] = [red.out, green.out, blue.out];
  for (let y = 0, from = 0; y < height; y++) {
    const end = y * stride + width;
    for (let to = y * stride; to < end; to++, from += 3) {
      redOut[to] = redTable[rgb[from] as number] as number;
      greenOut[to] = greenTable[rgb[from + 1] as number] as number;
      blueOut[to] = blueTable[rgb[from + 2] as number] as number;
    }
  }
};

/** The three planes of the tensor by colour, each with how it normalises: (value − mean) / deviation. */
const planesOf = (manifest: ModelManifest, tensor: Float32Array): Planes => {
  const { input, colorOrder, mean, standardDeviation } = manifest;
  const area = input.width * input.height;
  const plane = (index: number): Planes['red'] => {
    const scale = 1 / (standardDeviation[index] as number);
    const offset = -(mean[index] as number) * scale;
    return {
      out: tensor.subarray(index * area, (index + 1) * area),
      scale,
      offset,
      table: Float32Array.from({ length: 256 }, (_, value) => value * scale + offset),
    };
  };
  const [red, green, blue] = colorOrder === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  return {
    red: plane(red as number),
    green: plane(green as number),
    blue: plane(blue as number),
    stride: input.width,
  };
};

export const createPreprocessor = (manifest: ModelManifest): Preprocessor => {
  const { input, padValue } = manifest;
  const tensor = new Float32Array(input.width * input.height * 3);
  const planes = planesOf(manifest, tensor);
  let size = '';
  let resizer: Resizer | undefined;
  return {
    tensor,
    fill(rgb, width, height) {
      if (size !== `${width}x${height}`) {
        size = `${width}x${height}`;
        // The padding stays as it is from frame to frame; only a new size moves it.
        for (const { out, scale, offset } of [planes.red, planes.green, planes.blue])
          out.fill(padValue * scale + offset);
        const fit = fitOf(manifest, width, height);
        const isSame = fit.width === width && fit.height === height;
        resizer = isSame ? undefined : createResizer({ width, height }, fit);
      }
      if (resizer) resizer.resize(rgb, planes);
      else copy(rgb, width, height, planes);
    },
  };
};
