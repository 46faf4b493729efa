import type { Pixel } from './camera.ts';
import type { Drawn, Rectangle, Shape } from './shapes.ts';

/** What can be seen of one object. */
export interface Visible {
  /** Pixels of the picture; null when nothing of it is seen. */
  readonly box: Rectangle | null;
  /** Share of the silhouette that others or the picture's edge hide. */
  readonly hiddenShare: number;
}

/**
 * A raster of object numbers, painted from far to near like the picture, at half its resolution. Its own few lines
 * instead of the canvas: no blended edges, and numbers instead of colours.
 */
export const createMask = (width: number, height: number) => {
  const step = 2;
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(height / step);
  const owners = new Int16Array(columns * rows);

  /** Calls back for every raster cell whose centre lies in the shape, also those beyond the edges. */
  const cells = (shape: Shape, take: (column: number, row: number) => void): void => {
    const { box, inside } = testOf(shape);
    for (let row = Math.floor(box.y1 / step); row <= Math.floor(box.y2 / step); row++)
      for (let column = Math.floor(box.x1 / step); column <= Math.floor(box.x2 / step); column++)
        if (inside((column + 0.5) * step, (row + 0.5) * step)) take(column, row);
  };

  const paint = (drawn: Drawn): number => {
    // A set of cells, because the shapes of one body overlap; columns beyond the edges need room, hence the offset.
    const own = new Set<number>();
    const clip = drawn.clip ? testOf({ kind: 'polygon', points: drawn.clip, fill: '' }).inside : undefined;
    for (const shape of drawn.shapes)
      cells(shape, (column, row) => {
        if (drawn.object >= 0) own.add((row + 4096) * 16384 + column + 4096);
        if (column < 0 || row < 0 || column >= columns || row >= rows) return;
        if (clip && !clip((column + 0.5) * step, (row + 0.5) * step)) return;
        owners[row * columns + column] = drawn.object + 1;
      });
    return own.size;
  };

  return {
    /** Objects in the order of their numbers; `drawn` from far to near. */
    look(drawn: readonly Drawn[], objects: number): Visible[] {
      owners.fill(0);
      const whole = new Array<number>(objects).fill(0);
      for (const item of drawn) {
        const size = paint(item);
        if (item.object >= 0) whole[item.object] = (whole[item.object] ?? 0) + size;
      }
      const seen = new Array<number>(objects).fill(0);
      const left = new Array<number>(objects).fill(columns);
      const top = new Array<number>(objects).fill(rows);
      const right = new Array<number>(objects).fill(-1);
      const bottom = new Array<number>(objects).fill(-1);
      for (let row = 0, cell = 0; row < rows; row++)
        for (let column = 0; column < columns; column++, cell++) {
          const object = (owners[cell] as number) - 1;
          if (object < 0) continue;
          seen[object] = (seen[object] as number) + 1;
          if (column < (left[object] as number)) left[object] = column;
          if (column > (right[object] as number)) right[object] = column;
          if (row < (top[object] as number)) top[object] = row;
          if (row > (bottom[object] as number)) bottom[object] = row;
        }
      return seen.map((count, object) => ({
        hiddenShare: 1 - count / Math.max(1, whole[object] as number),
        box:
          count === 0
            ? null
            : {
                x1: (left[object] as number) * step,
                y1: (top[object] as number) * step,
                x2: Math.min(width, ((right[object] as number) + 1) * step),
                y2: Math.min(height, ((bottom[object] as number) + 1) * step),
              },
      }));
    },
  };
};

interface ShapeTest {
  readonly box: Rectangle;
  inside(x: number, y: number): boolean;
}

const testOf = (shape: Shape): ShapeTest => {
  switch (shape.kind) {
    case 'capsule':
      return capsuleTest(shape.a, shape.b, shape.radius);
    case 'ellipse': {
      const { center, radiusX, radiusY } = shape;
      return {
        box: {
          x1: center.x - radiusX,
          y1: center.y - radiusY,
          x2: center.x + radiusX,
          y2: center.y + radiusY,
        },
        inside: (x, y) => ((x - center.x) / radiusX) ** 2 + ((y - center.y) / radiusY) ** 2 <= 1,
      };
    }
    case 'polygon':
      return polygonTest(shape.points);
  }
};

const capsuleTest = (a: Pixel, b: Pixel, radius: number): ShapeTest => {
  const [alongX, alongY] = [b.x - a.x, b.y - a.y];
  const length2 = alongX * alongX + alongY * alongY;
  return {
    box: {
      x1: Math.min(a.x, b.x) - radius,
      y1: Math.min(a.y, b.y) - radius,
      x2: Math.max(a.x, b.x) + radius,
      y2: Math.max(a.y, b.y) + radius,
    },
    inside(x, y) {
      const at = length2 === 0 ? 0 : ((x - a.x) * alongX + (y - a.y) * alongY) / length2;
      const nearest = Math.max(0, Math.min(1, at));
      return (x - a.x - alongX * nearest) ** 2 + (y - a.y - alongY * nearest) ** 2 <= radius * radius;
    },
  };
};

/** Even-odd rule. */
const polygonTest = (points: readonly Pixel[]): ShapeTest => ({
  box: {
    x1: Math.min(...points.map(({ x }) => x)),
    y1: Math.min(...points.map(({ y }) => y)),
    x2: Math.max(...points.map(({ x }) => x)),
    y2: Math.max(...points.map(({ y }) => y)),
  },
  inside(x, y) {
    let isInside = false;
    for (let index = 0, before = points.length - 1; index < points.length; before = index++) {
      const p = points[index] as Pixel;
      const q = points[before] as Pixel;
      if (p.y > y !== q.y > y && x < ((q.x - p.x) * (y - p.y)) / (q.y - p.y) + p.x) isInside = !isInside;
    }
    return isInside;
  },
});
