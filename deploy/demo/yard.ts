import { createPinholeCamera } from './camera.ts';
import type { PinholeCamera } from './camera.ts';
import { lookOf } from './people.ts';
import { personActor } from './person-actor.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import type { Actor, Scene } from './scene.ts';
import { drawVehicle, vehicleLookOf } from './vehicles.ts';
import type { VehicleLook } from './vehicles.ts';
import { stepsPerSecond, walkAll } from './walk.ts';
import type { Plan, Task } from './walk.ts';
import { paintYard, paintYardAir, yardStatics } from './yard-look.ts';

/*
 *  The yard from above, metres; the camera at the origin looks up this page.
 *
 *   17            path behind the fence
 *   14 ╪╪╪╪╪╪╪╪╪╪╪╪╪ line "fence" ╪╪╪╪╪   gate in the fence, x from 2.2 to 5.6
 *   12   parked van
 *   10 ←───────── lane to the left ───    │ line "drive" across both lanes, x = −0.5
 *    8 ────────── lane to the right ──→
 *    6 [zone "bay"]       pavement
 */

const go = (x: number, y: number): Task => ({ kind: 'go', to: { x, y } });
const gate = (random: Random): number => random.between(3.2, 4.6);

/** Across the yard through the gate in the fence, to the front or to the back. */
const crossing = (random: Random, atSeconds: number): Plan => {
  const isInwards = random.chance(0.5);
  const x = gate(random);
  const [backSide, frontSide] = [random.pick([-12, 13]), random.pick([-8, 8])];
  const [back, front] = [random.between(16, 17.2), random.between(5.6, 6.4)];
  const way = [
    go(x + random.between(-0.3, 0.3), back),
    go(x, 13),
    go(x + random.between(-0.5, 0.5), 11.6),
    go(x, front),
    go(frontSide, front),
  ];
  return {
    atSeconds,
    speed: random.between(1.25, 1.6),
    start: isInwards ? { x: backSide, y: back } : { x: frontSide, y: front },
    tasks: isInwards ? way : [...way.slice(0, -1).reverse(), go(backSide, back)],
  };
};

/** Comes along the pavement, waits in the bay, and goes on. */
const waiting = (random: Random, atSeconds: number, place: number): Plan => {
  const y = random.between(5.6, 6.3);
  const side = random.pick([-8, 8]);
  return {
    atSeconds,
    speed: random.between(1.1, 1.4),
    start: { x: side, y },
    tasks: [
      go(-3.9 + place * 1.1 + random.between(-0.15, 0.15), y),
      { kind: 'stay', seconds: random.between(4, 11), facing: { x: random.between(-0.6, 0.6), y: 0.8 } },
      go(random.pick([-8, 8]), random.between(5.6, 6.3)),
    ],
  };
};

interface Drive {
  readonly look: VehicleLook;
  readonly direction: 1 | -1;
  readonly y: number;
  readonly fromStep: number;
  /** Metres a second. */
  readonly speed: number;
}

const edge = 17;

const vehicleActor = (camera: PinholeCamera, id: string, drive: Drive): Actor => {
  const { look, direction, y, fromStep, speed } = drive;
  const driven = (step: number): number => ((step - fromStep) / stepsPerSecond) * speed;
  const xAt = (step: number): number | null => {
    const way = driven(step);
    return way < 0 || way > edge * 2 ? null : (way - edge) * direction;
  };
  return {
    id,
    className: 'vehicle',
    anchorAt(step) {
      const x = xAt(step);
      return x === null ? null : { x, y };
    },
    drawAt(step, object) {
      const x = xAt(step);
      const turned = driven(step) / look.body.wheelRadius;
      return x === null ? null : drawVehicle(camera, look, { x, y, direction, isLit: true, turned }, object);
    },
  };
};

const drivesOf = (random: Random, seconds: number): Drive[] => {
  const drives: Drive[] = [];
  for (const direction of [1, -1] as const) {
    let atSeconds = random.between(-3, 4);
    while (atSeconds < seconds - 7) {
      const speed = random.between(3.4, 5);
      drives.push({
        look: vehicleLookOf(random),
        direction,
        y: direction > 0 ? 7.6 : 9.9,
        fromStep: Math.round(atSeconds * stepsPerSecond),
        speed,
      });
      // At least so far apart that nobody drives into the one in front.
      atSeconds += random.between(7, 13);
    }
  }
  return drives;
};

const parkedActor = (camera: PinholeCamera, random: Random): Actor => {
  const look = vehicleLookOf(random);
  const [x, y] = [random.between(-6.2, -4.4), 12.1];
  return {
    id: 'vehicle-parked',
    className: 'vehicle',
    anchorAt: () => ({ x, y }),
    drawAt: (_step, object) =>
      drawVehicle(camera, look, { x, y, direction: 1, isLit: false, turned: 0 }, object),
  };
};

const plansOf = (random: Random, seconds: number): Plan[] => {
  const plans: Plan[] = [];
  let atSeconds = random.between(-4, 0);
  while (atSeconds < seconds - 8) {
    const from = Math.max(0, atSeconds);
    plans.push(random.chance(0.65) ? crossing(random, from) : waiting(random, from, plans.length % 3));
    atSeconds += random.between(2.5, 6.5);
  }
  return plans;
};

export const createYard = (seed: number, durationMs: number, width: number): Scene => {
  const random = createRandom(seed).fork('yard');
  const seconds = durationMs / 1000;
  const camera = createPinholeCamera({
    width,
    height: (width * 9) / 16,
    lensHeight: 4.8,
    pitchDegrees: 22,
    fieldOfViewDegrees: 66,
  });
  const looks = random.fork('looks');
  const people = walkAll(plansOf(random.fork('plans'), seconds), null, seconds, random.fork('walk'));
  const drives = drivesOf(random.fork('drives'), seconds);
  const flicker = random.fork('light').between(0, 6);
  return {
    kind: 'yard',
    seed,
    camera,
    fps: 10,
    durationMs,
    classes: ['person', 'vehicle'],
    lines: [
      { name: 'drive', a: { x: -0.5, y: 7.0 }, b: { x: -0.5, y: 11.4 } },
      { name: 'fence', a: { x: 2.0, y: 14 }, b: { x: 5.8, y: 14 } },
    ],
    zones: [
      {
        name: 'bay',
        polygon: [
          { x: -4.6, y: 5.1 },
          { x: -1.0, y: 5.1 },
          { x: -1.0, y: 6.75 },
          { x: -4.6, y: 6.75 },
        ],
      },
    ],
    actors: [
      parkedActor(camera, random.fork('parked')),
      ...people.map((path, index) => personActor(camera, `person-${index + 1}`, lookOf(looks), path)),
      ...drives.map((drive, index) => vehicleActor(camera, `vehicle-${index + 1}`, drive)),
    ],
    statics: yardStatics(camera),
    noise: 4,
    lightAt: (step) => 1 + 0.02 * Math.sin(step / 53 + flicker),
    paintBackground: (context) => paintYard(context, camera, createRandom(seed).fork('ground')),
    paintAir: (context) => paintYardAir(context, camera),
  };
};
