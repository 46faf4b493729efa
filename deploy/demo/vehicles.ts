import type { PinholeCamera, Pixel } from './camera.ts';
import type { Random } from './random.ts';
import type { Drawn, Shape } from './shapes.ts';
import { mix, shade } from './shapes.ts';

/** A vehicle seen from its side: the outline from back to front, metres along and up, and what is on it. */
interface Body {
  readonly length: number;
  readonly width: number;
  /** Closed outline, along and up; the ground is 0. */
  readonly outline: readonly (readonly [number, number])[];
  readonly windows: readonly (readonly (readonly [number, number])[])[];
  readonly wheels: readonly number[];
  readonly wheelRadius: number;
}

export interface VehicleLook {
  readonly body: Body;
  readonly color: string;
  readonly boxColor: string;
}

const car: Body = {
  length: 4.3,
  width: 1.75,
  outline: [
    [0, 0.28],
    [0.02, 0.85],
    [0.55, 0.98],
    [1.15, 1.42],
    [2.6, 1.42],
    [3.25, 0.95],
    [4.15, 0.82],
    [4.3, 0.5],
    [4.28, 0.28],
  ],
  windows: [
    [
      [0.85, 0.98],
      [1.25, 1.34],
      [1.85, 1.34],
      [1.85, 0.98],
    ],
    [
      [1.95, 0.98],
      [1.95, 1.34],
      [2.52, 1.34],
      [3.02, 0.98],
    ],
  ],
  wheels: [0.85, 3.4],
  wheelRadius: 0.32,
};
const van: Body = {
  length: 5.1,
  width: 1.9,
  outline: [
    [0, 0.32],
    [0, 2.15],
    [0.1, 2.25],
    [3.7, 2.25],
    [4.35, 1.3],
    [5.0, 1.1],
    [5.1, 0.6],
    [5.08, 0.32],
  ],
  windows: [
    [
      [3.15, 1.35],
      [3.15, 2.05],
      [3.62, 2.05],
      [4.12, 1.35],
    ],
  ],
  wheels: [0.95, 4.1],
  wheelRadius: 0.37,
};
const truck: Body = {
  length: 6.6,
  width: 2.2,
  outline: [
    [0, 0.55],
    [0, 2.85],
    [4.75, 2.85],
    [4.75, 2.35],
    [5.0, 2.35],
    [6.1, 2.3],
    [6.5, 1.35],
    [6.6, 0.5],
    [6.55, 0.4],
    [0.1, 0.4],
  ],
  windows: [
    [
      [5.35, 1.4],
      [5.35, 2.1],
      [6.0, 2.1],
      [6.35, 1.4],
    ],
  ],
  wheels: [1.0, 1.95, 5.5],
  wheelRadius: 0.43,
};
const bodies = [car, car, van, van, truck];
const colors = ['#c9cfd2', '#3d5166', '#8e3b36', '#d8b15a', '#5f7a63', '#2b2e35', '#a7b7c4', '#e5e2da'];

export const vehicleLookOf = (random: Random): VehicleLook => ({
  body: random.pick(bodies),
  color: random.pick(colors),
  boxColor: random.pick(['#dcd8cf', '#b9c4c9', '#c9b894']),
});

export interface VehiclePose {
  /** The middle of the side that faces us, on the ground. */
  readonly x: number;
  readonly y: number;
  /** 1 drives to the right, −1 to the left. */
  readonly direction: 1 | -1;
  readonly isLit: boolean;
  /** Radians that the wheels have turned. */
  readonly turned: number;
}

/**
 * The side outline, pushed back by the width of the vehicle: every stretch of the outline becomes a quad, then the
 * near side covers what it hides.
 */
export const drawVehicle = (
  camera: PinholeCamera,
  look: VehicleLook,
  pose: VehiclePose,
  object: number,
): Drawn => {
  const { body } = look;
  const at = (along: number, up: number, back: number): Pixel =>
    camera.project({ x: pose.x + (along - body.length / 2) * pose.direction, y: pose.y + back, z: up });
  const shapes: Shape[] = [];
  const polygon = (points: Pixel[], fill: string): void =>
    void shapes.push({ kind: 'polygon', points, fill });
  body.outline.forEach(([along, up], index) => {
    const [nextAlong, nextUp] = body.outline[(index + 1) % body.outline.length] as readonly [number, number];
    const isRoof = Math.abs(nextAlong - along) > Math.abs(nextUp - up);
    const isGlass = !isRoof || (nextUp < up && along > body.length * 0.5 && up > 1.2);
    const tone = isRoof ? mix(look.color, '#ffffff', 0.16) : shade(look.color, 0.78);
    polygon(
      [
        at(along, up, 0),
        at(nextAlong, nextUp, 0),
        at(nextAlong, nextUp, body.width),
        at(along, up, body.width),
      ],
      isGlass && up > 0.9 && nextUp > 0.9 ? '#2c3a47' : tone,
    );
  });
  polygon(
    body.outline.map(([along, up]) => at(along, up, 0)),
    shade(look.color, 0.95),
  );
  if (body === truck)
    polygon([at(0, 0.75, 0), at(0, 2.85, 0), at(4.75, 2.85, 0), at(4.75, 0.75, 0)], look.boxColor);
  polygon(
    [at(0.05, 0.42, 0), at(body.length - 0.05, 0.42, 0), at(body.length - 0.05, 0.3, 0), at(0.05, 0.3, 0)],
    '#24262b',
  );
  for (const window of body.windows) {
    polygon(
      window.map(([along, up]) => at(along, up, 0)),
      '#31414f',
    );
    polygon(
      window.map(([along, up], index) => at(index < 2 ? along : along - 0.25, up, 0)),
      '#465a69',
    );
  }
  shapes.push(...wheelsOf(camera, body, pose, at));
  const size = camera.pixelsPerMetre({ x: pose.x, y: pose.y, z: 0 });
  const details: Shape[] = [];
  const lamp = (along: number, up: number, fill: string, radius: number): void =>
    void details.push({
      kind: 'ellipse',
      center: at(along, up, 0.05),
      radiusX: radius * size,
      radiusY: radius * size * 0.8,
      fill,
    });
  if (pose.isLit) {
    lamp(body.length - 0.08, 0.68, 'rgba(255,240,196,0.16)', 0.55);
    lamp(body.length - 0.08, 0.68, 'rgba(255,240,196,0.3)', 0.28);
    lamp(0.06, 0.75, 'rgba(235,70,60,0.3)', 0.22);
  }
  lamp(body.length - 0.1, 0.68, pose.isLit ? '#fff3cf' : '#cfd6d8', 0.11);
  lamp(0.06, 0.75, pose.isLit ? '#ee5548' : '#7d3430', 0.08);
  return {
    depth: pose.y + body.width / 2,
    object,
    shapes,
    details,
    shadow: {
      center: at(body.length / 2, 0, body.width * 0.35),
      radiusX: body.length * 0.56 * size,
      radiusY: 0.75 * size,
      dark: 0.5,
    },
  };
};

const wheelsOf = (
  camera: PinholeCamera,
  body: Body,
  pose: VehiclePose,
  at: (along: number, up: number, back: number) => Pixel,
): Shape[] => {
  const radius = camera.pixelsPerMetre({ x: pose.x, y: pose.y, z: 0 }) * body.wheelRadius;
  return body.wheels.flatMap((along): Shape[] => {
    const center = at(along, body.wheelRadius, -0.02);
    const spoke = {
      x: center.x + Math.cos(pose.turned) * radius * 0.4,
      y: center.y + Math.sin(pose.turned) * radius * 0.4 * pose.direction,
    };
    return [
      { kind: 'ellipse', center, radiusX: radius, radiusY: radius * 0.97, fill: '#1d1f23' },
      { kind: 'ellipse', center, radiusX: radius * 0.58, radiusY: radius * 0.56, fill: '#8d949a' },
      { kind: 'capsule', a: center, b: spoke, radius: radius * 0.12, fill: '#4d5358' },
    ];
  });
};
