import type { Ground } from './camera.ts';
import type { Visible } from './mask.ts';
import type { Actor, Scene, SceneLine, SceneZone } from './scene.ts';
import { stepsPerSecond } from './walk.ts';

/**
 * What happened, from places in the world: none of it is computed from a picture, and none by the code that is
 * measured with it. Times are milliseconds from the first frame.
 */
export interface TrueCrossing {
  readonly line: string;
  readonly id: string;
  readonly className: string;
  readonly direction: 'in' | 'out';
  readonly atMs: number;
}

export interface TrueStay {
  readonly zone: string;
  readonly id: string;
  readonly className: string;
  readonly enteredAtMs: number;
  readonly leftAtMs: number;
  /** False when the film began or ended during the stay. */
  readonly isWhole: boolean;
}

export interface TrueObject {
  readonly id: string;
  readonly className: string;
  /** What can be seen of it: x1 y1 x2 y2 as shares of the picture. */
  readonly box: readonly [number, number, number, number];
  /** Share of the silhouette that others or the picture's edge hide. */
  readonly hiddenShare: number;
  /** Where it touches the ground, metres. */
  readonly world: readonly [number, number];
}

export interface TrueFrame {
  readonly index: number;
  readonly atMs: number;
  readonly objects: readonly TrueObject[];
}

/** Somebody hidden by more than half for at least 0.3 s. */
export interface TrueOcclusion {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Truth {
  readonly kind: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly durationMs: number;
  readonly classes: readonly string[];
  /** Lines and zones as shares of the picture, as `--line` and `--zone` take them. */
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  readonly zones: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  readonly crossings: readonly TrueCrossing[];
  readonly stays: readonly TrueStay[];
  readonly occlusions: readonly TrueOcclusion[];
  readonly frames: readonly TrueFrame[];
}

const stepMs = 1000 / stepsPerSecond;
const edgeMs = 500;

/**
 * Positive on the right-hand side in the picture. The ground's y grows away from the camera and the picture's
 * downwards, so the sign is that of the cross product turned round.
 */
const sideOf = ({ a, b }: SceneLine, p: Ground): number =>
  -((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x));

const isBetweenEnds = (line: SceneLine, p: Ground): boolean => {
  const [dx, dy] = [line.b.x - line.a.x, line.b.y - line.a.y];
  const along = ((p.x - line.a.x) * dx + (p.y - line.a.y) * dy) / (dx * dx + dy * dy);
  return along >= 0 && along <= 1;
};

/** Passages of one actor through one line's segment; whoever turns back within half a second has not crossed. */
const crossingsOf = (actor: Actor, line: SceneLine, steps: number): TrueCrossing[] => {
  const found: TrueCrossing[] = [];
  let before: Ground | null = null;
  for (let step = 0; step < steps; step++) {
    const now = actor.anchorAt(step);
    if (before && now) {
      const [was, is] = [sideOf(line, before), sideOf(line, now)];
      if (was < 0 !== is < 0) {
        const share = was / (was - is);
        const at = { x: before.x + (now.x - before.x) * share, y: before.y + (now.y - before.y) * share };
        if (isBetweenEnds(line, at))
          found.push({
            line: line.name,
            id: actor.id,
            className: actor.className,
            direction: is >= 0 ? 'in' : 'out',
            atMs: Math.round((step - 1 + share) * stepMs),
          });
      }
    }
    before = now;
  }
  return found.filter(({ atMs }, index) => {
    const previous = found[index - 1];
    const next = found[index + 1];
    return !(previous && atMs - previous.atMs < 500) && !(next && next.atMs - atMs < 500);
  });
};

export const isInside = ({ polygon }: Pick<SceneZone, 'polygon'>, p: Ground): boolean => {
  let inside = false;
  for (let index = 0, before = polygon.length - 1; index < polygon.length; before = index++) {
    const a = polygon[index] as Ground;
    const b = polygon[before] as Ground;
    if (a.y > p.y !== b.y > p.y && p.x < ((b.x - a.x) * (p.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
};

/** Leaving for less than this does not end a stay, and a shorter one is not a stay. */
const stayGraceMs = 1000;
const stayMsMin = 300;

const staysOf = (actor: Actor, zone: SceneZone, steps: number): TrueStay[] => {
  const found: { from: number; to: number }[] = [];
  for (let step = 0; step < steps; step++) {
    const at = actor.anchorAt(step);
    if (!at || !isInside(zone, at)) continue;
    const last = found.at(-1);
    if (last && (step - last.to) * stepMs <= stayGraceMs) last.to = step;
    else found.push({ from: step, to: step });
  }
  return found
    .filter(({ from, to }) => (to - from) * stepMs >= stayMsMin)
    .map(({ from, to }) => ({
      zone: zone.name,
      id: actor.id,
      className: actor.className,
      enteredAtMs: from * stepMs,
      leftAtMs: (to + 1) * stepMs,
      isWhole: from > 0 && to < steps - 1,
    }));
};

/** Collects frames as they are painted and adds what the world says. */
export const createTruth = (scene: Scene) => {
  const { width, height } = scene.camera;
  const frames: TrueFrame[] = [];
  const round = (value: number): number => Math.round(value * 1e5) / 1e5;
  const points = (grounds: readonly Ground[]): [number, number][] =>
    grounds.map((ground) => {
      const { x, y } = scene.camera.shareOf(ground);
      return [round(Math.max(0, Math.min(1, x))), round(Math.max(0, Math.min(1, y)))];
    });
  return {
    add(index: number, step: number, visible: readonly Visible[]): void {
      const objects = visible.flatMap(({ box, hiddenShare }, at): TrueObject[] => {
        const actor = scene.actors[at];
        const world = actor?.anchorAt(step);
        if (!box || !actor || !world) return [];
        return [
          {
            id: actor.id,
            className: actor.className,
            box: [
              round(box.x1 / width),
              round(box.y1 / height),
              round(box.x2 / width),
              round(box.y2 / height),
            ],
            hiddenShare: round(hiddenShare),
            world: [round(world.x), round(world.y)],
          },
        ];
      });
      frames.push({ index, atMs: (index * 1000) / scene.fps, objects });
    },
    finish(): Truth {
      const steps = Math.round((scene.durationMs / 1000) * stepsPerSecond);
      const { kind, seed, fps, durationMs, classes, actors, lines, zones } = scene;
      return {
        kind,
        seed,
        width,
        height,
        fps,
        durationMs,
        classes,
        lines: lines.map(({ name, a, b }) => ({ name, points: points([a, b]) })),
        zones: zones.map(({ name, polygon }) => ({ name, points: points(polygon) })),
        crossings: actors
          .flatMap((actor) => lines.flatMap((line) => crossingsOf(actor, line, steps)))
          // Whoever crosses as the film begins or ends was seen on one side only: nobody could say.
          .filter(({ atMs }) => atMs >= edgeMs && atMs <= durationMs - edgeMs)
          .sort((p, q) => p.atMs - q.atMs),
        stays: actors
          .flatMap((actor) => zones.flatMap((zone) => staysOf(actor, zone, steps)))
          .sort((p, q) => p.enteredAtMs - q.enteredAtMs),
        occlusions: occlusionsOf(frames, fps),
        frames,
      };
    },
  };
};

const occlusionsOf = (frames: readonly TrueFrame[], fps: number): TrueOcclusion[] => {
  const found: TrueOcclusion[] = [];
  const open = new Map<string, { from: number; to: number }>();
  const close = (id: string, { from, to }: { from: number; to: number }): void => {
    if ((to - from + 1) / fps >= 0.3)
      found.push({ id, fromMs: (from * 1000) / fps, toMs: (to * 1000) / fps });
  };
  for (const frame of frames) {
    for (const { id, box, hiddenShare } of frame.objects) {
      const touchesEdge = box[0] <= 0 || box[1] <= 0 || box[2] >= 1 || box[3] >= 1;
      if (hiddenShare < 0.5 || touchesEdge) continue;
      const running = open.get(id);
      if (running && running.to === frame.index - 1) running.to = frame.index;
      else {
        if (running) close(id, running);
        open.set(id, { from: frame.index, to: frame.index });
      }
    }
  }
  for (const [id, running] of open) close(id, running);
  return found.sort((p, q) => p.fromMs - q.fromMs);
};
