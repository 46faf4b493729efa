import { createConveyor } from './conveyor.ts';
import type { Scene, SceneKind } from './scene.ts';
import { createStore } from './store.ts';
import { createYard } from './yard.ts';

const makers: Readonly<Record<SceneKind, (seed: number, durationMs: number, width: number) => Scene>> = {
  store: createStore,
  yard: createYard,
  conveyor: createConveyor,
};

/** The film of a kind and a seed; width in pixels, a multiple of 32, at 16:9. */
export const createScene = (kind: SceneKind, seed: number, durationMs = 60_000, width = 768): Scene =>
  makers[kind](seed, durationMs, width);
