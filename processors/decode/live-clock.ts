/** A frame believed older than this when it arrives: the stream's clock jumped. */
const lagUsMax = 2_000_000;
/** Share of the difference taken over with each frame, so that a camera's slow clock does not drift away. */
const drift = 0.002;

/**
 * Capture time of a live stream's frames on our monotonic clock: the stream's own timestamps, which have no
 * network jitter, placed so that no frame was captured after it arrived. A stream whose timestamps jump, wrap
 * or are missing falls back to the time of arrival.
 */
export const createLiveClock = (): ((ptsUs: number | null, arrivedUs: number) => number) => {
  let shiftUs: number | undefined;
  return (ptsUs, arrivedUs) => {
    if (ptsUs === null) return arrivedUs;
    const lagUs = shiftUs === undefined ? Infinity : arrivedUs - (ptsUs + shiftUs);
    if (shiftUs === undefined || lagUs < 0 || lagUs > lagUsMax) shiftUs = arrivedUs - ptsUs;
    else shiftUs += lagUs * drift;
    return Math.round(ptsUs + shiftUs);
  };
};
