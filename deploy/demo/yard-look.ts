import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Ground, PinholeCamera, Pixel } from './camera.ts';
import type { Random } from './random.ts';
import type { Drawn, Shape } from './shapes.ts';
import { fillGround, fillPolygon, paintVignette } from './paint.ts';

const fenceY = 14;
const fenceHeight = 1.9;
const gateX = [2.0, 5.8] as const;
const lamps: readonly Ground[] = [
  { x: -7.5, y: 13.6 },
  { x: 1.4, y: 13.8 },
  { x: 9, y: 13.6 },
];

const post = (
  camera: PinholeCamera,
  x: number,
  y: number,
  height: number,
  radius: number,
  fill: string,
): Shape => ({
  kind: 'capsule',
  a: camera.project({ x, y, z: 0 }),
  b: camera.project({ x, y, z: height }),
  radius: radius * camera.pixelsPerMetre({ x, y, z: 0 }),
  fill,
});

/** Wires of the mesh: seen through, so they are details and hide nothing. */
const mesh = (camera: PinholeCamera, from: number, to: number): Shape[] => {
  const wires: Shape[] = [];
  const wire = (a: Pixel, b: Pixel): void =>
    void wires.push({ kind: 'capsule', a, b, radius: camera.width / 1900, fill: 'rgba(176,190,200,0.3)' });
  const at = (x: number, z: number): Pixel => camera.project({ x, y: fenceY, z });
  for (let x = from - fenceHeight; x < to; x += 0.3) {
    const [low, high] = [Math.max(from, x), Math.min(to, x + fenceHeight)];
    wire(at(low, low - x), at(high, high - x));
    wire(at(low, fenceHeight - (low - x)), at(high, fenceHeight - (high - x)));
  }
  for (const z of [0.08, fenceHeight]) wire(at(from, z), at(to, z));
  return wires;
};

export const yardStatics = (camera: PinholeCamera): Drawn[] => {
  const posts: Shape[] = [];
  for (let x = -13; x <= 13; x += 1.5)
    if (x < gateX[0] - 0.4 || x > gateX[1] + 0.4)
      posts.push(post(camera, x, fenceY, fenceHeight, 0.035, '#66727c'));
  for (const x of gateX) posts.push(post(camera, x, fenceY, 2.2, 0.07, '#4f5a64'));
  const fence: Drawn = {
    depth: fenceY,
    object: -1,
    shapes: posts,
    details: [...mesh(camera, -14, gateX[0]), ...mesh(camera, gateX[1], 14)],
  };
  const standing = lamps.map(({ x, y }): Drawn => ({
    depth: y,
    object: -1,
    shapes: [post(camera, x, y, 4.6, 0.05, '#3f474f'), post(camera, x, y, 0.5, 0.11, '#59626a')],
  }));
  const bollards = [-6.2, -4.9, 6.2, 7.4].map((x): Drawn => ({
    depth: 6.95,
    object: -1,
    shapes: [post(camera, x, 6.95, 0.8, 0.08, '#d0a13d')],
    details: [post(camera, x, 6.95, 0.25, 0.08, '#40454c')],
    shadow: { center: camera.project({ x, y: 6.95, z: 0 }), radiusX: 12, radiusY: 4, dark: 0.35 },
  }));
  return [fence, ...standing, ...bollards];
};

const paintSky = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  const horizon = camera.project({ x: 0, y: 400, z: 0 }).y;
  const sky = context.createLinearGradient(0, 0, 0, Math.max(60, horizon + 30));
  sky.addColorStop(0, '#4a5686');
  sky.addColorStop(0.6, '#b4829b');
  sky.addColorStop(1, '#f0b488');
  context.fillStyle = sky;
  context.fillRect(0, 0, camera.width, camera.height);
  // A row of halls in the distance, a few windows lit.
  for (let x = -26; x < 26;) {
    const [wide, high] = [random.between(3, 6.5), random.between(2.6, 5.2)];
    const corner = (dx: number, z: number): Pixel => camera.project({ x: x + dx, y: 24, z });
    fillPolygon(
      context,
      [corner(0, 0), corner(wide, 0), corner(wide, high), corner(0, high)],
      random.pick(['#4f5472', '#565a78', '#494d69']),
    );
    for (let window = 0.5; window < wide - 0.7; window += 0.9)
      for (let z = 1; z < high - 0.8; z += 1)
        if (random.chance(0.3))
          fillPolygon(
            context,
            [
              corner(window, z),
              corner(window + 0.5, z),
              corner(window + 0.5, z + 0.5),
              corner(window, z + 0.5),
            ],
            '#f3c987',
          );
    x += wide;
  }
};

const paintGround = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  const band = (near: number, far: number, fill: string): void =>
    fillGround(
      context,
      camera,
      [
        { x: -26, y: near },
        { x: 26, y: near },
        { x: 26, y: far },
        { x: -26, y: far },
      ],
      fill,
    );
  band(14, 24, '#5c6a5d');
  band(15.6, 17.8, '#77706b');
  band(6.9, 14, '#5b5f70');
  band(1.5, 6.9, '#7d7a83');
  for (let x = -12; x < 12; x += 1.1)
    for (let y = 2; y < 6.6; y += 1.1)
      fillGround(
        context,
        camera,
        [
          { x: x + 0.03, y: y + 0.03 },
          { x: x + 1.07, y: y + 0.03 },
          { x: x + 1.07, y: y + 1.07 },
          { x: x + 0.03, y: y + 1.07 },
        ],
        random.pick(['#837f88', '#878390', '#7f7b84']),
      );
  band(6.78, 6.98, '#a29fa5');
  band(11.75, 11.82, '#8f93a3');
  for (let x = -16; x < 16; x += 2.2)
    fillGround(
      context,
      camera,
      [
        { x, y: 9.35 },
        { x: x + 1.2, y: 9.35 },
        { x: x + 1.2, y: 9.45 },
        { x, y: 9.45 },
      ],
      '#a9abb8',
    );
  for (let spot = 0; spot < 500; spot++) {
    const at = { x: random.between(-16, 16), y: random.between(7, 14), z: 0 };
    const center = camera.project(at);
    const size = camera.pixelsPerMetre(at) * random.between(0.02, 0.12);
    context.fillStyle = random.chance(0.5) ? 'rgba(255,255,255,0.03)' : 'rgba(10,10,25,0.06)';
    context.beginPath();
    context.ellipse(center.x, center.y, size * 1.6, size * 0.6, 0, 0, Math.PI * 2);
    context.fill();
  }
  // The way from the gate, worn light, and the bay with its marking.
  fillGround(
    context,
    camera,
    [
      { x: 2.1, y: 14 },
      { x: 5.7, y: 14 },
      { x: 5.9, y: 16 },
      { x: 1.9, y: 16 },
    ],
    '#79726d',
  );
  context.strokeStyle = 'rgba(224,190,110,0.75)';
  context.lineWidth = camera.width / 300;
  context.beginPath();
  [
    [-4.6, 5.1],
    [-1, 5.1],
    [-1, 6.7],
    [-4.6, 6.7],
    [-4.6, 5.1],
  ].forEach(([x, y], index) => {
    const corner = camera.project({ x: x as number, y: y as number, z: 0 });
    if (index === 0) context.moveTo(corner.x, corner.y);
    else context.lineTo(corner.x, corner.y);
  });
  context.stroke();
};

export const paintYard = (context: SKRSContext2D, camera: PinholeCamera, random: Random): void => {
  paintSky(context, camera, random);
  paintGround(context, camera, random);
};

/** Dusk: a blue veil, and the lamps' warm cones and pools. */
export const paintYardAir = (context: SKRSContext2D, camera: PinholeCamera): void => {
  context.fillStyle = 'rgba(34,40,92,0.2)';
  context.fillRect(0, 0, camera.width, camera.height);
  const glow = (center: Pixel, radiusX: number, radiusY: number, strength: number): void => {
    context.save();
    context.translate(center.x, center.y);
    context.scale(1, radiusY / radiusX);
    const gradient = context.createRadialGradient(0, 0, 0, 0, 0, radiusX);
    gradient.addColorStop(0, `rgba(255,214,150,${strength})`);
    gradient.addColorStop(1, 'rgba(255,214,150,0)');
    context.fillStyle = gradient;
    context.fillRect(-radiusX, -radiusX, radiusX * 2, radiusX * 2);
    context.restore();
  };
  for (const { x, y } of lamps) {
    const size = camera.pixelsPerMetre({ x, y, z: 0 });
    glow(camera.project({ x, y: y - 1.5, z: 0 }), size * 5, size * 1.7, 0.34);
    glow(camera.project({ x, y, z: 4.6 }), size * 0.9, size * 0.9, 0.8);
  }
  const near = camera.project({ x: -3, y: 5.4, z: 0 });
  glow(near, camera.width * 0.3, camera.width * 0.12, 0.2);
  paintVignette(context, camera.width, camera.height, '18,16,44', 0.45);
};
