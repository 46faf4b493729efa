import type { Point } from '#schemas';

/** Pixels from..to (to excluded) of one row. */
export interface Span {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Where the polygon's sides pass the height y, pixels, from left to right. */
const crossingsAt = (polygon: readonly Point[], y: number, width: number, height: number): number[] => {
  const crossings: number[] = [];
  for (let index = 0; index < polygon.length; index++) {
    const a = polygon[index] as Point;
    const b = polygon[(index + 1) % polygon.length] as Point;
    const ay = a.y * height;
    const by = b.y * height;
    if (ay <= y === by <= y) continue;
    crossings.push((a.x + ((y - ay) / (by - ay)) * (b.x - a.x)) * width);
  }
  return crossings.sort((left, right) => left - right);
};

/**
 * The pixels of a polygon (0–1) on a picture, by the even-odd rule. Every pixel the polygon's inside touches
 * on three heights of its row is taken, so that a privacy mask never covers less than was drawn.
 */
export const rasterize = (polygon: readonly Point[], width: number, height: number): Span[] => {
  const spans: Span[] = [];
  for (let row = 0; row < height; row++) {
    for (const y of [row + 0.001, row + 0.5, row + 0.999]) {
      const crossings = crossingsAt(polygon, y, width, height);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const from = Math.max(0, Math.floor(crossings[pair] as number));
        const to = Math.min(width, Math.ceil(crossings[pair + 1] as number));
        if (to > from) spans.push({ row, from, to });
      }
    }
  }
  return spans;
};

/** One plane of a picture in memory. */
export interface Plane {
  readonly data: Uint8Array;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Bytes of one pixel. */
  readonly pixelBytes: number;
  /** Picture pixels per plane pixel, as powers of two: 1 for the colour planes of 4:2:0. */
  readonly shift: number;
  /** Value painted. */
  readonly value: number;
}

/** Paints the spans over, on every plane. A colour sample that any masked pixel shares is painted too. */
export const paint = (spans: readonly Span[], planes: readonly Plane[]): void => {
  for (const { data, stride, pixelBytes, shift, value } of planes) {
    const round = (1 << shift) - 1;
    for (const { row, from, to } of spans) {
      const start = (row >> shift) * stride;
      data.fill(value, start + (from >> shift) * pixelBytes, start + ((to + round) >> shift) * pixelBytes);
    }
  }
};
