/**
 * Where a track has been, in few points. A point is [x, y, atMs] with x and y in 1/16384 of the picture and
 * whole milliseconds, so that the path of a track costs some hundred bytes of state.
 */
export type PathStep = readonly [x: number, y: number, atMs: number];

export const pathScale = 16384;
/** Deviations below this are not worth a point (1/16384 of the picture; about two pixels of a thousand). */
const tolerance = 0.002 * pathScale;

/** Squared distance of p from the segment a–b. */
const squaredDistance = (p: PathStep, a: PathStep, b: PathStep): number => {
  const [alongX, alongY] = [b[0] - a[0], b[1] - a[1]];
  const length = alongX * alongX + alongY * alongY;
  const share = length === 0 ? 0 : ((p[0] - a[0]) * alongX + (p[1] - a[1]) * alongY) / length;
  const along = Math.min(1, Math.max(0, share));
  return (p[0] - a[0] - along * alongX) ** 2 + (p[1] - a[1] - along * alongY) ** 2;
};

/** Ramer–Douglas–Peucker (Douglas & Peucker 1973), without recursion. Keeps both ends. */
const simplify = (path: readonly PathStep[], epsilon: number): PathStep[] => {
  const keep = new Uint8Array(path.length);
  keep[0] = keep[path.length - 1] = 1;
  const spans: [number, number][] = [[0, path.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    let farthest = -1;
    let most = epsilon * epsilon;
    for (let index = from + 1; index < to; index++) {
      const distance = squaredDistance(path[index] as PathStep, path[from] as PathStep, path[to] as PathStep);
      if (distance > most) [farthest, most] = [index, distance];
    }
    if (farthest < 0) continue;
    keep[farthest] = 1;
    spans.push([from, farthest], [farthest, to]);
  }
  return path.filter((_, index) => keep[index]);
};

/** The path with at most `pointsMax` points (at least two), as true as that allows. */
export const simplifyPath = (path: readonly PathStep[], pointsMax: number): PathStep[] => {
  let epsilon = tolerance;
  let simple = path.length <= 2 ? [...path] : simplify(path, epsilon);
  while (simple.length > Math.max(2, pointsMax)) {
    epsilon *= 1.6;
    simple = simplify(simple, epsilon);
  }
  return simple;
};
