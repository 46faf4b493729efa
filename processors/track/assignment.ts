/**
 * Minimum-cost assignment of rows to columns (Crouse 2016, "On implementing 2D rectangular assignment
 * algorithms": shortest augmenting paths with dual variables, the rectangular form of Jonker–Volgenant).
 * Deterministic: among equal costs the lower column wins. Scratch arrays live in the closure and only grow.
 */
export interface Assigner {
  /**
   * Pairs rows with columns so that the sum of costs is least, where leaving a row alone costs `limit` and a
   * pair of at least `limit` is never made. `cost` is row-major, rows × columns, at least 0; `rowToColumn`
   * receives the column of each row, or -1.
   */
  assign(cost: Float64Array, rows: number, columns: number, limit: number, rowToColumn: Int32Array): void;
}

const growth = 64;

export const createAssigner = (): Assigner => {
  let capacity = 0;
  let rowDual = new Float64Array(0);
  let columnDual = new Float64Array(0);
  let shortest = new Float64Array(0);
  let rowOfColumn = new Int32Array(0);
  let columnOfRow = new Int32Array(0);
  let cameFrom = new Int32Array(0);
  let rowDone = new Uint8Array(0);
  let columnDone = new Uint8Array(0);

  const reserve = (size: number): void => {
    if (size <= capacity) return;
    capacity = Math.ceil(size / growth) * growth;
    rowDual = new Float64Array(capacity);
    columnDual = new Float64Array(capacity);
    shortest = new Float64Array(capacity);
    rowOfColumn = new Int32Array(capacity);
    columnOfRow = new Int32Array(capacity);
    cameFrom = new Int32Array(capacity);
    rowDone = new Uint8Array(capacity);
    columnDone = new Uint8Array(capacity);
  };

  /** Extends the matching by `start`; the matrix is read through (row × rowStride + column × columnStride). */
  const augment = (
    cost: Float64Array,
    start: number,
    rows: number,
    columns: number,
    rowStride: number,
    columnStride: number,
    limit: number,
  ): void => {
    shortest.fill(Infinity, 0, columns);
    rowDone.fill(0, 0, rows);
    columnDone.fill(0, 0, columns);
    let row = start;
    let distance = 0;
    let sink = -1;
    while (sink < 0) {
      rowDone[row] = 1;
      let nearest = -1;
      let least = Infinity;
      const base = row * rowStride;
      const offset = distance - (rowDual[row] as number);
      for (let column = 0; column < columns; column++) {
        if (columnDone[column]) continue;
        const entry = Math.min(cost[base + column * columnStride] as number, limit);
        const reduced = offset + entry - (columnDual[column] as number);
        if (reduced < (shortest[column] as number)) {
          shortest[column] = reduced;
          cameFrom[column] = row;
        }
        const length = shortest[column] as number;
        // A free column among equals ends the search at once, which is as good and quicker.
        if (
          length < least ||
          (length === least && nearest >= 0 && rowOfColumn[column] === -1 && rowOfColumn[nearest] !== -1)
        ) {
          least = length;
          nearest = column;
        }
      }
      distance = least;
      columnDone[nearest] = 1;
      if (rowOfColumn[nearest] === -1) sink = nearest;
      else row = rowOfColumn[nearest] as number;
    }
    rowDual[start] = (rowDual[start] as number) + distance;
    for (let other = 0; other < rows; other++)
      if (rowDone[other] && other !== start)
        rowDual[other] =
          (rowDual[other] as number) + distance - (shortest[columnOfRow[other] as number] as number);
    for (let column = 0; column < columns; column++)
      if (columnDone[column])
        columnDual[column] = (columnDual[column] as number) - distance + (shortest[column] as number);
    for (let column = sink; ;) {
      const owner = cameFrom[column] as number;
      const before = columnOfRow[owner] as number;
      rowOfColumn[column] = owner;
      columnOfRow[owner] = column;
      if (owner === start) return;
      column = before;
    }
  };

  return {
    assign(cost, rows, columns, limit, rowToColumn) {
      reserve(Math.max(rows, columns));
      // The algorithm wants no more rows than columns; a tall matrix is read with its strides swapped.
      const tall = rows > columns;
      const short = tall ? columns : rows;
      const long = tall ? rows : columns;
      rowDual.fill(0, 0, short);
      columnDual.fill(0, 0, long);
      rowOfColumn.fill(-1, 0, long);
      columnOfRow.fill(-1, 0, short);
      for (let row = 0; row < short; row++)
        augment(cost, row, short, long, tall ? 1 : columns, tall ? columns : 1, limit);
      rowToColumn.fill(-1, 0, rows);
      for (let row = 0; row < short; row++) {
        const column = columnOfRow[row] as number;
        const [trueRow, trueColumn] = tall ? [column, row] : [row, column];
        if ((cost[trueRow * columns + trueColumn] as number) < limit) rowToColumn[trueRow] = trueColumn;
      }
    },
  };
};
