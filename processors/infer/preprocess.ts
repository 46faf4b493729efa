import type { ModelManifest } from '#schemas';
import { fitOf } from './fit.ts';

/** Turns RGB pixels into a model's input: float32 planes, resized, padded, normalised. The tensor is reused. */
export interface Preprocessor {
  readonly tensor: Float32Array;
  fill(rgb: Uint8Array, width: number, height: number): void;
}

/** Source positions and weights of bilinear sampling along one axis, half-pixel centres (as OpenCV's INTER_LINEAR). */
interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

const axisOf = (target: number, source: number, step: number): Axis => {
  const axis = {
    low: new Int32Array(target),
    high: new Int32Array(target),
    share: new Float32Array(target),
  };
  for (let index = 0; index < target; index++) {
    const at = Math.min(source - 1, Math.max(0, ((index + 0.5) * source) / target - 0.5));
    const low = Math.floor(at);
    axis.low[index] = low * step;
    axis.high[index] = Math.min(source - 1, low + 1) * step;
    axis.share[index] = at - low;
  }
  return axis;
};

/** A plane of the tensor: which byte of a pixel it takes, and value × scale + offset. */
interface PlaneRule {
  readonly byte: number;
  readonly scale: number;
  readonly offset: number;
}

const rulesOf = ({ colorOrder, mean, standardDeviation }: ModelManifest): PlaneRule[] =>
  mean.map((value, plane) => {
    const scale = 1 / (standardDeviation[plane] as number);
    return { byte: colorOrder === 'rgb' ? plane : 2 - plane, scale, offset: -value * scale };
  });

const copyPlane = (
  rgb: Uint8Array,
  { byte, scale, offset }: PlaneRule,
  width: number,
  height: number,
  out: Float32Array,
  stride: number,
): void => {
  for (let y = 0; y < height; y++) {
    let from = y * width * 3 + byte;
    const end = y * stride + width;
    for (let to = y * stride; to < end; to++, from += 3) out[to] = (rgb[from] as number) * scale + offset;
  }
};

const resizePlane = (
  rgb: Uint8Array,
  { byte, scale, offset }: PlaneRule,
  columns: Axis,
  rows: Axis,
  out: Float32Array,
  stride: number,
): void => {
  const width = columns.low.length;
  for (let y = 0; y < rows.low.length; y++) {
    const top = (rows.low[y] as number) + byte;
    const bottom = (rows.high[y] as number) + byte;
    const down = rows.share[y] as number;
    for (let x = 0, to = y * stride; x < width; x++, to++) {
      const left = columns.low[x] as number;
      const right = columns.high[x] as number;
      const across = columns.share[x] as number;
      const above = rgb[top + left] as number;
      const below = rgb[bottom + left] as number;
      const upper = above + ((rgb[top + right] as number) - above) * across;
      const lower = below + ((rgb[bottom + right] as number) - below) * across;
      out[to] = (upper + (lower - upper) * down) * scale + offset;
    }
  }
};

export const createPreprocessor = (manifest: ModelManifest): Preprocessor => {
  const { input, padValue } = manifest;
  const area = input.width * input.height;
  const tensor = new Float32Array(area * 3);
  const rules = rulesOf(manifest);
  let size = '';
  let axes: { columns: Axis; rows: Axis } | undefined;
  return {
    tensor,
    fill(rgb, width, height) {
      const fit = fitOf(manifest, width, height);
      const planes = rules.map((rule, plane) => ({
        rule,
        out: tensor.subarray(plane * area, (plane + 1) * area),
      }));
      if (size !== `${width}x${height}`) {
        size = `${width}x${height}`;
        // The padding stays as it is from frame to frame; only a new size moves it.
        for (const { rule, out } of planes) out.fill(padValue * rule.scale + rule.offset);
        const same = fit.width === width && fit.height === height;
        axes = same
          ? undefined
          : { columns: axisOf(fit.width, width, 3), rows: axisOf(fit.height, height, width * 3) };
      }
      for (const { rule, out } of planes) {
        if (axes) resizePlane(rgb, rule, axes.columns, axes.rows, out, input.width);
        else copyPlane(rgb, rule, width, height, out, input.width);
      }
    },
  };
};
