import type { Crossing } from '#schemas';

/**
 * Crossings by line, direction and quarter hour of the last two days: today of every time zone is a sum of these,
 * because all zones' days begin on a quarter hour. Fed once by each offset, so nothing is counted twice.
 */
export interface Totals {
  add(crossing: Pick<Crossing, 'cameraId' | 'lineId' | 'direction' | 'crossedAtUs'>, count?: number): void;
  /** Both directions of a line, from (inclusive) to (exclusive), both on a quarter hour. */
  between(cameraId: string, lineId: string, fromUs: number, toUs: number): { in: number; out: number };
  /** Forgets what ended before; called now and then so that it never grows. */
  forgetBefore(atUs: number): void;
}

const quarterUs = 15 * 60 * 1_000_000;

interface Bucket {
  in: number;
  out: number;
}

export const createTotals = (): Totals => {
  /** Line → start of the quarter → counts. Bounded by lines × quarters kept. */
  const lines = new Map<string, Map<number, Bucket>>();
  const keyOf = (cameraId: string, lineId: string): string => `${cameraId}\n${lineId}`;
  return {
    add({ cameraId, lineId, direction, crossedAtUs }, count = 1) {
      const key = keyOf(cameraId, lineId);
      const quarters = lines.get(key) ?? new Map<number, Bucket>();
      lines.set(key, quarters);
      const start = Math.floor(crossedAtUs / quarterUs) * quarterUs;
      const bucket = quarters.get(start) ?? { in: 0, out: 0 };
      quarters.set(start, bucket);
      bucket[direction === 'in' ? 'in' : 'out'] += count;
    },
    between(cameraId, lineId, fromUs, toUs) {
      const sum = { in: 0, out: 0 };
      for (const [start, bucket] of lines.get(keyOf(cameraId, lineId)) ?? []) {
        if (start < fromUs || start >= toUs) continue;
        sum.in += bucket.in;
        sum.out += bucket.out;
      }
      return sum;
    },
    forgetBefore(atUs) {
      for (const [key, quarters] of lines) {
        for (const start of quarters.keys()) if (start + quarterUs <= atUs) quarters.delete(start);
        if (quarters.size === 0) lines.delete(key);
      }
    },
  };
};
