import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Ground, PinholeCamera } from './camera.ts';
import type { Drawn } from './shapes.ts';

export const sceneKinds = ['store', 'yard', 'conveyor'] as const;
export type SceneKind = (typeof sceneKinds)[number];

/** Anything that moves and counts. Steps are those of walk.ts, 20 a second. */
export interface Actor {
  /** Unique in the film. */
  readonly id: string;
  readonly className: string;
  /** Where it touches the ground, metres; null while it is not there. */
  anchorAt(step: number): Ground | null;
  drawAt(step: number, object: number): Drawn | null;
}

/** An arrow on the ground from a to b; crossing to its right-hand side in the picture is `in`. */
export interface SceneLine {
  readonly name: string;
  readonly a: Ground;
  readonly b: Ground;
}

export interface SceneZone {
  readonly name: string;
  readonly polygon: readonly Ground[];
}

/** A film before it is painted. */
export interface Scene {
  readonly kind: SceneKind;
  readonly seed: number;
  readonly camera: PinholeCamera;
  readonly fps: number;
  readonly durationMs: number;
  readonly classes: readonly string[];
  readonly lines: readonly SceneLine[];
  readonly zones: readonly SceneZone[];
  readonly actors: readonly Actor[];
  /** What stands still and hides those behind it. */
  readonly statics: readonly Drawn[];
  /** Standard deviation of the sensor's noise, of 255. */
  readonly noise: number;
  /** Brightness by time, about 1. */
  lightAt(step: number): number;
  /** What is behind everything; painted once. */
  paintBackground(context: SKRSContext2D): void;
  /** What moves of the background, such as a belt; painted every frame over it. */
  paintMoving?(context: SKRSContext2D, step: number): void;
  /** Light and air over everything; painted once, laid over every frame. */
  paintAir(context: SKRSContext2D): void;
}
