import { createCanvas } from '@napi-rs/canvas';
import type { Canvas } from '@napi-rs/canvas';
import type { Scene } from './scene.ts';
import type { Drawn } from './shapes.ts';
import { createMask } from './mask.ts';
import type { Visible } from './mask.ts';
import { paintDrawn, paintShadow } from './paint.ts';
import { createRandom } from './random.ts';
import { stepsPerSecond } from './walk.ts';

/** One frame: RGBA, valid until the next one is made, and what can be seen of each actor. */
export interface Picture {
  readonly step: number;
  readonly rgba: Uint8ClampedArray;
  readonly visible: readonly Visible[];
}

const noiseSide = 509;

/** Bell-shaped noise, laid over every frame at another place. */
const noiseTile = (deviation: number, seed: number): Int8Array => {
  const random = createRandom(seed).fork('noise');
  return Int8Array.from({ length: noiseSide * noiseSide }, () => {
    const bell = random.next() + random.next() + random.next() + random.next() - 2;
    return Math.round(bell * deviation * 1.73);
  });
};

const layerOf = (scene: Scene, paint: (canvas: Canvas) => void): Canvas => {
  const canvas = createCanvas(scene.camera.width, scene.camera.height);
  paint(canvas);
  return canvas;
};

const stepOf = (scene: Scene, index: number): number => Math.round((index * stepsPerSecond) / scene.fps);

/** Everything that stands in the picture at that step, from far to near. */
const drawnAt = (scene: Scene, step: number): Drawn[] =>
  scene.actors
    .map((actor, object) => actor.drawAt(step, object))
    .filter((item): item is Drawn => item !== null)
    .concat(scene.statics)
    .sort((a, b) => b.depth - a.depth);

/** What can be seen in each frame, without painting any. */
export const createLooks = (scene: Scene) => {
  const mask = createMask(scene.camera.width, scene.camera.height);
  return {
    count: Math.floor((scene.durationMs / 1000) * scene.fps),
    look(index: number): Omit<Picture, 'rgba'> {
      const step = stepOf(scene, index);
      return { step, visible: mask.look(drawnAt(scene, step), scene.actors.length) };
    },
  };
};

/** Paints frames of a scene, in any order; frame n is the same whatever was painted before. */
export const createFrames = (scene: Scene) => {
  const { width, height } = scene.camera;
  const background = layerOf(scene, (canvas) => scene.paintBackground(canvas.getContext('2d')));
  const air = layerOf(scene, (canvas) => scene.paintAir(canvas.getContext('2d')));
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const mask = createMask(width, height);
  const noise = noiseTile(scene.noise, scene.seed);

  const develop = (rgba: Uint8ClampedArray, step: number): void => {
    const light = scene.lightAt(step);
    let at = Math.imul(step + 1, 7919) % noise.length;
    for (let index = 0; index < rgba.length; index += 4) {
      const grain = noise[at] as number;
      if (++at === noise.length) at = 0;
      rgba[index] = (rgba[index] as number) * light + grain;
      rgba[index + 1] = (rgba[index + 1] as number) * light + grain;
      rgba[index + 2] = (rgba[index + 2] as number) * light + grain;
    }
  };

  return {
    count: Math.floor((scene.durationMs / 1000) * scene.fps),
    frame(index: number): Picture {
      const step = stepOf(scene, index);
      const drawn = drawnAt(scene, step);
      context.drawImage(background, 0, 0);
      scene.paintMoving?.(context, step);
      for (const item of drawn) paintShadow(context, item);
      for (const item of drawn) paintDrawn(context, item);
      context.drawImage(air, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      develop(data, step);
      return { step, rgba: data, visible: mask.look(drawn, scene.actors.length) };
    },
  };
};
