import type { CameraDocument, Crossing, LatencyStamps, Line, Measure, Occupancy, Visit } from '#schemas';
import { defaults } from '#schemas/defaults.ts';
import type { CertainCrossing } from './lines.ts';
import { pathScale } from './path.ts';
import type { DwellState, FollowedTrack, OpenMinute, Stay } from './state.ts';

/** What every event of one record has in common. */
export interface Occasion {
  readonly cameraId: string;
  readonly late: boolean;
  readonly observedAtUs: number;
  readonly stamps: LatencyStamps | null;
  /** The document that names what the event is about. */
  readonly document: CameraDocument | undefined;
}

/** The name of a zone; its id when the document that had it is no longer known. */
const zoneNameOf = ({ document }: Occasion, zoneId: string): string =>
  document?.zones.find((zone) => zone.zoneId === zoneId)?.name ?? zoneId;

const toMs = (durationUs: number): number => Math.round(durationUs / 1000);

export const crossingEvent = (
  occasion: Occasion,
  state: DwellState,
  track: FollowedTrack,
  line: Line,
  crossing: CertainCrossing,
): Crossing => ({
  eventId: [occasion.cameraId, state.runId, track.trackId, line.lineId, crossing.crossedAtUs].join(':'),
  cameraId: occasion.cameraId,
  siteId: state.siteId,
  runId: state.runId,
  trackId: track.trackId,
  className: track.className,
  lineId: line.lineId,
  lineName: line.name,
  role: line.role,
  direction: crossing.direction,
  crossedAtUs: crossing.crossedAtUs,
  x: crossing.x,
  y: crossing.y,
  configVersion: state.configVersion,
  late: occasion.late,
  observedAtUs: occasion.observedAtUs,
  stamps: occasion.stamps,
});

/** How a stay ended; null while it lasts. */
export interface StayEnd {
  leftAtUs: number;
  reason: string;
}

export const visitEvent = (
  occasion: Occasion,
  state: DwellState,
  track: FollowedTrack,
  stay: Stay,
  end: StayEnd | null,
): Visit => {
  const { zoneId = '' } = state.zones[stay.zoneIndex] ?? {};
  const phase = end ? 'left' : 'entered';
  return {
    eventId: [occasion.cameraId, state.runId, track.trackId, zoneId, stay.enteredAtUs, phase].join(':'),
    cameraId: occasion.cameraId,
    siteId: state.siteId,
    runId: state.runId,
    phase,
    trackId: track.trackId,
    className: track.className,
    zoneId,
    zoneName: zoneNameOf(occasion, zoneId),
    enteredAtUs: stay.enteredAtUs,
    leftAtUs: end?.leftAtUs ?? null,
    dwellMs: end ? toMs(stay.dwellUs) : 0,
    reason: end?.reason ?? '',
    configVersion: state.configVersion,
    late: occasion.late,
    observedAtUs: occasion.observedAtUs,
    stamps: occasion.stamps,
  };
};

export const occupancyEvent = (
  occasion: Occasion,
  state: DwellState,
  zoneId: string,
  count: number,
): Occupancy => ({
  eventId: [occasion.cameraId, state.runId, zoneId, occasion.observedAtUs, count].join(':'),
  cameraId: occasion.cameraId,
  siteId: state.siteId,
  runId: state.runId,
  zoneId,
  zoneName: zoneNameOf(occasion, zoneId),
  count,
  changedAtUs: occasion.observedAtUs,
  configVersion: state.configVersion,
  late: occasion.late,
  observedAtUs: occasion.observedAtUs,
  stamps: occasion.stamps,
});

export const measureEvent = (occasion: Occasion, state: DwellState, minute: OpenMinute): Measure => ({
  eventId: [
    occasion.cameraId,
    state.runId,
    minute.minuteAtUs,
    state.configVersion,
    occasion.observedAtUs,
  ].join(':'),
  cameraId: occasion.cameraId,
  siteId: state.siteId,
  runId: state.runId,
  minuteAtUs: minute.minuteAtUs,
  observedMs: toMs(minute.observedUs),
  frames: minute.frames,
  zones: state.zones.map(({ zoneId }, index) => ({
    zoneId,
    zoneName: zoneNameOf(occasion, zoneId),
    personMs: toMs(minute.zones[index]?.personUs ?? 0),
    observedMs: toMs(minute.observedUs),
    occupancyMax: minute.zones[index]?.occupancyMax ?? 0,
  })),
  heatColumns: defaults.heat.columns,
  heatRows: defaults.heat.rows,
  heat: [...minute.heat]
    .sort(([a], [b]) => a - b)
    .map(([cell, personUs]) => ({ cell, personMs: toMs(personUs) })),
  paths: minute.paths.map(({ trackId, className, path }) => ({
    trackId,
    className,
    points: path.map(([x, y, atMs]) => ({
      x: Math.fround(x / pathScale),
      y: Math.fround(y / pathScale),
      atUs: atMs * 1000,
    })),
  })),
  configVersion: state.configVersion,
  late: minute.isLate,
});
