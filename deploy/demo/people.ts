import type { Ground, PinholeCamera, Pixel, World } from './camera.ts';
import type { Random } from './random.ts';
import type { Drawn, Shape } from './shapes.ts';
import { mix, shade } from './shapes.ts';

/** How somebody looks, from the first to the last frame. */
export interface Look {
  /** Metres. */
  readonly height: number;
  readonly build: number;
  readonly skin: string;
  readonly hair: string;
  readonly hairStyle: 'short' | 'long' | 'bun' | 'cap' | 'bald';
  readonly top: string;
  readonly bottom: string;
  readonly shoes: string;
  readonly dress: boolean;
  readonly bag: 'none' | 'backpack' | 'basket';
  readonly bagColor: string;
}

const skins = ['#f2cdb0', '#e3b08d', '#c98f68', '#9a6845', '#6f4a33'];
const hairs = ['#2e2622', '#4d3527', '#7a5233', '#b98a4e', '#8d8c8a', '#c7c2bb', '#a5452c'];
const tops = [
  '#d9674f',
  '#4f7fb3',
  '#5f9e77',
  '#e0a84a',
  '#8a6bab',
  '#e9e2d3',
  '#40566b',
  '#c87b96',
  '#2f3b45',
  '#7fb5b5',
];
const bottoms = ['#394a5e', '#5a5148', '#2d2f35', '#8a7a64', '#6b7d8f', '#4a3f55'];
const shoes = ['#2a2624', '#f0ece4', '#7a4b33', '#44525e'];

export const lookOf = (random: Random): Look => ({
  height: random.between(1.55, 1.9),
  build: random.between(0.88, 1.18),
  skin: random.pick(skins),
  hair: random.pick(hairs),
  hairStyle: random.pick(['short', 'short', 'long', 'bun', 'cap', 'bald'] as const),
  top: random.pick(tops),
  bottom: random.pick(bottoms),
  shoes: random.pick(shoes),
  dress: random.chance(0.2),
  bag: random.pick(['none', 'none', 'backpack', 'basket'] as const),
  bagColor: random.pick(tops),
});

/** Where somebody is and what the legs do. */
export interface Pose {
  readonly at: Ground;
  /** Unit vector: where the face looks. */
  readonly facing: Ground;
  /** Metres a second. */
  readonly speed: number;
  /** Radians of the step cycle. */
  readonly phase: number;
}

/** Turns lengths of a body into pixels: forward, to the side, up, in metres from where it stands. */
interface Body {
  point(forward: number, side: number, up: number): Pixel;
  radius(metres: number): number;
}

const bodyAt = (camera: PinholeCamera, { at, facing }: Pose): Body => {
  const scale = camera.pixelsPerMetre({ ...at, z: 0.9 });
  return {
    point(forward, side, up) {
      const world: World = {
        x: at.x + facing.x * forward - facing.y * side,
        y: at.y + facing.y * forward + facing.x * side,
        z: up,
      };
      return camera.project(world);
    },
    radius: (metres) => metres * scale,
  };
};

const leg = (body: Body, look: Look, pose: Pose, side: number, swing: number): Shape[] => {
  const hip = look.height * 0.5;
  const stride = Math.min(1, pose.speed / 1.2) * 0.21 * look.height;
  const forward = Math.sin(swing) * stride;
  // The foot is lifted while it swings forward; the other one stands.
  const lift = Math.max(0, Math.cos(swing)) * stride * 0.32;
  const color = look.dress ? look.skin : look.bottom;
  const thick = 0.078 * look.build;
  const hipPoint = body.point(0, side * 0.085, hip);
  const knee = body.point(forward * 0.5 + lift * 0.7 + 0.02, side * 0.085, hip * 0.53 + lift * 0.4);
  const ankle = body.point(forward - lift * 0.4, side * 0.085, 0.075 + lift);
  const toe = body.point(forward + 0.13 - lift * 0.4, side * 0.09, 0.045 + lift);
  const tone = side > 0 ? color : shade(color, 0.88);
  return [
    { kind: 'capsule', a: hipPoint, b: knee, radius: body.radius(thick), fill: tone },
    { kind: 'capsule', a: knee, b: ankle, radius: body.radius(thick * 0.8), fill: tone },
    { kind: 'capsule', a: ankle, b: toe, radius: body.radius(0.052), fill: look.shoes },
  ];
};

const arm = (body: Body, look: Look, pose: Pose, side: number, swing: number): Shape[] => {
  const shoulder = look.height * 0.8;
  const reach = Math.sin(swing) * Math.min(1, pose.speed / 1.2) * 0.13 * look.height + 0.03;
  const out = side * (0.2 * look.build + 0.015);
  const elbow = body.point(reach * 0.5 - 0.02, out + side * 0.02, look.height * 0.63);
  const hand = body.point(reach + 0.05, out, look.height * 0.48);
  const sleeve = shade(look.top, 0.93);
  return [
    {
      kind: 'capsule',
      a: body.point(0, out * 0.92, shoulder),
      b: elbow,
      radius: body.radius(0.058 * look.build),
      fill: sleeve,
    },
    {
      kind: 'capsule',
      a: elbow,
      b: hand,
      radius: body.radius(0.046 * look.build),
      fill: look.dress ? look.skin : sleeve,
    },
    {
      kind: 'ellipse',
      center: hand,
      radiusX: body.radius(0.052),
      radiusY: body.radius(0.052),
      fill: look.skin,
    },
  ];
};

const torso = (body: Body, look: Look): Shape[] => {
  const [hip, shoulder] = [look.height * 0.5, look.height * 0.79];
  const wide = 0.105 * look.build;
  const shapes: Shape[] = [];
  for (const side of [-1, 1])
    shapes.push({
      kind: 'capsule',
      a: body.point(0, side * 0.075 * look.build, hip + 0.06),
      b: body.point(0, side * 0.1 * look.build, shoulder - 0.03),
      radius: body.radius(wide),
      fill: look.top,
    });
  if (look.dress) {
    const hem = look.height * 0.27;
    const corner = (side: number, up: number, width: number): Pixel => {
      const center = body.point(0, 0, up);
      return { x: center.x + side * body.radius(width), y: center.y };
    };
    shapes.unshift({
      kind: 'polygon',
      points: [
        corner(-1, hip + 0.12, 0.16),
        corner(1, hip + 0.12, 0.16),
        corner(1, hem, 0.25),
        corner(-1, hem, 0.25),
      ],
      fill: shade(look.top, 0.94),
    });
  }
  return shapes;
};

const head = (body: Body, look: Look, pose: Pose): Shape[] => {
  const radius = 0.105;
  const up = look.height - radius * 1.1;
  const center = body.point(0.015, 0, up);
  const size = body.radius(radius);
  const hair = look.hairStyle === 'cap' ? look.bagColor : look.hair;
  const neck: Shape = {
    kind: 'capsule',
    a: body.point(0, 0, look.height * 0.8),
    b: center,
    radius: body.radius(0.05),
    fill: shade(look.skin, 0.85),
  };
  const face: Shape = {
    kind: 'ellipse',
    center,
    radiusX: size * 0.92,
    radiusY: size * 1.08,
    fill: look.skin,
  };
  if (look.hairStyle === 'bald') return [neck, face];
  const isAway = pose.facing.y > 0.35;
  const crown = body.point(isAway ? 0 : -0.03, 0, up + (isAway ? 0.005 : 0.045));
  const shapes: Shape[] = [neck, face];
  shapes.push({
    kind: 'ellipse',
    center: crown,
    radiusX: size * 1.0,
    radiusY: size * (isAway ? 1.1 : 0.78),
    fill: hair,
  });
  if (look.hairStyle === 'long')
    shapes.splice(1, 0, {
      kind: 'capsule',
      a: body.point(-0.05, 0, up),
      b: body.point(-0.07, 0, up - 0.2),
      radius: size * 0.85,
      fill: hair,
    });
  if (look.hairStyle === 'bun')
    shapes.push({
      kind: 'ellipse',
      center: body.point(-0.08, 0, up + 0.09),
      radiusX: size * 0.45,
      radiusY: size * 0.45,
      fill: hair,
    });
  return shapes;
};

const bag = (body: Body, look: Look): Shape[] => {
  if (look.bag === 'backpack')
    return [
      {
        kind: 'capsule',
        a: body.point(-0.17, 0, look.height * 0.58),
        b: body.point(-0.17, 0, look.height * 0.74),
        radius: body.radius(0.13),
        fill: look.bagColor,
      },
    ];
  if (look.bag !== 'basket') return [];
  const grip = body.point(0.08, 0.24, look.height * 0.46);
  const [half, deep] = [body.radius(0.15), body.radius(0.2)];
  return [
    {
      kind: 'polygon',
      points: [
        { x: grip.x - half, y: grip.y + deep * 0.3 },
        { x: grip.x + half, y: grip.y + deep * 0.3 },
        { x: grip.x + half * 0.8, y: grip.y + deep },
        { x: grip.x - half * 0.8, y: grip.y + deep },
      ],
      fill: look.bagColor,
    },
  ];
};

/** Light comes from above on the left: a soft stripe down the body and on the hair. */
const lightOn = (body: Body, look: Look): Shape[] => {
  const shift = body.radius(0.055);
  const left = (point: Pixel): Pixel => ({ x: point.x - shift, y: point.y });
  return [
    {
      kind: 'capsule',
      a: left(body.point(0, 0, look.height * 0.56)),
      b: left(body.point(0, 0, look.height * 0.77)),
      radius: body.radius(0.06),
      fill: mix(look.top, '#ffffff', 0.17),
    },
  ];
};

/** One person as shapes in the picture, from the far limbs to the near ones. */
export const drawPerson = (camera: PinholeCamera, look: Look, pose: Pose, object: number): Drawn => {
  const body = bodyAt(camera, pose);
  // The side (left or right of the walker) that is farther from the camera is painted first.
  const far = pose.facing.x > 0 ? 1 : -1;
  const legs = (side: number): Shape[] => leg(body, look, pose, side, pose.phase + (side > 0 ? 0 : Math.PI));
  const arms = (side: number): Shape[] => arm(body, look, pose, side, pose.phase + (side > 0 ? Math.PI : 0));
  const isFacingUs = pose.facing.y < 0;
  const bags = bag(body, look);
  const shapes = [
    ...(isFacingUs && look.bag === 'backpack' ? bags : []),
    ...arms(far),
    ...legs(far),
    ...legs(-far),
    ...torso(body, look),
    ...lightOn(body, look),
    ...(isFacingUs && look.bag === 'backpack' ? [] : bags),
    ...head(body, look, pose),
    ...arms(-far),
  ];
  return {
    depth: pose.at.y,
    object,
    shapes,
    shadow: {
      center: body.point(0.02, 0, 0),
      radiusX: body.radius(0.36 * look.build),
      radiusY: body.radius(0.13),
      dark: 0.34,
    },
  };
};
