import type { DetectedFrame, Detection, Track } from '#schemas';
import { createAssociator, predictedLength } from './associate.ts';
import type { SeenObject } from './associate.ts';
import { learnConfidence } from './confidence.ts';
import { beginMotion, updateMotion } from './motion.ts';
import { reportLost, reportSeen } from './report.ts';
import type { TrackSettings } from './settings.ts';
import { votesMax } from './state.ts';
import type { TrackState, TrackedObject } from './state.ts';

/** Follows objects through the frames of one run. Keeps nothing but scratch memory: all that lasts is in the state. */
export interface Tracker {
  /** Gives up tracks unseen for too long at this instant; returns their numbers. */
  expire(state: TrackState, atUs: number): number[];
  /** Matches one frame; appends the numbers of tracks given up to `ended`. Returns every track alive. */
  follow(state: TrackState, frame: DetectedFrame, atUs: number, ended: number[]): Track[];
  /** Gives up every track. */
  endAll(state: TrackState): number[];
}

/** Detections worth looking at, in picture heights, the most confident first. */
const look = (frame: DetectedFrame, aspect: number, settings: TrackSettings): SeenObject[] =>
  frame.detections
    .filter(
      ({ x1, y1, x2, y2, confidence }: Detection) =>
        confidence >= settings.confidenceLow && x2 > x1 && y2 > y1,
    )
    .map((detection) => ({
      x: ((detection.x1 + detection.x2) / 2) * aspect,
      y: (detection.y1 + detection.y2) / 2,
      width: (detection.x2 - detection.x1) * aspect,
      height: detection.y2 - detection.y1,
      confidence: detection.confidence,
      classId: detection.classId,
      className: detection.className,
    }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, settings.detectionsMax);

/** Adds the weight of one observation; when the ballot is full the weakest other class gives way. */
const vote = (track: TrackedObject, seen: SeenObject): void => {
  const known = track.votes.find(
    (entry) => entry.classId === seen.classId && entry.className === seen.className,
  );
  if (known) {
    known.weight += seen.confidence;
    return;
  }
  if (track.votes.length === votesMax) {
    const weakest = track.votes.reduce((least, entry) => (entry.weight < least.weight ? entry : least));
    track.votes.splice(track.votes.indexOf(weakest), 1);
  }
  track.votes.push({ classId: seen.classId, className: seen.className, weight: seen.confidence });
};

const observe = (track: TrackedObject, seen: SeenObject, atUs: number, settings: TrackSettings): void => {
  const seconds = (atUs - track.lastSeenAtUs) / 1e6;
  updateMotion(track.motion, seconds, seen.x, seen.y, seen.width, seen.height, settings);
  track.lastSeenAtUs = atUs;
  track.observations++;
  track.confirmed ||= track.observations >= settings.observationsMin;
  vote(track, seen);
};

const begin = (state: TrackState, seen: SeenObject, atUs: number, settings: TrackSettings): TrackedObject => {
  const track: TrackedObject = {
    trackNumber: state.nextTrackNumber++,
    confirmed: settings.observationsMin <= 1,
    observations: 1,
    firstSeenAtUs: atUs,
    lastSeenAtUs: atUs,
    motion: beginMotion(seen.x, seen.y, seen.width, seen.height, settings),
    votes: [{ classId: seen.classId, className: seen.className, weight: seen.confidence }],
  };
  state.tracks.push(track);
  return track;
};

/** Makes room for a newcomer by giving up the track unseen the longest; false when all are in view. */
const makeRoom = (state: TrackState, atUs: number, ended: number[], tracksMax: number): boolean => {
  if (state.tracks.length < tracksMax) return true;
  const oldest = state.tracks.reduce((least, track) =>
    track.lastSeenAtUs < least.lastSeenAtUs ? track : least,
  );
  if (oldest.lastSeenAtUs === atUs) return false;
  ended.push(oldest.trackNumber);
  state.tracks.splice(state.tracks.indexOf(oldest), 1);
  return true;
};

export const createTracker = (settings: TrackSettings): Tracker => {
  const associator = createAssociator(settings);
  let matches = new Int32Array(settings.tracksMax);
  let taken = new Uint8Array(settings.detectionsMax);

  /** At slow rates a track must survive a few frames, however short its time is. */
  const patienceUs = (state: TrackState, track: TrackedObject): number => {
    const intervalUs = state.run?.intervalUs ?? 0;
    return track.confirmed
      ? Math.max(settings.lostMs * 1000, 3.5 * intervalUs)
      : Math.max(settings.tentativeMs * 1000, 1.5 * intervalUs);
  };

  return {
    expire(state, atUs) {
      const gone = state.tracks.filter((track) => atUs - track.lastSeenAtUs > patienceUs(state, track));
      if (gone.length > 0) state.tracks = state.tracks.filter((track) => !gone.includes(track));
      return gone.map((track) => track.trackNumber);
    },
    endAll(state) {
      const gone = state.tracks.map((track) => track.trackNumber);
      state.tracks = [];
      return gone;
    },
    follow(state, frame, atUs, ended) {
      const aspect = frame.height > 0 && frame.width > 0 ? frame.width / frame.height : 1;
      if (state.run && frame.fps > 0) state.run.intervalUs = Math.round(1e6 / frame.fps);
      const seen = look(frame, aspect, settings);
      const tracks = [...state.tracks];
      if (matches.length < tracks.length) matches = new Int32Array(tracks.length * 2);
      if (taken.length < seen.length) taken = new Uint8Array(seen.length * 2);
      taken.fill(0, 0, seen.length);
      const { typicalConfidence } = state;
      associator.associate({ tracks, seen, atUs, typicalConfidence }, matches);
      const reports = new Map<number, Track>();
      tracks.forEach((track, index) => {
        const match = matches[index] as number;
        if (match < 0) {
          if (!track.confirmed) return;
          const lost = reportLost(track, associator.predicted(), index * predictedLength, aspect);
          reports.set(track.trackNumber, lost);
          return;
        }
        const object = seen[match] as SeenObject;
        taken[match] = 1;
        observe(track, object, atUs, settings);
        if (track.confirmed) learnConfidence(state, object.confidence);
        reports.set(track.trackNumber, reportSeen(track, object, aspect, settings.detectionShare));
      });
      const endedBefore = ended.length;
      seen.forEach((object, index) => {
        if (taken[index] || object.confidence < settings.confidenceNew * typicalConfidence) return;
        if (!makeRoom(state, atUs, ended, settings.tracksMax)) return;
        const track = begin(state, object, atUs, settings);
        reports.set(track.trackNumber, reportSeen(track, object, aspect, settings.detectionShare));
      });
      for (const trackNumber of ended.slice(endedBefore)) reports.delete(trackNumber);
      return [...reports.values()];
    },
  };
};
