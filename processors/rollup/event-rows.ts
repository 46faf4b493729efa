import type { Alert, CameraStatus, Crossing, LatencyStamps, Occupancy, Visit } from '#schemas';
import type { RecordPlace, TableRow } from './row.ts';
import { finite, instant, instantOrNull, uint16Max, uint32Max, whole } from './values.ts';

type Row = Record<string, unknown>;

export const placeColumns = (place: RecordPlace): Row => ({
  appendedAt: instant('appendedAt', place.appendedAtUs),
  kafkaPartition: whole('kafkaPartition', place.partition, uint16Max),
  kafkaOffset: whole('kafkaOffset', place.offset),
});

const judgedColumns = (event: { observedAtUs: number; stamps: LatencyStamps | null }): Row => ({
  observedAt: instant('observedAtUs', event.observedAtUs),
  decodedAt: instantOrNull('stamps.decodedAtUs', event.stamps?.decodedAtUs),
  inferredAt: instantOrNull('stamps.inferredAtUs', event.stamps?.inferredAtUs),
});

export const crossingRows = (event: Crossing, place: RecordPlace): TableRow[] => [
  {
    table: 'crossings',
    row: {
      eventId: event.eventId,
      siteId: event.siteId,
      cameraId: event.cameraId,
      runId: event.runId,
      trackId: event.trackId,
      className: event.className,
      lineId: event.lineId,
      lineName: event.lineName,
      role: event.role,
      direction: event.direction,
      crossedAt: instant('crossedAtUs', event.crossedAtUs),
      x: finite('x', event.x),
      y: finite('y', event.y),
      configVersion: whole('configVersion', event.configVersion),
      late: event.late,
      ...judgedColumns(event),
      ...placeColumns(place),
    },
  },
];

export const visitRows = (event: Visit, place: RecordPlace): TableRow[] => [
  {
    table: 'visits',
    row: {
      eventId: event.eventId,
      siteId: event.siteId,
      cameraId: event.cameraId,
      runId: event.runId,
      phase: event.phase,
      trackId: event.trackId,
      className: event.className,
      zoneId: event.zoneId,
      zoneName: event.zoneName,
      enteredAt: instant('enteredAtUs', event.enteredAtUs),
      leftAt: instantOrNull('leftAtUs', event.leftAtUs),
      dwellMs: whole('dwellMs', event.dwellMs),
      reason: event.reason,
      configVersion: whole('configVersion', event.configVersion),
      late: event.late,
      ...judgedColumns(event),
      ...placeColumns(place),
    },
  },
];

export const occupancyRows = (event: Occupancy, place: RecordPlace): TableRow[] => [
  {
    table: 'occupancy',
    row: {
      eventId: event.eventId,
      siteId: event.siteId,
      cameraId: event.cameraId,
      runId: event.runId,
      zoneId: event.zoneId,
      zoneName: event.zoneName,
      count: whole('count', event.count, uint32Max),
      changedAt: instant('changedAtUs', event.changedAtUs),
      configVersion: whole('configVersion', event.configVersion),
      late: event.late,
      ...judgedColumns(event),
      ...placeColumns(place),
    },
  },
];

export const alertRows = (event: Alert, place: RecordPlace): TableRow[] => [
  {
    table: 'alerts',
    row: {
      eventId: event.eventId,
      alertId: event.alertId,
      siteId: event.siteId,
      cameraId: event.cameraId,
      runId: event.runId,
      ruleId: event.ruleId,
      ruleName: event.ruleName,
      ruleKind: event.ruleKind,
      phase: event.phase,
      severity: event.severity,
      subjectId: event.subjectId,
      trackIds: event.trackIds,
      message: event.message,
      raisedAt: instant('raisedAtUs', event.raisedAtUs),
      changedAt: instant('changedAtUs', event.changedAtUs),
      configVersion: whole('configVersion', event.configVersion),
      late: event.late,
      ...placeColumns(place),
    },
  },
];

export const cameraStatusRows = (status: CameraStatus, place: RecordPlace): TableRow[] => [
  {
    table: 'camera_status',
    row: {
      cameraId: status.cameraId,
      reporter: status.reporter,
      reportedAt: instant('reportedAtUs', status.reportedAtUs),
      state: status.state,
      stateSince: instant('stateSinceUs', status.stateSinceUs),
      message: status.message,
      fpsIn: finite('fpsIn', status.fpsIn),
      fpsOut: finite('fpsOut', status.fpsOut),
      framesIn: whole('framesIn', status.framesIn),
      framesOut: whole('framesOut', status.framesOut),
      drops: status.drops,
      reconnects: whole('reconnects', status.reconnects),
      latencyMs: finite('latencyMs', status.latencyMs),
      codec: status.codec,
      width: whole('width', status.width, uint32Max),
      height: whole('height', status.height, uint32Max),
      runId: status.runId,
      runEpoch: whole('runEpoch', status.runEpoch),
      position: finite('position', status.position),
      device: status.device,
      configVersion: whole('configVersion', status.configVersion),
      ...placeColumns(place),
    },
  },
];
