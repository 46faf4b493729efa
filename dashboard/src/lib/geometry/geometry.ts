import type { Point } from '#lib/api/types.ts';

/** Plane geometry of the pictures: points are shares 0–1, y down; `aspect` is width by height of the picture. */

export const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Six decimals are a hundredth of a pixel on 8K, and keep documents readable. */
export const tidy = ({ x, y }: Point): Point => ({
  x: Math.round(clamp(x) * 1e6) / 1e6,
  y: Math.round(clamp(y) * 1e6) / 1e6,
});

export const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** Distance in picture heights. */
export const distance = (a: Point, b: Point, aspect: number): number =>
  Math.hypot((b.x - a.x) * aspect, b.y - a.y);

/**
 * Unit direction of `in` for the arrow a→b, in picture heights: to its right-hand side as drawn, which with y down is
 * the side where cross(b−a, p−a) is positive.
 *
 *      a ───────▶ b
 *           │
 *           ▼ in
 */
export const inDirection = (a: Point, b: Point, aspect: number): Point => {
  const [dx, dy] = [(b.x - a.x) * aspect, b.y - a.y];
  const length = Math.hypot(dx, dy) || 1;
  return { x: -dy / length, y: dx / length };
};

/** Middle of a zone's upper side, where its name is written: the middle is where lines are drawn. */
export const topMiddle = (polygon: readonly Point[]): Point => {
  const byHeight = [...polygon].sort((one, other) => one.y - other.y);
  const [highest = { x: 0, y: 0 }, second = highest] = byHeight;
  return Math.abs(second.y - highest.y) < 0.05 ? middle(highest, second) : highest;
};

/** Moves a whole shape as far as it can go without leaving the picture, and keeps its form. */
export const moved = (points: readonly Point[], by: Point): Point[] => {
  const limit = (shift: number, values: number[]): number =>
    Math.max(-Math.min(...values), Math.min(1 - Math.max(...values), shift));
  const x = limit(
    by.x,
    points.map((point) => point.x),
  );
  const y = limit(
    by.y,
    points.map((point) => point.y),
  );
  return points.map((point) => tidy({ x: point.x + x, y: point.y + y }));
};

/** A name nobody has yet: `Line 1`, `Line 2` … */
export const freeName = (word: string, taken: readonly string[]): string => {
  for (let number = 1; ; number++) if (!taken.includes(`${word} ${number}`)) return `${word} ${number}`;
};

/** An id nobody has or had in this document: counts belong to ids. */
export const freeId = (word: string, taken: readonly string[]): string => {
  for (let number = 1; ; number++) if (!taken.includes(`${word}-${number}`)) return `${word}-${number}`;
};
