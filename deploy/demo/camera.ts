/** A place in the world: metres, x to the right, y away from the camera, z up from the ground. */
export interface World {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}
export interface Ground {
  readonly x: number;
  readonly y: number;
}
/** A place in the picture: pixels, origin top left. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface PinholeCamera {
  readonly width: number;
  readonly height: number;
  project(point: World): Pixel;
  /** Pixels that a metre across has at that place. */
  pixelsPerMetre(point: World): number;
  /** A place on the ground as shares of the picture, 0 to 1. */
  shareOf(ground: Ground): Pixel;
}

export interface CameraPlacement {
  readonly width: number;
  readonly height: number;
  /** Of the lens above the ground, metres. */
  readonly lensHeight: number;
  /** Downwards from the horizon. */
  readonly pitchDegrees: number;
  /** From the left edge of the picture to the right. */
  readonly fieldOfViewDegrees: number;
}

/**
 * A pinhole camera above the origin that looks along y, tilted down.
 *
 *    lens ●╲ pitch                 z
 *         │  ╲                     ↑
 *         │    ╲  optical axis     └→ y
 *   ──────┴──────●──────── ground
 */
export const createPinholeCamera = (placement: CameraPlacement): PinholeCamera => {
  const { width, height, lensHeight } = placement;
  const pitch = (placement.pitchDegrees * Math.PI) / 180;
  const focal = width / 2 / Math.tan((placement.fieldOfViewDegrees * Math.PI) / 360);
  const [sine, cosine] = [Math.sin(pitch), Math.cos(pitch)];
  const depthOf = ({ y, z }: World): number => y * cosine + (lensHeight - z) * sine;
  const project = (point: World): Pixel => {
    const depth = Math.max(0.05, depthOf(point));
    const up = y2up(point, lensHeight, sine, cosine);
    return { x: width / 2 + (focal * point.x) / depth, y: height / 2 - (focal * up) / depth };
  };
  return {
    width,
    height,
    project,
    pixelsPerMetre: (point) => focal / Math.max(0.05, depthOf(point)),
    shareOf(ground) {
      const pixel = project({ ...ground, z: 0 });
      return { x: pixel.x / width, y: pixel.y / height };
    },
  };
};

/** Height of a point above the optical axis, in the camera's own upright. */
const y2up = ({ y, z }: World, lensHeight: number, sine: number, cosine: number): number =>
  y * sine + (z - lensHeight) * cosine;
