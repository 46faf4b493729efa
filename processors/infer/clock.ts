/** Wall clock for latency stamps and status reports, microseconds since epoch; never for event time. */
export const wallClockUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
