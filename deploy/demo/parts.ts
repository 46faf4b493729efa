import type { PinholeCamera, Pixel } from './camera.ts';
import type { Random } from './random.ts';
import type { Drawn, Shape } from './shapes.ts';
import { mix, shade } from './shapes.ts';

export const defectKinds = ['scratch', 'dent', 'stain'] as const;
export type DefectKind = (typeof defectKinds)[number];

/** One part and what is wrong with it. Lengths in metres, angles in radians, both in the part's own frame. */
export interface PartLook {
  readonly kind: 'gear' | 'hexagon' | 'bracket';
  readonly radius: number;
  readonly metal: string;
  readonly angle: number;
  readonly defect: {
    readonly kind: DefectKind;
    readonly at: readonly [number, number];
    readonly size: number;
    readonly angle: number;
    readonly seed: number;
  } | null;
}

const metals = ['#aeb4ba', '#b9b2a6', '#9ba7b3', '#c2bdb4', '#a8a39d'];

export const partLookOf = (random: Random): PartLook => {
  const radius = random.between(0.092, 0.112);
  const far = random.between(0.42, 0.6) * radius;
  const around = random.between(0, Math.PI * 2);
  return {
    kind: random.pick(['gear', 'hexagon', 'bracket'] as const),
    radius,
    metal: random.pick(metals),
    angle: random.between(0, Math.PI * 2),
    defect: random.chance(0.5)
      ? {
          kind: random.pick(defectKinds),
          at: [Math.cos(around) * far, Math.sin(around) * far],
          size: random.between(0.034, 0.05),
          angle: random.between(0, Math.PI * 2),
          seed: random.whole(0, 1e6),
        }
      : null,
  };
};

/** The outline in the part's own frame. */
const outlineOf = ({ kind, radius }: PartLook): [number, number][] => {
  const around = (count: number, radiusAt: (index: number) => number): [number, number][] =>
    Array.from({ length: count }, (_, index) => {
      const angle = (index / count) * Math.PI * 2;
      return [Math.cos(angle) * radiusAt(index), Math.sin(angle) * radiusAt(index)];
    });
  if (kind === 'hexagon') return around(6, () => radius * 1.02);
  if (kind === 'gear') return around(48, (index) => radius * (index % 4 < 2 ? 1.02 : 0.88));
  return around(40, (index) => {
    const angle = (index / 40) * Math.PI * 2;
    // A rounded rectangle: a superellipse of 1.25 to 1.
    return radius / (Math.abs(Math.cos(angle) / 1.1) ** 5 + Math.abs(Math.sin(angle) / 0.82) ** 5) ** 0.2;
  });
};

interface Frame {
  /** A point of the part, in its own frame, at a height above the belt. */
  at(x: number, y: number, z?: number): Pixel;
}

const thick = 0.028;

const frameOf = (camera: PinholeCamera, x: number, y: number, angle: number): Frame => {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return {
    at: (px, py, z = thick) =>
      camera.project({ x: x + px * cosine - py * sine, y: y + px * sine + py * cosine, z }),
  };
};

const ring = (frame: Frame, x: number, y: number, radius: number, z = thick, count = 22): Pixel[] =>
  Array.from({ length: count }, (_, index) => {
    const angle = (index / count) * Math.PI * 2;
    return frame.at(x + Math.cos(angle) * radius, y + Math.sin(angle) * radius, z);
  });

const holesOf = ({ kind, radius }: PartLook): [number, number, number][] => {
  if (kind === 'bracket')
    return [
      [-radius * 0.72, 0, radius * 0.16],
      [radius * 0.72, 0, radius * 0.16],
    ];
  return [[0, 0, radius * (kind === 'gear' ? 0.24 : 0.34)]];
};

/** Bright side towards the lamp, whatever way the part lies. */
const sheen = (frame: Frame, look: PartLook, lampAngle: number): Shape[] => {
  const angle = lampAngle - look.angle;
  const [x, y] = [Math.cos(angle) * look.radius * 0.3, Math.sin(angle) * look.radius * 0.3];
  return [0.55, 0.4, 0.26].map((size) => ({
    kind: 'polygon',
    points: ring(frame, x, y, look.radius * size),
    fill: 'rgba(255,255,255,0.09)',
  }));
};

export const drawPart = (
  camera: PinholeCamera,
  look: PartLook,
  x: number,
  y: number,
  lampAngle: number,
  object: number,
): Drawn => {
  const frame = frameOf(camera, x, y, look.angle);
  const outline = outlineOf(look);
  const shapes: Shape[] = outline.map(([px, py], index) => {
    const [nextX, nextY] = outline[(index + 1) % outline.length] as [number, number];
    return {
      kind: 'polygon',
      points: [frame.at(px, py, 0), frame.at(nextX, nextY, 0), frame.at(nextX, nextY), frame.at(px, py)],
      fill: shade(look.metal, 0.55),
    };
  });
  shapes.push({ kind: 'polygon', points: outline.map(([px, py]) => frame.at(px, py)), fill: look.metal });
  const details: Shape[] = [
    {
      kind: 'polygon',
      points: outline.map(([px, py]) => frame.at(px * 0.9, py * 0.9)),
      fill: mix(look.metal, '#ffffff', 0.1),
    },
    ...sheen(frame, look, lampAngle),
    ...holesOf(look).flatMap(([hx, hy, radius]): Shape[] => [
      { kind: 'polygon', points: ring(frame, hx, hy, radius * 1.25), fill: shade(look.metal, 0.8) },
      { kind: 'polygon', points: ring(frame, hx, hy, radius), fill: '#262a30' },
      { kind: 'polygon', points: ring(frame, hx, hy - radius * 0.2, radius * 0.7, 0.005), fill: '#34393f' },
    ]),
  ];
  const size = camera.pixelsPerMetre({ x, y, z: 0 });
  return {
    depth: y,
    object,
    shapes,
    details,
    shadow: {
      center: camera.project({ x: x + 0.02, y: y - 0.02, z: 0 }),
      radiusX: look.radius * 1.25 * size,
      radiusY: look.radius * 1.0 * size,
      dark: 0.5,
    },
  };
};

/** The defect alone, on top of its part. */
export const drawDefect = (
  camera: PinholeCamera,
  look: PartLook,
  x: number,
  y: number,
  random: Random,
  object: number,
): Drawn | null => {
  const { defect } = look;
  if (!defect) return null;
  const frame = frameOf(camera, x, y, look.angle);
  const { size, angle } = defect;
  const [dx, dy] = defect.at;
  const spot = (along: number, across: number): Pixel =>
    frame.at(
      dx + Math.cos(angle) * along - Math.sin(angle) * across,
      dy + Math.sin(angle) * along + Math.cos(angle) * across,
    );
  const scale = camera.pixelsPerMetre({ x, y, z: 0 });
  const shapes: Shape[] = [];
  const details: Shape[] = [];
  if (defect.kind === 'scratch') {
    const bend = random.between(-0.012, 0.012);
    for (let index = 0; index < 6; index++) {
      const along = (index / 3 - 1) * size * 1.25;
      const next = ((index + 1) / 3 - 1) * size * 1.25;
      const curve = (value: number): number => bend * (1 - (value / size) ** 2);
      shapes.push({
        kind: 'capsule',
        a: spot(along, curve(along)),
        b: spot(next, curve(next)),
        radius: scale * 0.0052,
        fill: '#4c5158',
      });
      details.push({
        kind: 'capsule',
        a: spot(along, curve(along) + 0.003),
        b: spot(next, curve(next) + 0.003),
        radius: scale * 0.0022,
        fill: '#f4f5f6',
      });
    }
  } else if (defect.kind === 'dent') {
    const blob = (grow: number, shift: number): Pixel[] =>
      ring(frame, dx + shift, dy + shift, size * 0.72 * grow);
    shapes.push({ kind: 'polygon', points: blob(1, 0), fill: shade(look.metal, 0.62) });
    details.push({ kind: 'polygon', points: blob(0.78, 0.004), fill: shade(look.metal, 0.8) });
    details.push({ kind: 'polygon', points: blob(0.4, 0.008), fill: mix(look.metal, '#ffffff', 0.55) });
  } else {
    const points = Array.from({ length: 16 }, (_, index) => {
      const around = (index / 16) * Math.PI * 2;
      const radius = size * random.between(0.6, 1.05) * 0.85;
      return spot(Math.cos(around) * radius * 1.2, Math.sin(around) * radius * 0.8);
    });
    shapes.push({ kind: 'polygon', points, fill: mix('#6d4527', look.metal, 0.12) });
    const center = spot(0, 0);
    details.push({
      kind: 'polygon',
      points: points.map((p) => ({
        x: center.x + (p.x - center.x) * 0.6,
        y: center.y + (p.y - center.y) * 0.6,
      })),
      fill: '#54331c',
    });
  }
  return { depth: y - 0.001, object, shapes, details };
};
