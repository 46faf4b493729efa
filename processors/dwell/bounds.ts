import { defaults } from '#schemas/defaults.ts';
import { simplifyPath } from './path.ts';
import type { PathStep } from './path.ts';
import type { DwellState, FollowedTrack, OpenMinute } from './state.ts';

/**
 * Upper bounds on the encoded size of a state's parts, bytes. They follow the layout in codec.ts: an integer that
 * is an instant takes at most 9 bytes, a length or an index 3, text up to 3 bytes a UTF-16 unit.
 */
const textBytes = (text: string): number => 2 + text.length * 3;
const sightingBytes = 9 + 4 * 4;
const crossingBytes = 3 + 9 + 2 * 4 + 1 + 9 + 3;
const stayBytes = 3 + 9 + 9 + 8 + 2;
const stepBytes = 3 + 3 + 5;
const heatBytes = 2 + 7;

const pathBytes = (path: readonly PathStep[]): number => 4 + 9 + path.length * stepBytes;

const trackBytes = (track: FollowedTrack): number =>
  textBytes(track.trackId) +
  textBytes(track.className) +
  (track.tentative.length + 1) * sightingBytes +
  track.sides.length +
  track.crossings.length * crossingBytes +
  track.stays.length * stayBytes +
  pathBytes(track.path) +
  16;

const minuteBytes = (minute: OpenMinute): number =>
  32 +
  minute.zones.length * 12 +
  minute.heat.size * heatBytes +
  minute.paths.reduce(
    (sum, { trackId, className, path }) => sum + textBytes(trackId) + textBytes(className) + pathBytes(path),
    0,
  );

const sum = <Item>(items: readonly Item[], bytesOf: (item: Item) => number): number =>
  items.reduce((total, item) => total + bytesOf(item), 0);

/** An upper bound on the length of the encoded state. */
export const stateBytes = (state: DwellState): number =>
  128 +
  textBytes(state.runId) +
  textBytes(state.siteId) +
  sum(state.lines, ({ lineId, signature }) => lineId.length + signature.length + 4) +
  sum(state.zones, ({ zoneId, signature }) => zoneId.length + signature.length + 8) +
  sum(state.tracks, trackBytes) +
  sum(state.minutes, minuteBytes);

export const isWithinBounds = (state: DwellState): boolean => stateBytes(state) <= defaults.stateBytesMax;

const seenAtUs = ({ last, tentative }: FollowedTrack): number => last?.atUs ?? tentative.at(-1)?.atUs ?? 0;

/** The track to give up first. There must be one. */
export const longestUnseen = (state: DwellState): FollowedTrack =>
  state.tracks.reduce((oldest, track) => (seenAtUs(track) < seenAtUs(oldest) ? track : oldest));

/** The tracks to give up, the longest unseen first, so that what remains is within its bytes. */
export const tracksTooMany = (state: DwellState): FollowedTrack[] => {
  let excess = stateBytes(state) - defaults.stateBytesMax;
  const oldestFirst = state.tracks.toSorted((a, b) => seenAtUs(a) - seenAtUs(b));
  const count = oldestFirst.findIndex((track) => {
    if (excess <= 0) return true;
    excess -= trackBytes(track);
    return false;
  });
  return count < 0 ? oldestFirst : oldestFirst.slice(0, count);
};

const thinPointsMax = 8;

/** Leaves every path its shape in a few points. */
export const thinPaths = (state: DwellState): void => {
  for (const track of state.tracks) track.path = simplifyPath(track.path, thinPointsMax);
};
