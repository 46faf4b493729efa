import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLooks, createFrames } from './frames.ts';
import { sceneKinds } from './scene.ts';
import type { SceneKind } from './scene.ts';
import { createScene } from './scenes.ts';
import { createTruth } from './truth.ts';
import type { Truth } from './truth.ts';

const truthOf = (kind: SceneKind, seed: number, durationMs = 60_000): Truth => {
  const scene = createScene(kind, seed, durationMs);
  const looks = createLooks(scene);
  const truth = createTruth(scene);
  for (let index = 0; index < looks.count; index++) {
    const { step, visible } = looks.look(index);
    truth.add(index, step, visible);
  }
  return truth.finish();
};

/** What the world alone says, without a look at any frame. */
const happenings = (kind: SceneKind, seed: number): Truth => createTruth(createScene(kind, seed)).finish();

const frameHash = (kind: SceneKind, seed: number, frames: readonly number[]): string => {
  const film = createFrames(createScene(kind, seed));
  const hash = createHash('sha256');
  for (const index of frames) hash.update(film.frame(index).rgba);
  return hash.digest('hex');
};

describe('a film', () => {
  it.each(sceneKinds)('of the %s has the same pixels for the same seed, and others for another', (kind) => {
    const first = frameHash(kind, 3, [40, 41]);
    expect(frameHash(kind, 3, [40, 41])).toBe(first);
    expect(frameHash(kind, 4, [40, 41])).not.toBe(first);
  });

  it('has the same frame whatever was painted before', () => {
    const hashes = [[12], [3, 90, 12]].map((frames) => {
      const film = createFrames(createScene('yard', 2));
      let last = '';
      for (const index of frames) last = createHash('sha256').update(film.frame(index).rgba).digest('hex');
      return last;
    });
    expect(hashes[1]).toBe(hashes[0]);
  });
});

describe('the truth', () => {
  it.each(sceneKinds)('of the %s is the same for the same seed', (kind) => {
    expect(truthOf(kind, 5, 2000)).toEqual(truthOf(kind, 5, 2000));
  });

  it.each(sceneKinds)('of the %s has at least 8 crossings in every film', (kind) => {
    for (const seed of [1, 2, 3, 4, 5])
      expect(happenings(kind, seed).crossings.length).toBeGreaterThanOrEqual(8);
  });

  // Parts lie beside each other on a belt; nothing hides them.
  it.each(['store', 'yard'] as const)('of the %s has at least 3 occlusions', (kind) => {
    const truth = truthOf(kind, 1, 12_000);
    expect(truth.occlusions.length).toBeGreaterThanOrEqual(3);
    expect(truth.frames).toHaveLength(120);
  });

  it.each(sceneKinds)('of the %s keeps boxes inside the picture, and each object once', (kind) => {
    for (const { objects } of truthOf(kind, 2, 3000).frames) {
      expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length);
      for (const { box, hiddenShare } of objects) {
        expect(box.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(box[2]).toBeGreaterThan(box[0]);
        expect(box[3]).toBeGreaterThan(box[1]);
        expect(hiddenShare).toBeLessThan(1);
      }
    }
  });

  it('lets nobody cross a line twice in the same direction without going back', () => {
    for (const seed of [1, 2, 3]) {
      const { crossings, lines } = happenings('store', seed);
      for (const { name } of lines)
        for (const id of new Set(crossings.map((crossing) => crossing.id))) {
          const mine = crossings.filter((crossing) => crossing.line === name && crossing.id === id);
          mine.slice(1).forEach(({ direction }, index) => expect(direction).not.toBe(mine[index]?.direction));
        }
    }
  });

  it('counts who comes in through the door as in, and the parts of a belt that runs to the right too', () => {
    const store = happenings('store', 1);
    const first = store.crossings.find(({ line }) => line === 'entrance');
    expect(first?.direction).toBe('in');
    const belt = happenings('conveyor', 1);
    expect(belt.crossings.every(({ direction }) => direction === 'in')).toBe(true);
  });
});
