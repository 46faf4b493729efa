/** x1 y1 x2 y2 as shares of the picture. */
export type Box = readonly [number, number, number, number];

export const overlapOf = (p: Box, q: Box): number => {
  const wide = Math.min(p[2], q[2]) - Math.max(p[0], q[0]);
  const high = Math.min(p[3], q[3]) - Math.max(p[1], q[1]);
  if (wide <= 0 || high <= 0) return 0;
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (wide * high) / (area(p) + area(q) - wide * high);
};
