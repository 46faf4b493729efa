import type { Processor, ProcessorContext, StateStore, VersionedCamera } from '#processor';
import type { TrackRecord } from '#schemas';
import { isWithinBounds, thinPaths, tracksTooMany } from './bounds.ts';
import { applyVersion, isChanged, lostZones } from './configure.ts';
import { measureEvent, occupancyEvent } from './events.ts';
import type { Occasion } from './events.ts';
import { minuteAt, minuteUs, settleWatched } from './minutes.ts';
import { endTrack, observeFrame, stayListener } from './observe.ts';
import type { DwellOutputs, Judgement } from './observe.ts';
import { closeStale, closeStay } from './stays.ts';
import { emptyState } from './state.ts';
import type { DwellState } from './state.ts';

/** Writes the minutes that are over at `beforeUs` (all of them for Infinity). */
const flushMinutes = ({ state, occasion, forward }: Judgement, beforeUs: number): void => {
  const due = state.minutes.filter(({ minuteAtUs }) => minuteAtUs + minuteUs <= beforeUs);
  state.minutes = state.minutes.filter((minute) => !due.includes(minute));
  for (const minute of due) forward('measures', measureEvent(occasion, state, minute));
};

/** Writes the number of people of each zone in which it changed. */
const announceOccupancy = ({ state, occasion, forward }: Judgement): void => {
  state.zones.forEach((zone, zoneIndex) => {
    const count = state.tracks.filter((track) =>
      track.stays.some((stay) => stay.isEntered && stay.zoneIndex === zoneIndex),
    ).length;
    if (count === zone.occupancy) return;
    zone.occupancy = count;
    forward('occupancy', occupancyEvent(occasion, state, zone.zoneId, count));
  });
};

const endRun = (judgement: Judgement, atUs: number): void => {
  const { state } = judgement;
  for (const track of [...state.tracks]) endTrack(judgement, track, 'runEnded');
  settleWatched(state, atUs, false, true);
  announceOccupancy(judgement);
  flushMinutes(judgement, Infinity);
};

/** A record of another run ends the one before. */
const beginRun = (judgement: Judgement, record: TrackRecord): void => {
  const { state } = judgement;
  endRun(judgement, record.capturedAtUs);
  state.runId = record.runId;
  state.runEpoch = record.runEpoch;
  state.isEnded = false;
};

/**
 * Keeps the state within its bytes: first what was measured is written early (as a part of its minute), then paths
 * are thinned, then the tracks unseen the longest are ended. Only the first ever happens under a realistic load.
 */
const keepBounded = (judgement: Judgement): void => {
  const { state } = judgement;
  if (isWithinBounds(state)) return;
  flushMinutes(judgement, Infinity);
  if (isWithinBounds(state)) return;
  thinPaths(state);
  for (const track of tracksTooMany(state)) endTrack(judgement, track, 'trackEnded');
  announceOccupancy(judgement);
  flushMinutes(judgement, Infinity);
};

/** Another version of the camera document: what it took away ends, what it left in place goes on. */
const reconfigure = (judgement: Judgement, camera: VersionedCamera | undefined): void => {
  const { state, listener } = judgement;
  const lost = lostZones(state, camera);
  for (const track of state.tracks)
    for (const stay of track.stays.filter(({ zoneIndex }) => lost.has(zoneIndex)))
      closeStay(track, stay, state.intervalUs, 'zoneRemoved', listener);
  announceOccupancy(judgement);
  // What was measured until here belongs to the version until here.
  flushMinutes(judgement, Infinity);
  applyVersion(state, camera);
};

const observe = (judgement: Judgement, record: TrackRecord): void => {
  const { state, document, listener } = judgement;
  const { frame, capturedAtUs } = record;
  settleWatched(state, capturedAtUs, frame !== null, false);
  for (const trackId of record.endedTrackIds) {
    const track = state.tracks.find((candidate) => candidate.trackId === trackId);
    if (track) endTrack(judgement, track, 'trackEnded');
  }
  if (frame) {
    if (frame.height > 0 && frame.width > 0) state.aspect = frame.width / frame.height;
    if (frame.fps > 0) state.intervalUs = Math.round(1e6 / frame.fps);
    observeFrame(judgement, record);
  }
  for (const track of state.tracks)
    closeStale(track, document?.zones ?? [], capturedAtUs, frame !== null, state.intervalUs, listener);
  announceOccupancy(judgement);
  if (!frame) return;
  state.lastFrameAtUs = capturedAtUs;
  const minute = minuteAt(state, capturedAtUs);
  minute.frames++;
  minute.isLate ||= record.late;
  minute.zones.forEach((sums, index) => {
    sums.occupancyMax = Math.max(sums.occupancyMax, state.zones[index]?.occupancy ?? 0);
  });
};

/**
 * Tracks in; line crossings, zone visits, occupancy and minute measures out (DESIGN.md §5). Event time only:
 * dwell is never a number of frames. A record is judged by the camera document valid at its capture time. Records
 * of an older run are ignored.
 */
export const createDwell = (store: StateStore<DwellState>): Processor<TrackRecord, DwellOutputs> => {
  let context: ProcessorContext<DwellOutputs>;

  const judgementOf = (
    state: DwellState,
    record: TrackRecord,
    document: Judgement['document'],
  ): Judgement => {
    const occasion: Occasion = {
      cameraId: record.cameraId,
      late: record.late,
      observedAtUs: record.capturedAtUs,
      stamps: record.frame?.stamps ?? null,
      document,
    };
    const forward: Judgement['forward'] = (stream, value) => context.forward(stream, value);
    return { state, occasion, document, listener: stayListener(state, occasion, forward), forward };
  };

  return {
    init(given) {
      context = given;
    },
    process(record) {
      const state = store.get(record.cameraId) ?? emptyState();
      const isSameRun = state.runEpoch === record.runEpoch && state.runId === record.runId;
      if (record.runEpoch < state.runEpoch || (isSameRun && state.isEnded)) return;
      const camera = context.camera(record.cameraId, record.capturedAtUs);
      // What ends now was judged by the document in force until now, and keeps its names.
      const before = context.camera(record.cameraId, state.judgedAtUs);
      const until = judgementOf(state, record, isChanged(state, before) ? undefined : before?.document);
      if (!isSameRun) beginRun(until, record);
      if (isChanged(state, camera)) reconfigure(until, camera);
      const judgement = judgementOf(state, record, camera?.document);
      observe(judgement, record);
      if (record.kind === 'runEnded') {
        endRun(judgement, record.capturedAtUs);
        state.isEnded = true;
      }
      flushMinutes(judgement, state.lastFrameAtUs < 0 ? record.capturedAtUs : state.lastFrameAtUs);
      keepBounded(judgement);
      state.judgedAtUs = record.capturedAtUs;
      store.set(record.cameraId, state);
    },
    close() {},
  };
};
