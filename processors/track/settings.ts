/**
 * Everything that can be tuned in the tracker, in one table. Lengths are in heights of the object and times in
 * milliseconds of capture time, so nothing depends on the frame rate or the size of the picture. Confidences are
 * shares of what the detector typically gives to real objects (confidence.ts), so nothing depends on how a model's
 * scores are scaled.
 */
export interface TrackSettings {
  /** Detections from this share on are matched first. */
  readonly confidenceHigh: number;
  /** A track begins at a detection of at least this share. */
  readonly confidenceNew: number;
  /** Detections below this score, not share, are not looked at. */
  readonly confidenceLow: number;
  /** First pass: a pair costs 1 − overlap of the grown boxes, and the extras below; dearer pairs are not made. */
  readonly costMax: number;
  /** Second pass, weak detections, boxes not grown. */
  readonly weakCostMax: number;
  /** Third pass: distance of the centres beyond what the uncertainty of the prediction explains. */
  readonly distanceMax: number;
  /** Third pass: the greater height over the smaller. */
  readonly heightRatioMax: number;
  /** Boxes are grown by this share of their size on each side before their overlap is taken … */
  readonly buffer: number;
  /** … and by this much more for each second the track was not seen, up to one second. */
  readonly bufferPerSecond: number;
  /** Added for each second the track was not seen, up to two: who was just seen comes first. */
  readonly unseenCost: number;
  /** Added for tentative tracks: who is believed comes first. */
  readonly tentativeCost: number;
  /** Added for a step straight against the track's heading. */
  readonly headingCost: number;
  /** Added when the class of the detection is not the track's. */
  readonly classChangeCost: number;
  /** A track is confirmed after this many observations … */
  readonly observationsMin: number;
  /** … or given up when not seen for this long before that, and for more than one frame. */
  readonly tentativeMs: number;
  /** A confirmed track is given up when not seen for this long, and for more than three frames. */
  readonly lostMs: number;
  /** The velocity of an unseen track dies away with this time constant. */
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
  /** Share of the detection in the reported box; the rest is the filter's estimate. */
  readonly detectionShare: number;
  /** Tracks held for one camera; beyond it the track unseen the longest goes, and if all are seen the newcomer. */
  readonly tracksMax: number;
  /** Detections looked at in one frame: the most confident ones. */
  readonly detectionsMax: number;
}

/**
 * One setting for every camera. Tuned together on the six MOT15 sequences with their Faster R-CNN detections and
 * on two of them with the detections of YOLOX-nano and NanoDet; see README.md for how it holds where it was not tuned.
 */
export const trackDefaults: TrackSettings = {
  confidenceHigh: 0.76,
  confidenceNew: 0.9,
  confidenceLow: 0.1,
  costMax: 0.59,
  weakCostMax: 0.46,
  distanceMax: 0.18,
  heightRatioMax: 1.6,
  buffer: 0.16,
  bufferPerSecond: 0.12,
  unseenCost: 0.09,
  tentativeCost: 0.35,
  headingCost: 0.08,
  classChangeCost: 0.2,
  observationsMin: 3,
  tentativeMs: 150,
  lostMs: 2100,
  coastMs: 3500,
  centreNoise: 0.105,
  sizeNoise: 0.105,
  centreDrive: 0.27,
  sizeDrive: 0.1,
  velocityNoise: 2.1,
  detectionShare: 0.36,
  tracksMax: 256,
  detectionsMax: 512,
};
