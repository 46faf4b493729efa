import type { SourcePosition } from './types.ts';

/** A backward step below this is jitter; from here on the timestamps began anew. */
const jitterUs = 1_000_000;
/** A forward step beyond this is a broken timestamp, not a pause in the recording. */
const pauseUsMax = 60_000_000;

export const startPosition: SourcePosition = {
  framesRead: 0,
  ptsUs: null,
  firstPtsUs: null,
  offsetUs: -1,
  shiftUs: 0,
  exact: true,
};

/**
 * Repairs a file's timestamps: offsets from the first frame that strictly grow, whatever the file says.
 * A missing timestamp lies one frame after the last; a jump goes on one frame after the last.
 */
export const nextPosition = (
  last: SourcePosition,
  ptsUs: number | null,
  frameDurationUs: number,
): SourcePosition => {
  const framesRead = last.framesRead + 1;
  if (last.framesRead === 0) {
    return { framesRead, ptsUs, firstPtsUs: ptsUs, offsetUs: 0, shiftUs: 0, exact: ptsUs !== null };
  }
  const expectedUs = last.offsetUs + frameDurationUs;
  if (ptsUs === null) return { ...last, framesRead, ptsUs, offsetUs: expectedUs, exact: false };
  const firstPtsUs = last.firstPtsUs ?? ptsUs - expectedUs;
  const rawUs = ptsUs - firstPtsUs + last.shiftUs;
  const stepUs = rawUs - last.offsetUs;
  if (stepUs <= -jitterUs || stepUs > pauseUsMax) {
    const shiftUs = last.shiftUs + expectedUs - rawUs;
    return { framesRead, ptsUs, firstPtsUs, offsetUs: expectedUs, shiftUs, exact: false };
  }
  if (stepUs <= 0)
    return { ...last, framesRead, ptsUs, firstPtsUs, offsetUs: last.offsetUs + 1, exact: false };
  return { ...last, framesRead, ptsUs, firstPtsUs, offsetUs: rawUs };
};
