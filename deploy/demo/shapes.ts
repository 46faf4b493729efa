import type { Pixel } from './camera.ts';

/**
 * What everything is made of, in pixels. The same shapes are painted and rasterised into the mask, so that truth
 * and picture cannot disagree.
 */
export type Shape =
  | {
      readonly kind: 'capsule';
      readonly a: Pixel;
      readonly b: Pixel;
      readonly radius: number;
      readonly fill: string;
    }
  | { readonly kind: 'polygon'; readonly points: readonly Pixel[]; readonly fill: string }
  | {
      readonly kind: 'ellipse';
      readonly center: Pixel;
      readonly radiusX: number;
      readonly radiusY: number;
      readonly fill: string;
    };

/** Anything with depth: a person, a vehicle, a shelf. Painted from far to near. */
export interface Drawn {
  /** Distance from the camera, metres; the farther is painted first. */
  readonly depth: number;
  /** Index into the frame's objects; −1 for what only hides others. */
  readonly object: number;
  /** The silhouette. */
  readonly shapes: readonly Shape[];
  /** Painted over the silhouette and not part of it: stripes, glints, windows. */
  readonly details?: readonly Shape[];
  /** Soft shadow on the ground, painted before anything that stands on it. */
  readonly shadow?: {
    readonly center: Pixel;
    readonly radiusX: number;
    readonly radiusY: number;
    readonly dark: number;
  };
  /** Seen through this opening only. */
  readonly clip?: readonly Pixel[];
}

export interface Rectangle {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

const parse = (color: string): [number, number, number] => [
  Number.parseInt(color.slice(1, 3), 16),
  Number.parseInt(color.slice(3, 5), 16),
  Number.parseInt(color.slice(5, 7), 16),
];

/** `#rrggbb` times a brightness, or mixed with another colour. */
export const shade = (color: string, factor: number): string =>
  `#${parse(color)
    .map((value) =>
      Math.max(0, Math.min(255, Math.round(value * factor)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

export const mix = (from: string, to: string, share: number): string => {
  const target = parse(to);
  return `#${parse(from)
    .map((value, index) =>
      Math.round(value + ((target[index] ?? 0) - value) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
};
