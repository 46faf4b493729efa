import type { DetectedFrame, Detection, Track } from '#schemas';
import { classOf, createAssociator, predictedLength } from './associate.ts';
import type { SeenObject } from './associate.ts';
import { beginMotion, updateMotion } from './motion.ts';
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

const byConfidence = (a: SeenObject, b: SeenObject): number => b.confidence - a.confidence;

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
    .sort(byConfidence)
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

export const createTracker = (settings: TrackSettings): Tracker => {
  const associator = createAssociator(settings);
  let matches = new Int32Array(settings.tracksMax);

  /** At slow rates a track must survive at least a few frames, however short its time is. */
  const patienceUs = (state: TrackState, track: TrackedObject): number =>
    Math.max(
      (track.confirmed ? settings.lostMs : settings.tentativeMs) * 1000,
      (track.confirmed ? 3.5 : 1.5) * (state.run?.intervalUs ?? 0),
    );

  const expire = (state: TrackState, atUs: number): number[] => {
    const gone: number[] = [];
    state.tracks = state.tracks.filter((track) => {
      const isAlive = atUs - track.lastSeenAtUs <= patienceUs(state, track);
      if (!isAlive) gone.push(track.trackNumber);
      return isAlive;
    });
    return gone;
  };

  const observe = (track: TrackedObject, seen: SeenObject, atUs: number): void => {
    const seconds = (atUs - track.lastSeenAtUs) / 1e6;
    updateMotion(track.motion, seconds, seen.x, seen.y, seen.width, seen.height, settings);
    track.lastSeenAtUs = atUs;
    track.observations++;
    track.confirmed ||= track.observations >= settings.observationsMin;
    vote(track, seen);
  };

  const begin = (state: TrackState, seen: SeenObject, atUs: number): void => {
    state.tracks.push({
      trackNumber: state.nextTrackNumber++,
      confirmed: settings.observationsMin <= 1,
      observations: 1,
      firstSeenAtUs: atUs,
      lastSeenAtUs: atUs,
      motion: beginMotion(seen.x, seen.y, seen.width, seen.height, settings),
      votes: [{ classId: seen.classId, className: seen.className, weight: seen.confidence }],
    });
  };

  /** Makes room for a newcomer by giving up the track unseen the longest; false when all are in view. */
  const makeRoom = (state: TrackState, atUs: number, ended: number[]): boolean => {
    if (state.tracks.length < settings.tracksMax) return true;
    let oldest = state.tracks[0] as TrackedObject;
    for (const track of state.tracks) if (track.lastSeenAtUs < oldest.lastSeenAtUs) oldest = track;
    if (oldest.lastSeenAtUs === atUs) return false;
    ended.push(oldest.trackNumber);
    state.tracks.splice(state.tracks.indexOf(oldest), 1);
    return true;
  };

  const report = (
    track: TrackedObject,
    box: ArrayLike<number>,
    offset: number,
    aspect: number,
    confidence: number,
  ): Track => {
    const [x, y] = [(box[offset] as number) / aspect, box[offset + 1] as number];
    const [halfWidth, halfHeight] = [
      (box[offset + 2] as number) / aspect / 2,
      (box[offset + 3] as number) / 2,
    ];
    const { classId, className } = classOf(track);
    return {
      trackId: String(track.trackNumber),
      state: confidence === 0 ? 'lost' : track.confirmed ? 'confirmed' : 'tentative',
      x1: Math.fround(x - halfWidth),
      y1: Math.fround(y - halfHeight),
      x2: Math.fround(x + halfWidth),
      y2: Math.fround(y + halfHeight),
      confidence,
      classId,
      className,
      firstSeenAtUs: track.firstSeenAtUs,
    };
  };

  return {
    expire,
    endAll(state) {
      const gone = state.tracks.map((track) => track.trackNumber);
      state.tracks = [];
      return gone;
    },
    follow(state, frame, atUs, ended) {
      const aspect = frame.height > 0 ? frame.width / frame.height : 1;
      if (state.run && frame.fps > 0) state.run.intervalUs = Math.round(1e6 / frame.fps);
      const seen = look(frame, aspect, settings);
      const known = [...state.tracks];
      if (matches.length < known.length) matches = new Int32Array(known.length * 2);
      associator.associate(known, seen, atUs, matches);
      const predicted = associator.predicted();
      const taken = new Uint8Array(seen.length);
      const reports: Track[] = [];
      known.forEach((track, index) => {
        const match = matches[index] as number;
        if (match < 0) {
          if (track.confirmed) reports.push(report(track, predicted, index * predictedLength, aspect, 0));
          return;
        }
        const object = seen[match] as SeenObject;
        taken[match] = 1;
        observe(track, object, atUs);
        reports.push(report(track, track.motion, 0, aspect, object.confidence));
      });
      seen.forEach((object, index) => {
        if (taken[index] || object.confidence < settings.confidenceNew) return;
        if (!makeRoom(state, atUs, ended)) return;
        begin(state, object, atUs);
        const track = state.tracks.at(-1) as TrackedObject;
        reports.push(report(track, track.motion, 0, aspect, object.confidence));
      });
      return ended.length === 0 ? reports : reports.filter(({ trackId }) => !ended.includes(Number(trackId)));
    },
  };
};
