import { createPinholeCamera } from './camera.ts';
import type { Ground } from './camera.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import { lookOf } from './people.ts';
import { doorway, paintStore, paintStoreAir, storeStatics } from './store-look.ts';
import { walkAll } from './walk.ts';
import type { Plan, Queue, Task } from './walk.ts';
import { personActor } from './person-actor.ts';

/*
 *  The shop from above, metres; the camera at the origin looks up this page.
 *
 *   13 ┌───────────────────────────────┐  back wall
 *      │        browse                 │
 *    9 ╎ door   ▒▒▒▒▒▒ shelf           │   ╎ the way in, x = −4.6; line "entrance" at x = −3.4
 *    8 ╎        browse                 │
 *    7 │      ▒▒▒▒▒▒ shelf             │
 *    6 ┄line┄  browse                till
 *    5 │        queue ● ● ● ●          │
 */

const frontRow = 6.75;
const rows: readonly {
  readonly y: number;
  readonly x: readonly [number, number];
  readonly facing: Ground;
}[] = [
  { y: frontRow, x: [-1.1, 1.7], facing: { x: 0, y: 1 } },
  { y: 8.6, x: [-1.2, 1.8], facing: { x: 0, y: -1 } },
  { y: 8.75, x: [-0.4, 2.4], facing: { x: 0, y: 1 } },
  { y: 10.9, x: [-0.4, 2.4], facing: { x: 0, y: -1 } },
  { y: 11.6, x: [-1.5, 3.2], facing: { x: 0, y: 1 } },
];

export const storeQueue: Queue = {
  places: [
    { x: 2.15, y: 5.2 },
    { x: 1.3, y: 5.1 },
    { x: 0.45, y: 5.2 },
    { x: -0.4, y: 5.1 },
  ],
  facing: { x: 1, y: 0 },
};

const corridor = (random: Random): number => random.between(-2.55, -2.25);
const go = (x: number, y: number): Task => ({ kind: 'go', to: { x, y } });

/** Along the corridor at the left into a row of shelves, a look at something, and back to the corridor. */
const browse = (random: Random): Task[] => {
  const row = random.pick(rows);
  const x = random.between(row.x[0], row.x[1]);
  const y = row.y + random.between(-0.1, 0.1);
  return [
    go(corridor(random), y),
    go(x, y),
    { kind: 'stay', seconds: random.between(2, 6), facing: row.facing },
    go(corridor(random), y),
  ];
};

const pay = (random: Random): Task[] => [
  go(corridor(random), 5.0),
  { kind: 'queue', seconds: random.between(2.5, 5) },
  go(2.0, 4.25),
  go(-1.2, 4.15),
  go(corridor(random), 4.5),
];

const leave = (random: Random): Task[] => {
  const lane = random.between(7.2, 7.9);
  return [go(corridor(random), lane), go(-4.4, lane), go(-7, lane)];
};

const shopper = (random: Random, atSeconds: number, pays: boolean): Plan => {
  const lane = random.between(8.3, 9.1);
  return {
    atSeconds,
    start: { x: -6.6, y: lane },
    speed: random.between(1.0, 1.35),
    tasks: [
      go(-4.5, lane),
      go(-2.7, lane),
      ...browse(random),
      ...(random.chance(0.35) ? browse(random) : []),
      ...(pays ? pay(random) : []),
      ...leave(random),
    ],
  };
};

/** Somebody who is in the shop when the film begins. */
const early = (random: Random, row: number, pays: boolean): Plan => {
  const { y, x, facing } = rows[row] as (typeof rows)[number];
  const at = { x: random.between(x[0], x[1]), y };
  return {
    atSeconds: 0,
    start: at,
    speed: random.between(1.0, 1.3),
    tasks: [
      { kind: 'stay', seconds: random.between(1.5, 7), facing },
      go(corridor(random), y),
      ...(pays ? pay(random) : browse(random)),
      ...leave(random),
    ],
  };
};

const cashier: Plan = {
  atSeconds: 0,
  start: { x: 3.68, y: 5.8 },
  speed: 1,
  tasks: [{ kind: 'stay', seconds: 10_000, facing: { x: -1, y: -0.25 } }],
};

const plansOf = (random: Random, seconds: number): Plan[] => {
  const plans: Plan[] = [
    cashier,
    early(random, 0, true),
    early(random, random.pick([1, 3]), random.chance(0.6)),
  ];
  let atSeconds = random.between(0.5, 2);
  // Who comes later than this would be cut off in the middle of the line.
  while (atSeconds < seconds - 6) {
    plans.push(shopper(random, atSeconds, random.chance(0.55)));
    atSeconds += random.between(2.6, 6.5);
  }
  return plans;
};

export const createStore = (seed: number, durationMs: number, width: number): Scene => {
  const random = createRandom(seed).fork('store');
  const seconds = durationMs / 1000;
  const camera = createPinholeCamera({
    width,
    height: (width * 9) / 16,
    lensHeight: 3.4,
    pitchDegrees: 25,
    fieldOfViewDegrees: 68,
  });
  const plans = plansOf(random.fork('plans'), seconds);
  const paths = walkAll(plans, storeQueue, seconds, random.fork('walk'));
  const looks = random.fork('looks');
  const opening = doorway(camera);
  const actors = paths.map((path, index) =>
    personActor(camera, `person-${index + 1}`, lookOf(looks), path, (at) =>
      at.x < -4.5 ? opening : undefined,
    ),
  );
  const flicker = random.fork('light').between(0, 6);
  return {
    kind: 'store',
    seed,
    camera,
    fps: 10,
    durationMs,
    classes: ['person', 'vehicle'],
    lines: [
      { name: 'entrance', a: { x: -3.4, y: 6.5 }, b: { x: -3.4, y: 10 } },
      { name: 'to-the-tills', a: { x: -1.65, y: 5.85 }, b: { x: -3.3, y: 5.85 } },
    ],
    zones: [
      {
        name: 'queue',
        polygon: [
          { x: -0.95, y: 4.65 },
          { x: 2.75, y: 4.65 },
          { x: 2.75, y: 5.65 },
          { x: -0.95, y: 5.65 },
        ],
      },
    ],
    actors,
    statics: storeStatics(camera, random.fork('goods')),
    noise: 2.2,
    lightAt: (step) => 1 + 0.015 * Math.sin(step / 37 + flicker),
    paintBackground: (context) => paintStore(context, camera, createRandom(seed).fork('floor')),
    paintAir: (context) => paintStoreAir(context, camera),
  };
};
