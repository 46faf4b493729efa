import type { CameraDocument, Line, Mask, Point, SiteDocument, Zone } from '#schemas';

/** Rows of the tables of schemas/postgres and the documents they make; nothing here talks to the database. */

export interface SiteRow {
  site_id: string;
  name: string;
  time_zone: string;
  version: string;
}

export interface CameraRow {
  camera_id: string;
  site_id: string;
  name: string;
  enabled: boolean;
  source_kind: string;
  source_url: string;
  source_credentials: string | null;
  model_id: string;
  settings: CameraSettings;
  version: string;
  removed_at: Date | null;
}

export interface LineRow {
  line_id: string;
  name: string;
  a_x: number;
  a_y: number;
  b_x: number;
  b_y: number;
  settings: Omit<Line, 'lineId' | 'name' | 'a' | 'b'>;
}

export interface ZoneRow {
  zone_id: string;
  name: string;
  polygon: Point[];
  settings: Omit<Zone, 'zoneId' | 'name' | 'polygon'>;
}

export interface MaskRow {
  mask_id: string;
  name: string;
  polygon: Point[];
}

type ColumnFields =
  'cameraId' | 'siteId' | 'name' | 'enabled' | 'modelId' | 'source' | 'lines' | 'zones' | 'masks';
/** What has no column of its own: new fields of the document need no migration. */
export type CameraSettings = Omit<CameraDocument, ColumnFields> & {
  source: Omit<CameraDocument['source'], 'kind' | 'url' | 'credentials'>;
};

export const settingsOf = (camera: CameraDocument): CameraSettings => {
  const { cameraId: _c, siteId: _s, name: _n, enabled: _e, modelId: _m, ...rest } = camera;
  const { lines: _l, zones: _z, masks: _k, source, ...settings } = rest;
  const { kind: _kind, url: _url, credentials: _credentials, ...sourceSettings } = source;
  return { ...settings, source: sourceSettings };
};

export const lineSettings = (line: Line): LineRow['settings'] => {
  const { lineId: _id, name: _name, a: _a, b: _b, ...settings } = line;
  return settings;
};

export const zoneSettings = (zone: Zone): ZoneRow['settings'] => {
  const { zoneId: _id, name: _name, polygon: _polygon, ...settings } = zone;
  return settings;
};

export interface Geometry {
  readonly lines: readonly LineRow[];
  readonly zones: readonly ZoneRow[];
  readonly masks: readonly MaskRow[];
}

const toMask = (row: MaskRow): Mask => ({ maskId: row.mask_id, name: row.name, polygon: row.polygon });

/** The document as stored; the validator fills in fields that are newer than the row. */
export const toCameraDocument = (row: CameraRow, geometry: Geometry): unknown => ({
  ...row.settings,
  cameraId: row.camera_id,
  siteId: row.site_id,
  name: row.name,
  enabled: row.enabled,
  source: {
    ...row.settings.source,
    kind: row.source_kind,
    url: row.source_url,
    credentials: row.source_credentials,
  },
  modelId: row.model_id,
  lines: geometry.lines.map((line) => ({
    ...line.settings,
    lineId: line.line_id,
    name: line.name,
    a: { x: line.a_x, y: line.a_y },
    b: { x: line.b_x, y: line.b_y },
  })),
  zones: geometry.zones.map((zone) => ({
    ...zone.settings,
    zoneId: zone.zone_id,
    name: zone.name,
    polygon: zone.polygon,
  })),
  masks: geometry.masks.map(toMask),
});

export const toSiteDocument = (row: SiteRow): SiteDocument => ({
  siteId: row.site_id,
  name: row.name,
  timeZone: row.time_zone,
});
