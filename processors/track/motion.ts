import type { TrackSettings } from './settings.ts';

/**
 * Kalman filter of a box with constant velocity in continuous time (Kalman 1960; white-noise acceleration as
 * in Bar-Shalom, Li & Kirubarajan 2001, §6.2.2). All noise is in heights of the object, so one setting fits near
 * and far; the time step is the capture time that has passed, so it fits every frame rate and every gap. The two
 * centre coordinates share one covariance, and the two sizes another, because their noise is the same.
 *
 * Coordinates are picture heights (x is multiplied by width / height of the picture).
 */
export const motionLength = 14;

/** Layout of a filter state: centre, size, their velocities per second, covariances (pp, pv, vv) of centre and size. */
const [X, Y, W, H, VX, VY, VW, VH, C0, C1, C2, S0, , S2] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
] as const;

const at = (values: Float64Array, index: number): number => values[index] as number;

/** Filter state of an object just seen as centre and size. */
export const beginMotion = (
  x: number,
  y: number,
  width: number,
  height: number,
  settings: TrackSettings,
): Float64Array => {
  const motion = new Float64Array(motionLength);
  motion[X] = x;
  motion[Y] = y;
  motion[W] = width;
  motion[H] = height;
  motion[C0] = (settings.centreNoise * height) ** 2;
  motion[C2] = (settings.velocityNoise * height) ** 2;
  motion[S0] = (settings.sizeNoise * height) ** 2;
  motion[S2] = (settings.velocityNoise * 0.3 * height) ** 2;
  return motion;
};

/**
 * Writes the predicted centre and size after `seconds` to `target` from `offset` on: x, y, width, height, and the
 * variance of the centre. The velocity of an unseen object dies away, so that it does not leave the picture while lost.
 */
export const predictMotion = (
  motion: Float64Array,
  seconds: number,
  settings: TrackSettings,
  target: Float64Array,
  offset: number,
): void => {
  const tau = settings.coastMs / 1000;
  const travel = tau * (1 - Math.exp(-seconds / tau));
  const sizeTravel = Math.min(travel, seconds * 0.5 + 0.05);
  const height = at(motion, H);
  target[offset] = at(motion, X) + at(motion, VX) * travel;
  target[offset + 1] = at(motion, Y) + at(motion, VY) * travel;
  target[offset + 2] = Math.max(at(motion, W) + at(motion, VW) * sizeTravel, at(motion, W) * 0.3);
  target[offset + 3] = Math.max(height + at(motion, VH) * sizeTravel, height * 0.3);
  const drive = (settings.centreDrive * height) ** 2;
  target[offset + 4] =
    at(motion, C0) +
    2 * seconds * at(motion, C1) +
    seconds * seconds * at(motion, C2) +
    (drive * seconds * seconds * seconds) / 3;
};

/**
 * How much a step to (x, y) goes against the way the object is heading: 0 along it, 1 straight back. A slow object
 * or a short step says little, so both fade the answer out.
 */
export const againstHeading = (motion: Float64Array, x: number, y: number, height: number): number => {
  const [velocityX, velocityY] = [at(motion, VX), at(motion, VY)];
  const [stepX, stepY] = [x - at(motion, X), y - at(motion, Y)];
  const speed = Math.hypot(velocityX, velocityY);
  const step = Math.hypot(stepX, stepY);
  if (speed === 0 || step === 0) return 0;
  const cosine = (velocityX * stepX + velocityY * stepY) / (speed * step);
  return ((1 - cosine) / 2) * Math.min(1, step / (0.2 * height)) * Math.min(1, speed / (0.5 * height));
};

/** Carries one covariance (pp, pv, vv from `index` on) forward and folds in a measurement; returns its two gains. */
const fold = (
  motion: Float64Array,
  index: number,
  seconds: number,
  drive: number,
  noise: number,
): [number, number] => {
  const vv = at(motion, index + 2);
  const pv = at(motion, index + 1) + seconds * vv + (drive * seconds * seconds) / 2;
  const pp =
    at(motion, index) +
    2 * seconds * at(motion, index + 1) +
    seconds * seconds * vv +
    (drive * seconds * seconds * seconds) / 3;
  const spread = vv + drive * seconds;
  const positionGain = pp / (pp + noise);
  const velocityGain = pv / (pp + noise);
  motion[index] = (1 - positionGain) * pp;
  motion[index + 1] = (1 - positionGain) * pv;
  motion[index + 2] = spread - velocityGain * pv;
  return [positionGain, velocityGain];
};

/** Folds an observation (centre and size) into the state, `seconds` after the one before. */
export const updateMotion = (
  motion: Float64Array,
  seconds: number,
  x: number,
  y: number,
  width: number,
  height: number,
  settings: TrackSettings,
): void => {
  const scale = at(motion, H);
  const [centreGain, centreVelocityGain] = fold(
    motion,
    C0,
    seconds,
    (settings.centreDrive * scale) ** 2,
    (settings.centreNoise * scale) ** 2,
  );
  const [sizeGain, sizeVelocityGain] = fold(
    motion,
    S0,
    seconds,
    (settings.sizeDrive * scale) ** 2,
    (settings.sizeNoise * scale) ** 2,
  );
  const seen = [x, y, width, height];
  for (let axis = 0; axis < 4; axis++) {
    const [gain, velocityGain] = axis < 2 ? [centreGain, centreVelocityGain] : [sizeGain, sizeVelocityGain];
    const predicted = at(motion, X + axis) + at(motion, VX + axis) * seconds;
    const surprise = (seen[axis] as number) - predicted;
    motion[X + axis] = predicted + gain * surprise;
    motion[VX + axis] = at(motion, VX + axis) + velocityGain * surprise;
  }
  // Nothing seen is smaller than a sliver; a negative size would turn the box inside out.
  motion[W] = Math.max(at(motion, W), width * 0.5);
  motion[H] = Math.max(at(motion, H), height * 0.5);
};
