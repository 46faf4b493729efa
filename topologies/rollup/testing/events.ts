import type { Crossing } from '#schemas';

/** The nth crossing of a made-up day: every field follows from n. */
export const crossingOf = (n: number, startUs: number): Crossing => ({
  eventId: `crossing-${n}`,
  cameraId: `camera-${n % 5}`,
  siteId: n % 2 === 0 ? 'berlin' : 'kathmandu',
  runId: 'run',
  trackId: String(n),
  className: n % 3 === 0 ? 'person' : 'bicycle',
  lineId: `line-${n % 2}`,
  lineName: 'Door',
  role: 'entrance',
  direction: n % 4 < 2 ? 'in' : 'out',
  crossedAtUs: startUs + n * 7_000_000,
  x: 0.5,
  y: 0.25,
  configVersion: 1,
  late: n % 50 === 0,
  observedAtUs: startUs + n * 7_000_000 + 250_000,
  stamps: null,
});
