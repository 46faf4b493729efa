import type { SKRSContext2D } from '@napi-rs/canvas';
import { createPinholeCamera } from './camera.ts';
import type { PinholeCamera } from './camera.ts';
import { fillGround, paintVignette } from './paint.ts';
import { defectKinds, drawDefect, drawPart, partLookOf } from './parts.ts';
import type { PartLook } from './parts.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import type { Actor, Scene } from './scene.ts';
import { stepsPerSecond } from './walk.ts';

/*
 *  The belt from above, metres; it runs to the right under the camera.
 *
 *   1.12 ──────────────── rail ────────────────
 *           ⬡      ⚙   │    ▭      ⚙          line "inspected" across the belt, x = 0.1
 *   0.48 ──────────────── rail ────────────────
 */
const belt = { near: 0.46, far: 1.12 };

interface Piece {
  readonly look: PartLook;
  readonly y: number;
  /** Seconds at which it passes x = 0. */
  readonly atSeconds: number;
}

const edge = 1.25;

const piecesOf = (random: Random, seconds: number, speed: number): Piece[] => {
  const pieces: Piece[] = [];
  let atSeconds = -edge / speed;
  while (atSeconds < seconds + edge / speed) {
    pieces.push({ look: partLookOf(random), y: random.between(0.66, 0.92), atSeconds });
    atSeconds += random.between(0.3, 0.55) / speed;
  }
  return pieces;
};

const actorsOf = (camera: PinholeCamera, piece: Piece, index: number, speed: number): Actor[] => {
  const { look, y } = piece;
  const xAt = (step: number): number | null => {
    const x = (step / stepsPerSecond - piece.atSeconds) * speed;
    return Math.abs(x) > edge ? null : x;
  };
  const lampAt = (step: number): number => 1.9 + 0.5 * Math.sin(step / 160);
  const near = look.radius * 0.9;
  const actor = (
    id: string,
    className: string,
    draw: (x: number, step: number, object: number) => ReturnType<Actor['drawAt']>,
  ): Actor => ({
    id,
    className,
    anchorAt(step) {
      const x = xAt(step);
      return x === null ? null : { x, y: y - near };
    },
    drawAt(step, object) {
      const x = xAt(step);
      return x === null ? null : draw(x, step, object);
    },
  });
  const part = actor(`part-${index + 1}`, 'part', (x, step, object) =>
    drawPart(camera, look, x, y, lampAt(step), object),
  );
  const { defect } = look;
  if (!defect) return [part];
  const [cosine, sine] = [Math.cos(look.angle), Math.sin(look.angle)];
  const [dx, dy] = [defect.at[0] * cosine - defect.at[1] * sine, defect.at[0] * sine + defect.at[1] * cosine];
  const flaw = actor(`${defect.kind}-${index + 1}`, defect.kind, (x, _step, object) =>
    drawDefect(camera, look, x, y, createRandom(defect.seed), object),
  );
  return [
    part,
    {
      ...flaw,
      anchorAt(step) {
        const x = xAt(step);
        return x === null ? null : { x: x + dx, y: y + dy };
      },
    },
  ];
};

const paintHall = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  const band = (near: number, far: number, fill: string, z = 0): void =>
    fillGround(
      context,
      camera,
      [
        { x: -4, y: near },
        { x: 4, y: near },
        { x: 4, y: far },
        { x: -4, y: far },
      ],
      fill,
      z,
    );
  context.fillStyle = '#59666b';
  context.fillRect(0, 0, camera.width, camera.height);
  for (let x = -4; x < 4; x += 0.5)
    for (let y = 0.1; y < 4; y += 0.5)
      fillGround(
        context,
        camera,
        [
          { x: x + 0.01, y: y + 0.01 },
          { x: x + 0.49, y: y + 0.01 },
          { x: x + 0.49, y: y + 0.49 },
          { x: x + 0.01, y: y + 0.49 },
        ],
        random.pick(['#66757a', '#6a797e', '#627176']),
        -0.35,
      );
  band(belt.near - 0.12, belt.far + 0.12, '#39444c', -0.02);
};

/** The belt with its seams, which move with the parts, and the rails over it. */
const paintBelt = (context: SKRSContext2D, camera: PinholeCamera, shift: number): void => {
  const band = (near: number, far: number, fill: string, z: number): void =>
    fillGround(
      context,
      camera,
      [
        { x: -3, y: near },
        { x: 3, y: near },
        { x: 3, y: far },
        { x: -3, y: far },
      ],
      fill,
      z,
    );
  band(belt.near, belt.far, '#47565c', 0);
  for (let x = -2 + (shift % 0.16); x < 2; x += 0.16)
    fillGround(
      context,
      camera,
      [
        { x, y: belt.near },
        { x: x + 0.012, y: belt.near },
        { x: x + 0.012, y: belt.far },
        { x, y: belt.far },
      ],
      '#3f4d53',
    );
  band(belt.near - 0.07, belt.near, '#8d9aa0', 0.03);
  band(belt.near - 0.02, belt.near, '#6c797f', 0.03);
  band(belt.far, belt.far + 0.07, '#9eaab0', 0.03);
  for (let x = -2.1; x < 2.1; x += 0.3) {
    const bolt = camera.project({ x, y: belt.far + 0.035, z: 0.03 });
    context.fillStyle = '#5f6b71';
    context.beginPath();
    context.ellipse(bolt.x, bolt.y, camera.width / 190, camera.width / 260, 0, 0, Math.PI * 2);
    context.fill();
  }
};

export const createConveyor = (seed: number, durationMs: number, width: number): Scene => {
  const random = createRandom(seed).fork('conveyor');
  const seconds = durationMs / 1000;
  const camera = createPinholeCamera({
    width,
    height: (width * 9) / 16,
    lensHeight: 1.02,
    pitchDegrees: 50,
    fieldOfViewDegrees: 62,
  });
  const speed = random.between(0.15, 0.2);
  const pieces = piecesOf(random.fork('pieces'), seconds, speed);
  const swing = random.fork('light').between(0, 6);
  return {
    kind: 'conveyor',
    seed,
    camera,
    fps: 10,
    durationMs,
    classes: ['part', ...defectKinds],
    lines: [{ name: 'inspected', a: { x: 0.1, y: belt.near }, b: { x: 0.1, y: belt.far } }],
    zones: [
      {
        name: 'under-the-lamp',
        polygon: [
          { x: -0.3, y: belt.near },
          { x: 0.3, y: belt.near },
          { x: 0.3, y: belt.far },
          { x: -0.3, y: belt.far },
        ],
      },
    ],
    actors: pieces.flatMap((piece, index) => actorsOf(camera, piece, index, speed)),
    statics: [],
    noise: 2.5,
    // A lamp that is not quite steady, and somebody who walks past a window.
    lightAt: (step) => 1 + 0.1 * Math.sin(step / 61 + swing) + 0.03 * Math.sin(step / 7),
    paintBackground: (context) => paintHall(context, camera, createRandom(seed).fork('hall')),
    paintMoving: (context, step) => paintBelt(context, camera, (step / stepsPerSecond) * speed),
    paintAir(context) {
      const glow = context.createRadialGradient(
        width / 2,
        width * 0.26,
        0,
        width / 2,
        width * 0.26,
        width * 0.42,
      );
      glow.addColorStop(0, 'rgba(255,244,220,0.26)');
      glow.addColorStop(1, 'rgba(255,244,220,0)');
      context.fillStyle = glow;
      context.fillRect(0, 0, width, width);
      paintVignette(context, width, (width * 9) / 16, '20,24,34', 0.42);
    },
  };
};
