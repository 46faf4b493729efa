import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Ground, PinholeCamera, Pixel } from './camera.ts';
import type { Random } from './random.ts';
import type { Drawn, Shape } from './shapes.ts';
import { mix, shade } from './shapes.ts';
import { fillGround, fillPolygon, paintVignette } from './paint.ts';

const backY = 12.8;
const leftX = -4.6;
const ceiling = 3.3;

/** The corners of an upright rectangle between two places on the ground. */
const upright = (camera: PinholeCamera, from: Ground, to: Ground, low: number, high: number): Pixel[] => [
  camera.project({ ...from, z: low }),
  camera.project({ ...to, z: low }),
  camera.project({ ...to, z: high }),
  camera.project({ ...from, z: high }),
];

/** The way in, as it is seen in the left wall. */
export const doorway = (camera: PinholeCamera): Pixel[] =>
  upright(camera, { x: leftX, y: 6.7 }, { x: leftX, y: 9.7 }, 0, 2.35);

const goods = ['#d98b6a', '#e8c46f', '#7fa88f', '#6f8fae', '#c7798a', '#efe6d5', '#9a85b5', '#b5c27f'];

interface Box {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly height: number;
  readonly color: string;
}

const shelfBoxes: readonly Box[] = [
  { x1: -1.4, x2: 2.0, y1: 7.35, y2: 7.95, height: 1.25, color: '#b98d62' },
  { x1: -0.6, x2: 2.7, y1: 9.4, y2: 10.0, height: 1.35, color: '#b98d62' },
];
const till: Box = { x1: 2.75, x2: 3.35, y1: 4.9, y2: 6.3, height: 0.98, color: '#8c6a55' };

/** Front, top and the side that shows, as polygons. */
const boxShapes = (camera: PinholeCamera, box: Box): Shape[] => {
  const { x1, x2, y1, y2, height, color } = box;
  const sideX = x1 > 0 ? x1 : x2 < 0 ? x2 : null;
  const polygon = (points: Pixel[], fill: string): Shape => ({ kind: 'polygon', points, fill });
  const shapes: Shape[] = [];
  if (sideX !== null)
    shapes.push(
      polygon(upright(camera, { x: sideX, y: y1 }, { x: sideX, y: y2 }, 0, height), shade(color, 0.72)),
    );
  shapes.push(polygon(upright(camera, { x: x1, y: y1 }, { x: x2, y: y1 }, 0, height), shade(color, 0.86)));
  const top = [
    [x1, y1],
    [x2, y1],
    [x2, y2],
    [x1, y2],
  ].map(([x, y]) => camera.project({ x: x as number, y: y as number, z: height }));
  shapes.push(polygon(top, mix(color, '#ffffff', 0.25)));
  return shapes;
};

/** Two boards of goods on the front, and baskets of fruit on the top. */
const goodsOn = (camera: PinholeCamera, { x1, x2, y1, y2, height }: Box, random: Random): Shape[] => {
  const shapes: Shape[] = [];
  for (const [low, high] of [
    [0.12, 0.5],
    [0.62, 1.05],
  ] as const) {
    shapes.push({
      kind: 'polygon',
      points: upright(camera, { x: x1 + 0.06, y: y1 }, { x: x2 - 0.06, y: y1 }, low - 0.04, high + 0.05),
      fill: '#6d4f39',
    });
    for (let x = x1 + 0.1; x < x2 - 0.2;) {
      const wide = random.between(0.1, 0.22);
      const top = low + (high - low) * random.between(0.6, 1);
      const fill = random.pick(goods);
      shapes.push({
        kind: 'polygon',
        points: upright(camera, { x, y: y1 }, { x: x + wide, y: y1 }, low, top),
        fill,
      });
      shapes.push({
        kind: 'polygon',
        points: upright(camera, { x, y: y1 }, { x: x + wide * 0.35, y: y1 }, low, top),
        fill: mix(fill, '#ffffff', 0.25),
      });
      x += wide + 0.03;
    }
  }
  for (let x = x1 + 0.25; x < x2 - 0.1; x += 0.34) {
    const center = camera.project({ x, y: (y1 + y2) / 2, z: height + 0.05 });
    const size = camera.pixelsPerMetre({ x, y: y1, z: height });
    const fill = random.pick(goods);
    shapes.push({ kind: 'ellipse', center, radiusX: size * 0.14, radiusY: size * 0.075, fill });
    shapes.push({
      kind: 'ellipse',
      center: { x: center.x - size * 0.03, y: center.y - size * 0.02 },
      radiusX: size * 0.07,
      radiusY: size * 0.03,
      fill: mix(fill, '#ffffff', 0.35),
    });
  }
  return shapes;
};

const standing = (camera: PinholeCamera, box: Box, extra: Shape[]): Drawn => {
  const middle = { x: (box.x1 + box.x2) / 2, y: box.y1, z: 0 };
  const size = camera.pixelsPerMetre(middle);
  const wide = ((box.x2 - box.x1) / 2 + 0.25) * size;
  return {
    depth: (box.y1 + box.y2) / 2,
    object: -1,
    shapes: boxShapes(camera, box),
    details: extra,
    shadow: { center: camera.project(middle), radiusX: wide, radiusY: 0.28 * size, dark: 0.3 },
  };
};

export const storeStatics = (camera: PinholeCamera, random: Random): Drawn[] => [
  ...shelfBoxes.map((box) => standing(camera, box, goodsOn(camera, box, random))),
  standing(camera, till, [
    ...boxShapes(camera, { x1: 2.85, x2: 3.15, y1: 5.2, y2: 5.5, height: 1.3, color: '#3c4650' }).slice(1),
    {
      kind: 'polygon',
      points: upright(camera, { x: 2.75, y: 4.9 }, { x: 3.35, y: 4.9 }, 0.1, 0.85),
      fill: '#6f9a94',
    },
  ]),
];

const planks = ['#cdac84', '#c9a77f', '#d1b18b', '#c8a57d', '#cfaf88'];

const paintFloor = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  fillGround(
    context,
    camera,
    [
      { x: -14, y: 1.5 },
      { x: 14, y: 1.5 },
      { x: 14, y: backY },
      { x: -14, y: backY },
    ],
    '#cbaa82',
  );
  for (let x = -11; x < 11; x += 0.42)
    for (let y = 1.8 - random.between(0, 1.5); y < backY;) {
      const long = random.between(1.2, 2.4);
      const [from, to] = [Math.max(1.8, y), Math.min(backY, y + long)];
      const corners = [
        { x, y: from },
        { x: x + 0.41, y: from },
        { x: x + 0.41, y: to },
        { x, y: to },
      ];
      if (to > from) fillGround(context, camera, corners, random.pick(planks));
      y += long + 0.02;
    }
};

const paintLeftWall = (context: SKRSContext2D, camera: PinholeCamera): void => {
  const wall = (y1: number, y2: number, low: number, high: number, fill: string): void =>
    fillPolygon(context, upright(camera, { x: leftX, y: y1 }, { x: leftX, y: y2 }, low, high), fill);
  wall(4.5, backY, 0, ceiling, '#d8ddd3');
  wall(4.5, 6.4, 0, 0.14, '#b2b8ad');
  wall(10, backY, 0, 0.14, '#b2b8ad');
  wall(10.3, 12.4, 0.9, 2.2, '#f3eee2');
  wall(10.45, 12.25, 1.02, 2.08, '#e2a58a');
  const opening = doorway(camera);
  fillPolygon(context, opening, '#bfe0ea');
  context.save();
  context.beginPath();
  opening.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.clip();
  fillGround(
    context,
    camera,
    [
      { x: -16, y: 4 },
      { x: leftX, y: 4 },
      { x: leftX, y: 22 },
      { x: -16, y: 22 },
    ],
    '#b8bcbb',
  );
  fillGround(
    context,
    camera,
    [
      { x: -16, y: 4 },
      { x: -6.6, y: 4 },
      { x: -6.6, y: 22 },
      { x: -16, y: 22 },
    ],
    '#9fbf8b',
  );
  context.restore();
  context.lineWidth = camera.width / 150;
  context.strokeStyle = '#7d5a44';
  context.lineJoin = 'round';
  context.beginPath();
  opening
    .slice(1)
    .concat(opening[0] as Pixel)
    .forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.stroke();
  fillGround(
    context,
    camera,
    [
      { x: leftX, y: 7 },
      { x: -3.55, y: 7 },
      { x: -3.55, y: 9.4 },
      { x: leftX, y: 9.4 },
    ],
    '#6e7f86',
  );
  fillGround(
    context,
    camera,
    [
      { x: leftX, y: 7.12 },
      { x: -3.68, y: 7.12 },
      { x: -3.68, y: 9.28 },
      { x: leftX, y: 9.28 },
    ],
    '#82949b',
  );
};

const paintBackWall = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  const wall = (x1: number, x2: number, low: number, high: number, fill: string): void =>
    fillPolygon(context, upright(camera, { x: x1, y: backY }, { x: x2, y: backY }, low, high), fill);
  wall(-14, 14, 0, 6, '#e6e2d6');
  wall(-14, 14, ceiling, 6, '#cfcabd');
  wall(-14, 14, 0, 0.16, '#b8b3a4');
  wall(-2.4, 4.4, 0.15, 2.3, '#9c7656');
  for (const low of [0.3, 0.95, 1.6]) {
    wall(-2.3, 4.3, low, low + 0.55, '#6b4c37');
    for (let x = -2.25; x < 4.15;) {
      const wide = random.between(0.1, 0.3);
      wall(x, x + wide, low, low + random.between(0.28, 0.5), random.pick(goods));
      x += wide + 0.04;
    }
  }
  wall(-4.2, -2.8, 1.1, 2.4, '#f6f1e6');
  wall(-4.05, -2.95, 1.22, 2.28, '#7fa88f');
  wall(5.2, 7.6, 0.9, 2.5, '#f6f1e6');
  wall(5.35, 7.45, 1.02, 2.38, '#a9d3e3');
};

const paintPlant = (context: SKRSContext2D, camera: PinholeCamera, at: Ground, random: Random): void => {
  const foot = camera.project({ ...at, z: 0 });
  const size = camera.pixelsPerMetre({ ...at, z: 0 });
  fillPolygon(
    context,
    [-0.2, 0.2, 0.15, -0.15].map((x, index) => ({
      x: foot.x + x * size,
      y: foot.y - (index < 2 ? 0.42 : 0) * size,
    })),
    '#c87f5f',
  );
  for (let leaf = 0; leaf < 26; leaf++) {
    const [angle, far] = [random.between(0, Math.PI * 2), random.between(0.05, 0.36)];
    context.fillStyle = random.pick(['#5f8f63', '#6fa371', '#4d7c56', '#86b57d']);
    context.beginPath();
    const x = foot.x + Math.cos(angle) * far * size;
    const y = foot.y - (0.75 + Math.sin(angle) * far * 0.9) * size;
    context.ellipse(x, y, 0.14 * size, 0.055 * size, angle, 0, Math.PI * 2);
    context.fill();
  }
};

export const paintStore = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  context.fillStyle = '#cfcabd';
  context.fillRect(0, 0, camera.width, camera.height);
  paintFloor(context, camera, random);
  paintBackWall(context, camera, random);
  paintLeftWall(context, camera);
  paintPlant(context, camera, { x: -4.1, y: 11.9 }, random);
  paintPlant(context, camera, { x: 5.0, y: 11.6 }, random);
};

/** Pools of warm light under the lamps, daylight from the door, darker corners. */
export const paintStoreAir = (context: SKRSContext2D, camera: PinholeCamera): void => {
  const pool = (at: Ground, radius: number, color: string, strength: number): void => {
    const center = camera.project({ ...at, z: 0 });
    const size = camera.pixelsPerMetre({ ...at, z: 0 }) * radius;
    const gradient = context.createRadialGradient(center.x, center.y, 0, center.x, center.y, size);
    gradient.addColorStop(0, `rgba(${color},${strength})`);
    gradient.addColorStop(1, `rgba(${color},0)`);
    context.fillStyle = gradient;
    context.fillRect(0, 0, camera.width, camera.height);
  };
  pool({ x: -4.2, y: 8.2 }, 3.2, '235,245,255', 0.2);
  pool({ x: 0.5, y: 6.2 }, 3.6, '255,236,200', 0.15);
  pool({ x: 1.5, y: 10.5 }, 4, '255,236,200', 0.13);
  paintVignette(context, camera.width, camera.height, '38,28,40', 0.34);
};
