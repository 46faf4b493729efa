import type { Line } from '#schemas';
import { anchorOf, meetsSegment, signedDistance } from './geometry.ts';
import type { FollowedTrack, OpenCrossing, Sighting } from './state.ts';

/** A crossing that has become certain. */
export interface CertainCrossing {
  direction: 'in' | 'out';
  crossedAtUs: number;
  x: number;
  y: number;
}

/** Moment and place at which the anchor passed the line between two observations. */
const passage = (
  line: Line,
  lineIndex: number,
  previous: Sighting,
  current: Sighting,
  aspect: number,
): OpenCrossing => {
  const p = anchorOf(previous, line.triggeringAnchor);
  const q = anchorOf(current, line.triggeringAnchor);
  const before = signedDistance(line.a, line.b, p, aspect);
  const after = signedDistance(line.a, line.b, q, aspect);
  const share = before === after ? 1 : before / (before - after);
  return {
    lineIndex,
    crossedAtUs: Math.round(previous.atUs + share * (current.atUs - previous.atUs)),
    x: Math.fround(p.x + share * (q.x - p.x)),
    y: Math.fround(p.y + share * (q.y - p.y)),
    isBetweenEnds: meetsSegment(p, q, line.a, line.b, aspect),
    heldSinceUs: -1,
    observations: 0,
  };
};

/**
 * One observation of a track against one line (DESIGN.md §5).
 *
 *      near side      │ band │band│      far side
 *   ●──────●──────────┼──●───┼────┼────●───────●      the track's side changes when the far side, beyond the
 *                            ↑ passed here     ↑      band, was held for confirmMs and observationsMin;
 *                                              └ certain now, counted at the passage
 *
 * Back on the near side before that: nothing happened. A point on the line belongs to the side before. The side
 * changes even when the passage was beside the segment's ends, but only one between them is a crossing; so a
 * direction counts once until the track is back, past the band.
 */
export const observeLine = (
  track: FollowedTrack,
  line: Line,
  lineIndex: number,
  current: Sighting,
  aspect: number,
): CertainCrossing | null => {
  const distance = signedDistance(line.a, line.b, anchorOf(current, line.triggeringAnchor), aspect);
  const side = Math.sign(distance);
  if (side === 0) return null;
  const held = track.sides[lineIndex] ?? 0;
  if (held === 0 || !track.last) {
    track.sides[lineIndex] = side;
    return null;
  }
  const openIndex = track.crossings.findIndex((crossing) => crossing.lineIndex === lineIndex);
  if (side === held) {
    if (openIndex >= 0) track.crossings.splice(openIndex, 1);
    return null;
  }
  let open = track.crossings[openIndex];
  if (!open) {
    open = passage(line, lineIndex, track.last, current, aspect);
    track.crossings.push(open);
  }
  if (Math.abs(distance) <= line.hysteresis) return null;
  if (open.heldSinceUs < 0) open.heldSinceUs = current.atUs;
  open.observations++;
  const isHeld = current.atUs - open.heldSinceUs >= line.confirmMs * 1000;
  if (!isHeld || open.observations < line.observationsMin) return null;
  track.sides[lineIndex] = side;
  track.crossings.splice(track.crossings.indexOf(open), 1);
  if (!open.isBetweenEnds) return null;
  return { direction: side > 0 ? 'in' : 'out', crossedAtUs: open.crossedAtUs, x: open.x, y: open.y };
};
