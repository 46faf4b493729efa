import type { TrackState } from './state.ts';

/**
 * Detectors scale their scores differently: what one calls 0.6 another calls 0.95. So thresholds are shares of the
 * score that this camera's real objects typically get: the running mean over the observations of confirmed tracks.
 */
/** Low enough that a weak detector begins tracks at all, and is learned from. */
export const typicalAtFirst = 0.65;
/** However weak the detector, half of certainty is not typical: else noise would lower the bar for noise. */
const typicalMin = 0.5;
/** About the last 200 observations count. */
const learningRate = 1 / 200;

export const learnConfidence = (state: TrackState, confidence: number): void => {
  const learned = state.typicalConfidence + learningRate * (confidence - state.typicalConfidence);
  state.typicalConfidence = Math.max(typicalMin, learned);
};
