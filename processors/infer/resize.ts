import type { Fit } from './fit.ts';

/** One colour's plane of a tensor and its normalisation: value × scale + offset, for bytes also as a table. */
export interface Plane {
  readonly out: Float32Array;
  readonly scale: number;
  readonly offset: number;
  readonly table: Float32Array;
}

export interface Planes {
  readonly red: Plane;
  readonly green: Plane;
  readonly blue: Plane;
  /** Numbers from one row of a plane to the next. */
  readonly stride: number;
}

/** Bilinear resizing about the middles of pixels (as OpenCV's INTER_LINEAR), from RGB bytes to planes. */
export interface Resizer {
  resize(rgb: Uint8Array, planes: Planes): void;
}

/** For each target place along one axis: the two source places around it and the share of the second. */
interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

const axisOf = (target: number, source: number): Axis => {
  const low = new Int32Array(target);
  const high = new Int32Array(target);
  const share = new Float32Array(target);
  for (let index = 0; index < target; index++) {
    const at = Math.min(source - 1, Math.max(0, ((index + 0.5) * source) / target - 0.5));
    low[index] = Math.floor(at);
    high[index] = Math.min(source - 1, Math.floor(at) + 1);
    share[index] = at - Math.floor(at);
  }
  return { low, high, share };
};

/** One source row, resized across: red, green and blue one after the other. */
interface Row {
  index: number;
  readonly values: Float32Array;
}

const across = (rgb: Uint8Array, start: number, { low, high, share }: Axis, values: Float32Array): void => {
  const width = low.length;
  for (let x = 0; x < width; x++) {
    const left = start + (low[x] as number) * 3;
    const right = start + (high[x] as number) * 3;
    const part = share[x] as number;
    const red = rgb[left] as number;
    const green = rgb[left + 1] as number;
    const blue = rgb[left + 2] as number;
    values[x] = red + ((rgb[right] as number) - red) * part;
    values[x + width] = green + ((rgb[right + 1] as number) - green) * part;
    values[x + 2 * width] = blue + ((rgb[right + 2] as number) - blue) * part;
  }
};

/** Writes one row of a plane from the two resized source rows around it. */
const down = (
  top: Float32Array,
  bottom: Float32Array,
  from: number,
  width: number,
  part: number,
  plane: Plane,
  to: number,
): void => {
  const { out, scale, offset } = plane;
  const topScale = scale * (1 - part);
  const bottomScale = scale * part;
  for (let x = 0; x < width; x++)
    out[to + x] = (top[from + x] as number) * topScale + (bottom[from + x] as number) * bottomScale + offset;
};

export const createResizer = (source: Fit, target: Fit): Resizer => {
  const columns = axisOf(target.width, source.width);
  const rows = axisOf(target.height, source.height);
  const { width } = target;
  // Neighbouring rows of the target share source rows: each is resized across once a picture.
  let top: Row = { index: -1, values: new Float32Array(width * 3) };
  let bottom: Row = { index: -1, values: new Float32Array(width * 3) };
  return {
    resize(rgb, { red, green, blue, stride }) {
      top.index = -1;
      bottom.index = -1;
      const load = (row: Row, index: number): void => {
        if (row.index === index) return;
        across(rgb, index * source.width * 3, columns, row.values);
        row.index = index;
      };
      for (let y = 0; y < target.height; y++) {
        const low = rows.low[y] as number;
        if (bottom.index === low) [top, bottom] = [bottom, top];
        load(top, low);
        load(bottom, rows.high[y] as number);
        const part = rows.share[y] as number;
        down(top.values, bottom.values, 0, width, part, red, y * stride);
        down(top.values, bottom.values, width, width, part, green, y * stride);
        down(top.values, bottom.values, 2 * width, width, part, blue, y * stride);
      }
    },
  };
};
