import type { Inspection, Measure } from '#schemas';
import { placeColumns } from './event-rows.ts';
import type { RecordPlace, TableRow } from './row.ts';
import { finite, instant, uint16Max, uint32Max, whole } from './values.ts';

/** Lists of records become arrays side by side: `zones.zoneId`, `zones.personMs`, … */

export const measureRows = (measure: Measure, place: RecordPlace): TableRow[] => [
  {
    table: 'measures',
    row: {
      eventId: measure.eventId,
      siteId: measure.siteId,
      cameraId: measure.cameraId,
      runId: measure.runId,
      minuteAt: instant('minuteAtUs', measure.minuteAtUs),
      observedMs: whole('observedMs', measure.observedMs, uint32Max),
      frames: whole('frames', measure.frames, uint32Max),
      'zones.zoneId': measure.zones.map((zone) => zone.zoneId),
      'zones.zoneName': measure.zones.map((zone) => zone.zoneName),
      'zones.personMs': measure.zones.map((zone) => whole('zones.personMs', zone.personMs)),
      'zones.observedMs': measure.zones.map((zone) => whole('zones.observedMs', zone.observedMs, uint32Max)),
      'zones.occupancyMax': measure.zones.map((zone) =>
        whole('zones.occupancyMax', zone.occupancyMax, uint32Max),
      ),
      heatColumns: whole('heatColumns', measure.heatColumns, uint16Max),
      heatRows: whole('heatRows', measure.heatRows, uint16Max),
      'heat.cell': measure.heat.map((cell) => whole('heat.cell', cell.cell, uint32Max)),
      'heat.personMs': measure.heat.map((cell) => whole('heat.personMs', cell.personMs)),
      paths: measure.paths.map((path) => ({
        trackId: path.trackId,
        className: path.className,
        points: path.points.map((point) => ({
          x: finite('paths.x', point.x),
          y: finite('paths.y', point.y),
          at: instant('paths.atUs', point.atUs),
        })),
      })),
      configVersion: whole('configVersion', measure.configVersion),
      late: measure.late,
      ...placeColumns(place),
    },
  },
];

export const inspectionRows = (inspection: Inspection, place: RecordPlace): TableRow[] => [
  {
    table: 'inspections',
    row: {
      eventId: inspection.eventId,
      siteId: inspection.siteId,
      cameraId: inspection.cameraId,
      runId: inspection.runId,
      partId: inspection.partId,
      lot: inspection.lot,
      verdict: inspection.verdict,
      'defects.kind': inspection.defects.map((defect) => defect.kind),
      'defects.x1': inspection.defects.map((defect) => finite('defects.x1', defect.x1)),
      'defects.y1': inspection.defects.map((defect) => finite('defects.y1', defect.y1)),
      'defects.x2': inspection.defects.map((defect) => finite('defects.x2', defect.x2)),
      'defects.y2': inspection.defects.map((defect) => finite('defects.y2', defect.y2)),
      'defects.score': inspection.defects.map((defect) => finite('defects.score', defect.score)),
      reasons: inspection.reasons,
      score: finite('score', inspection.score),
      inspectedAt: instant('inspectedAtUs', inspection.inspectedAtUs),
      cycleMs: whole('cycleMs', inspection.cycleMs),
      framesJudged: whole('framesJudged', inspection.framesJudged, uint32Max),
      configVersion: whole('configVersion', inspection.configVersion),
      late: inspection.late,
      ...placeColumns(place),
    },
  },
];
