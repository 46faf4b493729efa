import type { Point, TriggeringAnchor } from '#schemas';

/**
 * Pure plane geometry. Points are shares of the picture, 0–1, y down; distances are picture heights, so x is
 * first multiplied by the picture's aspect (width / height).
 *
 *        a                     The line is an arrow a→b. As drawn, its right-hand side is where
 *        │                     side = cross(b − a, p − a) > 0:
 *   in   │   out
 *   side │   side                 a = (.5, 0), b = (.5, 1): cross = (0)(p.y) − (1)(p.x − .5)
 *   > 0  │   < 0                  so p.x < .5 has side > 0: walking leftwards is `in`.
 *        ▼
 *        b                     Facing along the arrow (down), the viewer's left is the walker's right.
 */

/** Corners of a box, 0–1. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Boxes are 32-bit floats: nearer than this (picture heights) a point is on a line, not beside it. */
export const touching = 1e-6;

const anchorShares: Readonly<Record<TriggeringAnchor, readonly [number, number]>> = {
  bottomCenter: [0.5, 1],
  bottomLeft: [0, 1],
  bottomRight: [1, 1],
  center: [0.5, 0.5],
  centerLeft: [0, 0.5],
  centerRight: [1, 0.5],
  topCenter: [0.5, 0],
  topLeft: [0, 0],
  topRight: [1, 0],
};

const isAnchor = (name: string): name is TriggeringAnchor => Object.hasOwn(anchorShares, name);

/** The point of a box that counts. An anchor of a newer version, unknown here, is taken as bottomCenter. */
export const anchorOf = (box: Box, anchor: string): Point => {
  const [across, down] = anchorShares[isAnchor(anchor) ? anchor : 'bottomCenter'];
  return { x: box.x1 + (box.x2 - box.x1) * across, y: box.y1 + (box.y2 - box.y1) * down };
};

/** Signed distance of p from the endless line through a→b, picture heights; positive on the `in` side, 0 when touching. */
export const signedDistance = (a: Point, b: Point, p: Point, aspect: number): number => {
  const alongX = (b.x - a.x) * aspect;
  const alongY = b.y - a.y;
  const cross = alongX * (p.y - a.y) - alongY * (p.x - a.x) * aspect;
  const distance = cross / Math.hypot(alongX, alongY);
  return Math.abs(distance) <= touching ? 0 : distance;
};

/** True when p→q meets the segment a–b, ends included. */
export const meetsSegment = (p: Point, q: Point, a: Point, b: Point, aspect: number): boolean => {
  const ofA = signedDistance(p, q, a, aspect);
  const ofB = signedDistance(p, q, b, aspect);
  if (!Number.isFinite(ofA)) return Math.abs(signedDistance(a, b, p, aspect)) === 0;
  return ofA * ofB <= 0 && signedDistance(a, b, p, aspect) * signedDistance(a, b, q, aspect) <= 0;
};

/**
 * Even-odd rule. A point on the left or upper edge is inside, one on the right or lower edge is not, so that
 * zones that share an edge share no point; the nudge makes this hold for 32-bit floats too.
 */
export const insidePolygon = (polygon: readonly Point[], point: Point): boolean => {
  const x = point.x + touching;
  const y = point.y + touching;
  let isInside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const p = polygon[i] as Point;
    const q = polygon[j] as Point;
    if (p.y > y !== q.y > y && x < ((q.x - p.x) * (y - p.y)) / (q.y - p.y) + p.x) isInside = !isInside;
  }
  return isInside;
};
