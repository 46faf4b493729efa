const waitMsMax = 30_000;

/** Wait before try number `attempt` (from 1), milliseconds: doubling, with jitter so that many do not come at once. */
export const backOffMs = (attempt: number, firstMs: number, random = Math.random()): number =>
  Math.round(Math.min(waitMsMax, firstMs * 2 ** (attempt - 1)) * (0.5 + random / 2));
