export { startDemo } from './background.ts';
export { makeFilm } from './film.ts';
export { createFrames } from './frames.ts';
export { sceneKinds } from './scene.ts';
export type { Scene, SceneKind } from './scene.ts';
export { createScene } from './scenes.ts';
export { createTruth } from './truth.ts';
export type { Truth } from './truth.ts';
