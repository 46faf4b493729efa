/** The only clocks of this folder: capture time is born here, nowhere else. */

/** Wall clock, integer microseconds since epoch, with sub-millisecond digits. */
export const wallClockUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Clock that never jumps, microseconds from an arbitrary start. */
export const monotonicUs = (): number => Math.round(performance.now() * 1000);
