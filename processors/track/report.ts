import type { Track } from '#schemas';
import { classOf } from './associate.ts';
import type { SeenObject } from './associate.ts';
import type { TrackedObject } from './state.ts';

/** A box by its centre and size, picture heights, as a track in shares of the picture and exact 32-bit floats. */
const report = (
  track: TrackedObject,
  state: 'tentative' | 'confirmed' | 'lost',
  confidence: number,
  [x, y, width, height]: readonly [number, number, number, number],
  aspect: number,
): Track => {
  const { classId, className } = classOf(track);
  return {
    trackId: String(track.trackNumber),
    state,
    x1: Math.fround((x - width / 2) / aspect),
    y1: Math.fround(y - height / 2),
    x2: Math.fround((x + width / 2) / aspect),
    y2: Math.fround(y + height / 2),
    confidence,
    classId,
    className,
    firstSeenAtUs: track.firstSeenAtUs,
  };
};

/** A track seen in this frame: between what was detected and what the filter believes. */
export const reportSeen = (
  track: TrackedObject,
  seen: SeenObject,
  aspect: number,
  detectionShare: number,
): Track => {
  const [x = 0, y = 0, width = 0, height = 0] = track.motion;
  const between = (estimate: number, detected: number): number =>
    estimate + detectionShare * (detected - estimate);
  const box = [
    between(x, seen.x),
    between(y, seen.y),
    between(width, seen.width),
    between(height, seen.height),
  ] as const;
  return report(track, track.confirmed ? 'confirmed' : 'tentative', seen.confidence, box, aspect);
};

/** A confirmed track not seen in this frame, where it is predicted to be. */
export const reportLost = (
  track: TrackedObject,
  predicted: Float64Array,
  offset: number,
  aspect: number,
): Track => {
  const [x = 0, y = 0, width = 0, height = 0] = predicted.subarray(offset, offset + 4);
  return report(track, 'lost', 0, [x, y, width, height], aspect);
};
