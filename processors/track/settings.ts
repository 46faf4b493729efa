/**
 * Everything that can be tuned in the tracker, in one table. Lengths are in heights of the object, times in
 * milliseconds of capture time: nothing depends on the frame rate or the size of the picture.
 */
export interface TrackSettings {
  /** Detections from this score on are matched first and may begin a track. */
  readonly confidenceHigh: number;
  /** Detections below this score are not looked at. */
  readonly confidenceLow: number;
  /** A track begins at a detection of at least this score. */
  readonly confidenceNew: number;
  /** First pass: a pair costs 1 − overlap of the boxes grown by `buffer`; dearer pairs are not made. */
  readonly costMax: number;
  /** Second pass, weak detections, boxes not grown. */
  readonly weakCostMax: number;
  /** Third pass: centre distance in object heights, less what the uncertainty of the prediction explains. */
  readonly distanceMax: number;
  /** Boxes are grown by this share of their size on each side before their overlap is taken. */
  readonly buffer: number;
  /** Added to the cost when the class of the detection is not the track's. */
  readonly classChangeCost: number;
  /** A track is confirmed after this many observations … */
  readonly observationsMin: number;
  /** … or given up when not seen for this long before that. */
  readonly tentativeMs: number;
  /** A confirmed track is given up when not seen for this long. */
  readonly lostMs: number;
  /** Velocity of an unseen track dies away with this time constant. */
  readonly coastMs: number;
  /** Standard deviation of a detection's centre. */
  readonly centreNoise: number;
  /** Standard deviation of a detection's width and height. */
  readonly sizeNoise: number;
  /** Root of the spectral density of the centre's acceleration, heights per second to the power 1.5. */
  readonly centreDrive: number;
  /** The same for the size. */
  readonly sizeDrive: number;
  /** Standard deviation of the velocity of a new track, heights per second. */
  readonly velocityNoise: number;
  /** Tracks held for one camera; beyond it the track unseen the longest goes, and if all are seen the newcomer. */
  readonly tracksMax: number;
  /** Detections looked at in one frame; the most confident ones. */
  readonly detectionsMax: number;
}

export const trackDefaults: TrackSettings = {
  confidenceHigh: 0.5,
  confidenceLow: 0.1,
  confidenceNew: 0.6,
  costMax: 0.8,
  weakCostMax: 0.6,
  distanceMax: 0.6,
  buffer: 0.1,
  classChangeCost: 0.2,
  observationsMin: 3,
  tentativeMs: 300,
  lostMs: 1500,
  coastMs: 1000,
  centreNoise: 0.05,
  sizeNoise: 0.08,
  centreDrive: 0.6,
  sizeDrive: 0.2,
  velocityNoise: 1,
  tracksMax: 256,
  detectionsMax: 512,
};
