import type { CameraDocument, ConfigRecord } from '#schemas';
import type { TableRow } from './row.ts';
import { finite, instant, uint16Max, uint32Max, whole } from './values.ts';

const geometryRows = (camera: CameraDocument, version: number): TableRow[] => [
  ...camera.lines.map((line) => ({
    table: 'line_versions',
    row: {
      cameraId: camera.cameraId,
      lineId: line.lineId,
      version,
      name: line.name,
      role: line.role,
      ax: finite('a.x', line.a.x),
      ay: finite('a.y', line.a.y),
      bx: finite('b.x', line.b.x),
      by: finite('b.y', line.b.y),
      classes: line.classes,
      triggeringAnchor: line.triggeringAnchor,
      hysteresis: finite('hysteresis', line.hysteresis),
      confirmMs: whole('confirmMs', line.confirmMs, uint32Max),
      observationsMin: whole('observationsMin', line.observationsMin, uint16Max),
    },
  })),
  ...camera.zones.map((zone) => ({
    table: 'zone_versions',
    row: {
      cameraId: camera.cameraId,
      zoneId: zone.zoneId,
      version,
      name: zone.name,
      polygon: zone.polygon.map(({ x, y }) => ({ x: finite('polygon.x', x), y: finite('polygon.y', y) })),
      classes: zone.classes,
      triggeringAnchor: zone.triggeringAnchor,
      enterMs: whole('enterMs', zone.enterMs, uint32Max),
      graceMs: whole('graceMs', zone.graceMs, uint32Max),
    },
  })),
];

/**
 * The rows of one version of one document; none for a kind this version does not know.
 * A source's URL and credentials stay out: whoever may query counts need not know how to reach a camera.
 */
export const configurationRows = (record: ConfigRecord): TableRow[] => {
  const version = whole('version', record.version);
  const common = {
    version,
    effectiveFrom: instant('effectiveFromUs', record.effectiveFromUs),
    deleted: record.deleted,
  };
  if (record.kind === 'site') {
    const row = {
      siteId: record.id,
      ...common,
      name: record.site?.name ?? '',
      timeZone: record.site?.timeZone ?? 'UTC',
    };
    return [{ table: 'site_versions', row }];
  }
  if (record.kind !== 'camera') return [];
  const camera = record.camera;
  const row = {
    cameraId: record.id,
    ...common,
    siteId: camera?.siteId ?? '',
    name: camera?.name ?? '',
    enabled: camera?.enabled ?? false,
    sourceKind: camera?.source.kind ?? '',
    fps: finite('fps', camera?.fps ?? 0),
    modelId: camera?.modelId ?? '',
    placement: camera?.placement ?? '',
    viewId: camera?.viewId ?? '',
  };
  const geometry = camera && !record.deleted ? geometryRows(camera, version) : [];
  return [{ table: 'camera_versions', row }, ...geometry];
};
