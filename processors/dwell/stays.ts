import type { Zone } from '#schemas';
import { anchorOf, insidePolygon } from './geometry.ts';
import type { FollowedTrack, Sighting, Stay } from './state.ts';

/** What a stay tells the rest of the processor. */
export interface StayListener {
  /** The stay counts from now on. */
  entered(track: FollowedTrack, stay: Stay): void;
  /** It is over; `leftAtUs` is the end of its last observation inside. Only for stays that were entered. */
  left(track: FollowedTrack, stay: Stay, leftAtUs: number, reason: string): void;
  /** The track was inside from one instant to another. */
  present(stay: Stay, fromUs: number, toUs: number): void;
}

/** Frames may come late by half an interval before a track counts as unseen. */
const longestUnseenUs = (zone: Zone, intervalUs: number): number =>
  Math.max(zone.graceMs * 1000, 1.5 * intervalUs);

const dwell = (stay: Stay, durationUs: number, listener: StayListener): void => {
  stay.dwellUs += durationUs;
  listener.present(stay, stay.lastInsideAtUs, stay.lastInsideAtUs + durationUs);
};

/** Ends a stay: its last observation inside lasts one frame interval more. */
export const closeStay = (
  track: FollowedTrack,
  stay: Stay,
  intervalUs: number,
  reason: string,
  listener: StayListener,
): void => {
  if (stay.isInside) dwell(stay, intervalUs, listener);
  track.stays.splice(track.stays.indexOf(stay), 1);
  if (stay.isEntered) listener.left(track, stay, stay.lastInsideAtUs + intervalUs, reason);
};

const begin = (track: FollowedTrack, zoneIndex: number, atUs: number): Stay => {
  const stay = {
    zoneIndex,
    enteredAtUs: atUs,
    lastInsideAtUs: atUs,
    dwellUs: 0,
    isInside: true,
    isEntered: false,
  };
  track.stays.push(stay);
  return stay;
};

/**
 * One observation of a track against one zone (DESIGN.md §5).
 *
 *   observation   in    in    out   in    (unseen)      in
 *   dwells        ├─────┼─────┤     ├─ until the next, if that comes within the grace;
 *                             │     └─ else one frame interval, and the stay is over
 *                             └─ one frame interval at most; being outside never dwells
 */
export const observeZone = (
  track: FollowedTrack,
  zone: Zone,
  zoneIndex: number,
  current: Sighting,
  intervalUs: number,
  listener: StayListener,
): void => {
  const isInside = insidePolygon(zone.polygon, anchorOf(current, zone.triggeringAnchor));
  let stay = track.stays.find((candidate) => candidate.zoneIndex === zoneIndex);
  if (!isInside) {
    if (stay?.isInside) {
      dwell(stay, Math.min(current.atUs - stay.lastInsideAtUs, intervalUs), listener);
      stay.isInside = false;
    }
    return;
  }
  if (stay && current.atUs - stay.lastInsideAtUs > longestUnseenUs(zone, intervalUs)) {
    closeStay(track, stay, intervalUs, stay.isInside ? 'trackEnded' : 'exit', listener);
    stay = undefined;
  }
  if (!stay) {
    if (zone.classes.length > 0 && !zone.classes.includes(track.className)) return;
    stay = begin(track, zoneIndex, current.atUs);
  }
  if (stay.isInside && current.atUs > stay.lastInsideAtUs)
    dwell(stay, current.atUs - stay.lastInsideAtUs, listener);
  stay.isInside = true;
  stay.lastInsideAtUs = current.atUs;
  if (!stay.isEntered && current.atUs - stay.enteredAtUs >= zone.enterMs * 1000) {
    stay.isEntered = true;
    listener.entered(track, stay);
  }
};

/** Ends the stays of a track that was unseen or outside for longer than the grace at this instant. */
export const closeStale = (
  track: FollowedTrack,
  zones: readonly Zone[],
  atUs: number,
  isFrame: boolean,
  intervalUs: number,
  listener: StayListener,
): void => {
  for (const stay of [...track.stays]) {
    const zone = zones[stay.zoneIndex] as Zone;
    // A frame in which the track is missing is proof; between frames, missing frames prove nothing.
    const allowedUs = isFrame ? zone.graceMs * 1000 : longestUnseenUs(zone, intervalUs);
    if (atUs - stay.lastInsideAtUs <= allowedUs) continue;
    closeStay(track, stay, intervalUs, stay.isInside ? 'trackEnded' : 'exit', listener);
  }
};
