import { createCanvas } from '@napi-rs/canvas';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFrames } from '../demo/frames.ts';
import { createRandom } from '../demo/random.ts';
import { sceneKinds } from '../demo/scene.ts';
import type { SceneKind } from '../demo/scene.ts';
import { createScene } from '../demo/scenes.ts';

/**
 * Writes single frames with their boxes for training:
 *   node deploy/training/export-frames.ts KIND FIRST_SEED LAST_SEED FRAMES_A_SEED FOLDER
 * JPEG of varying quality stands in for a camera's compression. Labels: one JSON file, boxes in pixels.
 */
const [kindText = '', first, last, perSeed, folder = ''] = process.argv.slice(2);
const kind = sceneKinds.find((known) => known === kindText) as SceneKind | undefined;
if (!kind || folder === '') throw new Error('usage: export-frames.ts KIND FIRST LAST FRAMES_A_SEED FOLDER');
mkdirSync(folder, { recursive: true });

const labels: { file: string; objects: { classId: number; box: number[]; hidden: number }[] }[] = [];
for (let seed = Number(first); seed <= Number(last); seed++) {
  const scene = createScene(kind, seed, 60_000);
  const film = createFrames(scene);
  const random = createRandom(seed).fork('export');
  const canvas = createCanvas(scene.camera.width, scene.camera.height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  for (let taken = 0; taken < Number(perSeed); taken++) {
    const picture = film.frame(random.whole(0, film.count - 1));
    image.data.set(picture.rgba);
    context.putImageData(image, 0, 0);
    const file = `${kind}-${seed}-${taken}.jpg`;
    writeFileSync(join(folder, file), canvas.toBuffer('image/jpeg', random.whole(60, 95)));
    labels.push({
      file,
      objects: picture.visible.flatMap(({ box, hiddenShare }, index) => {
        const className = scene.actors[index]?.className ?? '';
        if (!box) return [];
        return [
          {
            classId: scene.classes.indexOf(className),
            box: [box.x1, box.y1, box.x2, box.y2],
            hidden: Math.round(hiddenShare * 1000) / 1000,
          },
        ];
      }),
    });
  }
  process.stderr.write(`${kind} seed ${seed}\r`);
}
writeFileSync(
  join(folder, `${kind}.json`),
  JSON.stringify({ classes: createScene(kind, 1).classes, frames: labels }),
);
