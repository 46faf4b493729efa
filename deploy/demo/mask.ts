import { spansOf, yRangeOf } from './spans.ts';
import type { Drawn, Rectangle } from './shapes.ts';

/** What can be seen of one object. */
export interface Visible {
  /** Pixels of the picture; null when nothing of it is seen. */
  readonly box: Rectangle | null;
  /** Share of the silhouette that others or the picture's edge hide. */
  readonly hiddenShare: number;
}

/** Pixels a raster cell is wide and high. */
const step = 2;
/** Cells around the picture in which silhouettes are still measured. */
const margin = 240;

/**
 * A raster of object numbers, painted from far to near like the picture, at half its resolution. Its own few lines
 * instead of the canvas: no blended edges, and numbers instead of colours.
 */
export const createMask = (width: number, height: number) => {
  const columns = Math.ceil(width / step) + 2 * margin;
  const rows = Math.ceil(height / step) + 2 * margin;
  const owners = new Int16Array(columns * rows);
  // The last drawing that touched a cell, so that overlapping shapes of one body are counted once.
  const touched = new Int32Array(columns * rows);
  const isOpen = new Uint8Array(columns * rows);
  let serial = 0;

  /** Calls back for every row's run of cells in a shape, the margin included. */
  const runs = (shape: Drawn['shapes'][number], take: (from: number, to: number) => void): void => {
    const [top, bottom] = yRangeOf(shape);
    const lastRow = Math.min(rows - 1, Math.floor(bottom / step) + margin);
    for (let row = Math.max(0, Math.floor(top / step) + margin); row <= lastRow; row++) {
      const spans = spansOf(shape, (row - margin + 0.5) * step);
      for (let index = 0; index + 1 < spans.length; index += 2) {
        const from = Math.max(0, Math.ceil((spans[index] as number) / step - 0.5) + margin);
        const to = Math.min(columns - 1, Math.floor((spans[index + 1] as number) / step - 0.5) + margin);
        if (to >= from) take(row * columns + from, row * columns + to);
      }
    }
  };

  /** Cells of the whole silhouette, seen or not. */
  const paint = (drawn: Drawn): number => {
    serial++;
    let size = 0;
    if (drawn.clip) {
      isOpen.fill(0);
      runs({ kind: 'polygon', points: drawn.clip, fill: '' }, (from, to) => isOpen.fill(1, from, to + 1));
    }
    const owner = drawn.object + 1;
    for (const shape of drawn.shapes)
      runs(shape, (from, to) => {
        for (let cell = from; cell <= to; cell++) {
          if (touched[cell] !== serial) {
            touched[cell] = serial;
            size++;
          }
          if (!drawn.clip || isOpen[cell] === 1) owners[cell] = owner;
        }
      });
    return size;
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
      const found = Array.from({ length: objects }, () => ({
        cells: 0,
        left: columns,
        top: rows,
        right: -1,
        bottom: -1,
      }));
      for (let row = margin; row < rows - margin; row++)
        for (let column = margin; column < columns - margin; column++) {
          const extent = found[(owners[row * columns + column] as number) - 1];
          if (!extent) continue;
          extent.cells++;
          if (column < extent.left) extent.left = column;
          if (column > extent.right) extent.right = column;
          if (row < extent.top) extent.top = row;
          extent.bottom = row;
        }
      return found.map(({ cells, left, top, right, bottom }, object) => ({
        hiddenShare: 1 - cells / Math.max(1, whole[object] as number),
        box:
          cells === 0
            ? null
            : {
                x1: (left - margin) * step,
                y1: (top - margin) * step,
                x2: Math.min(width, (right - margin + 1) * step),
                y2: Math.min(height, (bottom - margin + 1) * step),
              },
      }));
    },
  };
};
