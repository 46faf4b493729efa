import type { Ground } from './camera.ts';
import type { Pose } from './people.ts';
import type { Random } from './random.ts';

/** Steps of the world in a second. Frames are taken from them, truth is computed on all of them. */
export const stepsPerSecond = 20;

/** What somebody means to do next. */
export type Task =
  | { readonly kind: 'go'; readonly to: Ground }
  | { readonly kind: 'stay'; readonly seconds: number; readonly facing: Ground }
  | { readonly kind: 'queue'; readonly seconds: number };

export interface Plan {
  readonly atSeconds: number;
  readonly start: Ground;
  /** Metres a second. */
  readonly speed: number;
  readonly tasks: readonly Task[];
}

/** Places to stand in a queue, the first one at the till. */
export interface Queue {
  readonly places: readonly Ground[];
  readonly facing: Ground;
}

/** Poses by step; null before the arrival and after the last task. */
export type Path = readonly (Pose | null)[];

interface Walker {
  readonly plan: Plan;
  task: number;
  at: Ground;
  velocity: Ground;
  facing: Ground;
  phase: number;
  waitedSteps: number;
  poses: (Pose | null)[];
}

const length = ({ x, y }: Ground): number => Math.hypot(x, y);
const less = (p: Ground, q: Ground): Ground => ({ x: p.x - q.x, y: p.y - q.y });

/** Walks everybody through their plans, step by step; people give each other a little room. */
export const walkAll = (
  plans: readonly Plan[],
  queue: Queue | null,
  seconds: number,
  random: Random,
): Path[] => {
  const walkers: Walker[] = plans.map((plan) => ({
    plan,
    task: 0,
    at: plan.start,
    velocity: { x: 0, y: 0 },
    facing: { x: 1, y: 0 },
    phase: random.between(0, Math.PI * 2),
    waitedSteps: 0,
    poses: [],
  }));
  const line: Walker[] = [];
  for (let step = 0; step < seconds * stepsPerSecond; step++) {
    const present = walkers.filter(
      ({ plan, task }) => step >= plan.atSeconds * stepsPerSecond && task < plan.tasks.length,
    );
    for (const walker of present) advance(walker, present, line, queue);
    for (const walker of walkers) walker.poses.push(present.includes(walker) ? poseOf(walker) : null);
  }
  return walkers.map(({ poses }) => poses);
};

const poseOf = ({ at, facing, velocity, phase }: Walker): Pose => ({
  at,
  facing,
  speed: length(velocity),
  phase,
});

/** Where the task wants somebody to be, and the direction to look at once there. */
const aimOf = (
  walker: Walker,
  task: Task,
  line: readonly Walker[],
  queue: Queue | null,
): { to: Ground; facing: Ground | null } => {
  if (task.kind === 'go') return { to: task.to, facing: null };
  if (task.kind === 'stay') return { to: walker.at, facing: task.facing };
  const place = queue?.places[Math.max(0, line.indexOf(walker))];
  return { to: place ?? walker.at, facing: queue?.facing ?? walker.facing };
};

const advance = (walker: Walker, others: readonly Walker[], line: Walker[], queue: Queue | null): void => {
  const task = walker.plan.tasks[walker.task];
  if (!task) return;
  if (task.kind === 'queue' && !line.includes(walker)) line.push(walker);
  const { to, facing } = aimOf(walker, task, line, queue);
  const way = less(to, walker.at);
  const distance = length(way);
  const isThere = distance < (task.kind === 'go' ? 0.18 : 0.06);
  move(walker, way, isThere, others);
  if (isThere && facing) turn(walker, facing, 0.12);
  if (!isThere) return;
  const isServed = task.kind !== 'queue' || line[0] === walker;
  if (task.kind !== 'go' && isServed) walker.waitedSteps++;
  if (task.kind !== 'go' && walker.waitedSteps < task.seconds * stepsPerSecond) return;
  if (task.kind === 'queue') line.splice(line.indexOf(walker), 1);
  walker.waitedSteps = 0;
  walker.task++;
};

const turn = (walker: Walker, facing: Ground, share: number): void => {
  const mixed = {
    x: walker.facing.x + (facing.x - walker.facing.x) * share + 1e-6,
    y: walker.facing.y + (facing.y - walker.facing.y) * share,
  };
  const size = length(mixed);
  walker.facing = { x: mixed.x / size, y: mixed.y / size };
};

const move = (walker: Walker, way: Ground, isThere: boolean, others: readonly Walker[]): void => {
  const distance = Math.max(1e-6, length(way));
  const speed = isThere ? 0 : Math.min(walker.plan.speed, distance * 2.5 + 0.15);
  let wanted = { x: (way.x / distance) * speed, y: (way.y / distance) * speed };
  if (speed > 0.3) wanted = giveRoom(walker, wanted, others);
  const keep = 0.8;
  walker.velocity = {
    x: walker.velocity.x * keep + wanted.x * (1 - keep),
    y: walker.velocity.y * keep + wanted.y * (1 - keep),
  };
  walker.at = {
    x: walker.at.x + walker.velocity.x / stepsPerSecond,
    y: walker.at.y + walker.velocity.y / stepsPerSecond,
  };
  const now = length(walker.velocity);
  if (now > 0.15) turn(walker, { x: walker.velocity.x / now, y: walker.velocity.y / now }, 0.25);
  // A step of 0.7 m is half a cycle.
  walker.phase += (now / stepsPerSecond / 1.4) * Math.PI * 2;
};

/** Steps aside for whoever is nearer than 0.7 m, at most by half of one's own speed. */
const giveRoom = (walker: Walker, wanted: Ground, others: readonly Walker[]): Ground => {
  let [x, y] = [wanted.x, wanted.y];
  for (const other of others) {
    if (other === walker) continue;
    const away = less(walker.at, other.at);
    const distance = Math.max(0.05, length(away));
    if (distance > 0.7) continue;
    const push = (0.7 - distance) * 0.9;
    x += (away.x / distance) * push;
    y += (away.y / distance) * push;
  }
  return { x, y };
};
