/** Wait before try number `attempt` (from 1), milliseconds: doubling, with jitter so that many do not come at once. */
export const backOffMs = (attempt: number, firstMs: number, mostMs: number, random = Math.random()): number =>
  Math.round(Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 16)) * (0.5 + random / 2));
