import type { Pixel } from './camera.ts';
import type { Shape } from './shapes.ts';

/** The shape's first and last y. */
export const yRangeOf = (shape: Shape): [number, number] => {
  if (shape.kind === 'capsule')
    return [Math.min(shape.a.y, shape.b.y) - shape.radius, Math.max(shape.a.y, shape.b.y) + shape.radius];
  if (shape.kind === 'ellipse') return [shape.center.y - shape.radiusY, shape.center.y + shape.radiusY];
  let [top, bottom] = [Infinity, -Infinity];
  for (const { y } of shape.points) {
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return [top, bottom];
};

/** Where a horizontal line lies inside the shape: from, to, from, to … in x. */
export const spansOf = (shape: Shape, y: number): number[] => {
  if (shape.kind === 'polygon') return polygonSpans(shape.points, y);
  if (shape.kind === 'ellipse') return ellipseSpan(shape.center, shape.radiusX, shape.radiusY, y);
  return capsuleSpan(shape.a, shape.b, shape.radius, y);
};

const ellipseSpan = (center: Pixel, radiusX: number, radiusY: number, y: number): number[] => {
  const up = (y - center.y) / radiusY;
  if (Math.abs(up) > 1) return [];
  const half = radiusX * Math.sqrt(1 - up * up);
  return [center.x - half, center.x + half];
};

/** A capsule is convex: its span is the hull of those of its two ends and of the band between them. */
const capsuleSpan = (a: Pixel, b: Pixel, radius: number, y: number): number[] => {
  const parts = [...ellipseSpan(a, radius, radius, y), ...ellipseSpan(b, radius, radius, y)];
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length > 1e-9) {
    const [acrossX, acrossY] = [(-(b.y - a.y) / length) * radius, ((b.x - a.x) / length) * radius];
    const corners = [
      { x: a.x + acrossX, y: a.y + acrossY },
      { x: b.x + acrossX, y: b.y + acrossY },
      { x: b.x - acrossX, y: b.y - acrossY },
      { x: a.x - acrossX, y: a.y - acrossY },
    ];
    parts.push(...polygonSpans(corners, y));
  }
  return parts.length === 0 ? [] : [Math.min(...parts), Math.max(...parts)];
};

/** Even-odd rule. */
const polygonSpans = (points: readonly Pixel[], y: number): number[] => {
  const crossings: number[] = [];
  for (let index = 0, before = points.length - 1; index < points.length; before = index++) {
    const p = points[index] as Pixel;
    const q = points[before] as Pixel;
    if (p.y > y !== q.y > y) crossings.push(((q.x - p.x) * (y - p.y)) / (q.y - p.y) + p.x);
  }
  return crossings.sort((left, right) => left - right);
};
