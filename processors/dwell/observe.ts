import type { CameraDocument, Crossing, Measure, Occupancy, Track, TrackRecord, Visit } from '#schemas';
import { defaults } from '#schemas/defaults.ts';
import { longestUnseen } from './bounds.ts';
import { crossingEvent, visitEvent } from './events.ts';
import type { Occasion } from './events.ts';
import { anchorOf } from './geometry.ts';
import { observeLine } from './lines.ts';
import { addHeat, addPath, addPresence } from './minutes.ts';
import { pathScale, simplifyPath } from './path.ts';
import { closeStay, observeZone } from './stays.ts';
import type { StayListener } from './stays.ts';
import { tentativeMax, tracksMax } from './state.ts';
import type { DwellState, FollowedTrack, Sighting } from './state.ts';

export interface DwellOutputs {
  crossings: Crossing;
  visits: Visit;
  occupancy: Occupancy;
  measures: Measure;
}

/** Everything that judging one record needs. */
export interface Judgement {
  readonly state: DwellState;
  readonly occasion: Occasion;
  /** The document in force; its lines and zones are in the order of the state's. */
  readonly document: CameraDocument | undefined;
  readonly listener: StayListener;
  readonly forward: <Stream extends keyof DwellOutputs>(stream: Stream, value: DwellOutputs[Stream]) => void;
}

export const stayListener = (
  state: DwellState,
  occasion: Occasion,
  forward: Judgement['forward'],
): StayListener => ({
  entered: (track, stay) => forward('visits', visitEvent(occasion, state, track, stay, null)),
  left: (track, stay, leftAtUs, reason) =>
    forward('visits', visitEvent(occasion, state, track, stay, { leftAtUs, reason })),
  present: (stay, fromUs, toUs) => addPresence(state, stay.zoneIndex, fromUs, toUs),
});

/** Points a path may have: fewer when many people are in the picture, so that the state stays bounded. */
const pathPointsMax = (state: DwellState): number =>
  Math.max(8, Math.min(defaults.pathPointsMax, Math.floor(2500 / (state.tracks.length + 1))));

const extendPath = (state: DwellState, track: FollowedTrack, sighting: Sighting): void => {
  const { x, y } = anchorOf(sighting, 'bottomCenter');
  const step = [
    Math.round(x * pathScale),
    Math.round(y * pathScale),
    Math.round(sighting.atUs / 1000),
  ] as const;
  const last = track.path.at(-1);
  if (last && last[0] === step[0] && last[1] === step[1]) return;
  track.path.push(step);
  const limit = pathPointsMax(state);
  if (track.path.length > limit) track.path = simplifyPath(track.path, limit / 2);
};

/** The cell where the track was warms up until it is seen again, at most the default grace. */
const warm = (state: DwellState, last: Sighting, untilUs: number): void => {
  const gapUs = untilUs - last.atUs;
  const longestUs = Math.max(defaults.zone.graceMs * 1000, 1.5 * state.intervalUs);
  const durationUs = gapUs <= longestUs ? gapUs : state.intervalUs;
  addHeat(state, anchorOf(last, 'bottomCenter'), last.atUs, last.atUs + durationUs);
};

/** One observation of a confirmed track against every line and zone. */
const judge = (judgement: Judgement, track: FollowedTrack, sighting: Sighting): void => {
  const { state, occasion, document, listener, forward } = judgement;
  document?.lines.forEach((line, index) => {
    const crossing = observeLine(track, line, index, sighting, state.aspect);
    if (!crossing || (line.classes.length > 0 && !line.classes.includes(track.className))) return;
    forward('crossings', crossingEvent(occasion, state, track, line, crossing));
  });
  document?.zones.forEach((zone, index) =>
    observeZone(track, zone, index, sighting, state.intervalUs, listener),
  );
  if (track.last) warm(state, track.last, sighting.atUs);
  extendPath(state, track, sighting);
  track.last = sighting;
};

/** Ends a track: its stays close, its path goes to its minute. */
export const endTrack = (judgement: Judgement, track: FollowedTrack, reason: string): void => {
  const { state, listener } = judgement;
  for (const stay of [...track.stays])
    closeStay(track, stay, state.intervalUs, stay.isInside ? reason : 'exit', listener);
  if (track.last) warm(state, track.last, Infinity);
  addPath(state, track);
  state.tracks.splice(state.tracks.indexOf(track), 1);
};

const follow = (judgement: Judgement, seen: Track): FollowedTrack => {
  const { state } = judgement;
  const known = state.tracks.find(({ trackId }) => trackId === seen.trackId);
  if (known) return known;
  if (state.tracks.length >= tracksMax) endTrack(judgement, longestUnseen(state), 'trackEnded');
  const track: FollowedTrack = {
    trackId: seen.trackId,
    className: seen.className,
    isConfirmed: false,
    tentative: [],
    last: null,
    sides: state.lines.map(() => 0),
    crossings: [],
    stays: [],
    path: [],
  };
  state.tracks.push(track);
  return track;
};

/** The tracks of one frame. A lost track's box is a guess, not an observation, and is passed over. */
export const observeFrame = (judgement: Judgement, record: TrackRecord): void => {
  for (const seen of record.frame?.tracks ?? []) {
    if (seen.state === 'lost') continue;
    const track = follow(judgement, seen);
    track.className = seen.className;
    const { x1, y1, x2, y2 } = seen;
    const sighting: Sighting = { atUs: record.capturedAtUs, x1, y1, x2, y2 };
    if (seen.state !== 'confirmed' && !track.isConfirmed) {
      track.tentative.push(sighting);
      if (track.tentative.length > tentativeMax) track.tentative.shift();
      continue;
    }
    const replayed = track.tentative;
    track.isConfirmed = true;
    track.tentative = [];
    for (const earlier of replayed) judge(judgement, track, earlier);
    judge(judgement, track, sighting);
  }
};
