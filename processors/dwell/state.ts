import type { PathStep } from './path.ts';

/** A box at an instant: one observation of a track. */
export interface Sighting {
  atUs: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** A track that is past a line but has not held the far side long enough. */
export interface OpenCrossing {
  lineIndex: number;
  /** Where the anchor passed the line, and whether that was between the line's ends. */
  crossedAtUs: number;
  x: number;
  y: number;
  isBetweenEnds: boolean;
  /** First observation beyond the band on the far side; -1 before. */
  heldSinceUs: number;
  /** Observations beyond the band on the far side. */
  observations: number;
}

/** A stay of a track in a zone, from its first observation inside. */
export interface Stay {
  zoneIndex: number;
  enteredAtUs: number;
  lastInsideAtUs: number;
  /** Without the time since lastInsideAtUs; never shrinks. */
  dwellUs: number;
  /** The latest observation was inside. */
  isInside: boolean;
  /** Long enough to count; `entered` was sent. */
  isEntered: boolean;
}

export interface FollowedTrack {
  trackId: string;
  className: string;
  isConfirmed: boolean;
  /** Observations before confirmation, replayed by it; the latest `tentativeMax`. */
  tentative: Sighting[];
  last: Sighting | null;
  /** Side held of each line, in the order of `lines`: -1, 1, or 0 when not known. */
  sides: number[];
  crossings: OpenCrossing[];
  stays: Stay[];
  path: PathStep[];
}

/** Sums over one minute of event time that were not written yet. */
export interface OpenMinute {
  minuteAtUs: number;
  observedUs: number;
  frames: number;
  isLate: boolean;
  /** In the order of `zones`. */
  zones: { personUs: number; occupancyMax: number }[];
  /** Person-microseconds by cell. */
  heat: Map<number, number>;
  paths: { trackId: string; className: string; path: PathStep[] }[];
}

/** All that `dwell` remembers about one camera. */
export interface DwellState {
  runId: string;
  /** -1 before the first run. */
  runEpoch: number;
  /** The run was ended; its late records are ignored. */
  isEnded: boolean;
  siteId: string;
  /** Version of the camera document in force; 0 without one. */
  configVersion: number;
  /** Width / height of the picture. */
  aspect: number;
  /** Interval of frames the run aims at, microseconds. */
  intervalUs: number;
  /** Capture time of the latest frame whose watched time is not yet counted; -1 when there is none. */
  lastFrameAtUs: number;
  /** Capture time of the latest record; the document valid then is the one in force. */
  judgedAtUs: number;
  /** Geometry in force; `signature` tells whether it was moved. */
  lines: { lineId: string; signature: string }[];
  zones: { zoneId: string; signature: string; occupancy: number }[];
  tracks: FollowedTrack[];
  minutes: OpenMinute[];
}

/** Observations of a tentative track kept for its confirmation. */
export const tentativeMax = 32;
/** Tracks followed at once; beyond it the one seen last the longest ago is ended. */
export const tracksMax = 256;

export const emptyState = (): DwellState => ({
  runId: '',
  runEpoch: -1,
  isEnded: false,
  siteId: '',
  configVersion: 0,
  aspect: 1,
  intervalUs: 100_000,
  lastFrameAtUs: -1,
  judgedAtUs: 0,
  lines: [],
  zones: [],
  tracks: [],
  minutes: [],
});
