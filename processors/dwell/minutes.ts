import { defaults } from '#schemas/defaults.ts';
import type { Point } from '#schemas';
import { simplifyPath } from './path.ts';
import type { DwellState, FollowedTrack, OpenMinute } from './state.ts';

export const minuteUs = 60_000_000;

const minuteOf = (atUs: number): number => Math.floor(atUs / minuteUs) * minuteUs;

/**
 * The sums of the minute at an instant, begun when there are none. A minute already written gets a second record
 * (a part): measures of one minute add up, so an interval that ends late is counted where it belongs.
 */
export const minuteAt = (state: DwellState, atUs: number): OpenMinute => {
  const minuteAtUs = minuteOf(atUs);
  const known = state.minutes.find((minute) => minute.minuteAtUs === minuteAtUs);
  if (known) return known;
  const minute: OpenMinute = {
    minuteAtUs,
    observedUs: 0,
    frames: 0,
    isLate: false,
    zones: state.zones.map(() => ({ personUs: 0, occupancyMax: 0 })),
    heat: new Map(),
    paths: [],
  };
  state.minutes.push(minute);
  state.minutes.sort((a, b) => a.minuteAtUs - b.minuteAtUs);
  return minute;
};

/** Calls `add` with each minute's share of an interval. */
const spread = (
  state: DwellState,
  fromUs: number,
  toUs: number,
  add: (minute: OpenMinute, durationUs: number) => void,
): void => {
  for (let startUs = fromUs; startUs < toUs;) {
    const endUs = Math.min(toUs, minuteOf(startUs) + minuteUs);
    add(minuteAt(state, startUs), endUs - startUs);
    startUs = endUs;
  }
};

export const addPresence = (state: DwellState, zoneIndex: number, fromUs: number, toUs: number): void =>
  spread(state, fromUs, toUs, (minute, durationUs) => {
    const sums = minute.zones[zoneIndex];
    if (sums) sums.personUs += durationUs;
  });

export const addHeat = (state: DwellState, point: Point, fromUs: number, toUs: number): void => {
  const { columns, rows } = defaults.heat;
  if (!(point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1)) return;
  const column = Math.min(columns - 1, Math.floor(point.x * columns));
  const cell = Math.min(rows - 1, Math.floor(point.y * rows)) * columns + column;
  spread(state, fromUs, toUs, (minute, durationUs) =>
    minute.heat.set(cell, (minute.heat.get(cell) ?? 0) + durationUs),
  );
};

/** A longer silence between two frames is a gap in which nobody watched. */
const watchedGapUs = (state: DwellState): number =>
  Math.max(2 * defaults.tickMs * 1000, 2 * state.intervalUs);

/**
 * Counts the time since the latest frame as watched, when the next frame (or proof that none comes) is here.
 * A frame watches until the next; the last one before a gap or an end, one frame interval.
 */
export const settleWatched = (state: DwellState, atUs: number, isFrame: boolean, isEnd: boolean): void => {
  const fromUs = state.lastFrameAtUs;
  if (fromUs < 0) return;
  const isGap = atUs - fromUs > watchedGapUs(state);
  if (!isFrame && !isGap && !isEnd) return;
  const toUs = isFrame && !isGap ? atUs : fromUs + state.intervalUs;
  spread(state, fromUs, toUs, (minute, durationUs) => {
    minute.observedUs += durationUs;
  });
  state.lastFrameAtUs = -1;
};

/** Hands a finished track's path to the minute in which it was last seen. */
export const addPath = (state: DwellState, track: FollowedTrack): void => {
  if (!track.isConfirmed || !track.last || track.path.length === 0) return;
  const path = simplifyPath(track.path, defaults.pathPointsMax);
  minuteAt(state, track.last.atUs).paths.push({ trackId: track.trackId, className: track.className, path });
};
