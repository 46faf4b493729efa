import type { ClientBase } from 'pg';
import type { CameraDocument } from '#schemas';
import { validateCamera } from '#schemas';
import { SightlineError } from '../errors.ts';
import { lineSettings, settingsOf, toCameraDocument, zoneSettings } from './documents.ts';
import type { CameraRow, LineRow, MaskRow, ZoneRow } from './documents.ts';

/** A camera as stored. Its credentials are encrypted. */
export interface StoredCamera {
  readonly version: number;
  readonly removed: boolean;
  readonly document: CameraDocument;
}

type Owned<Row> = Row & { camera_id: string };

/** All cameras, or the one asked for. With `lock`, nobody else changes it until the transaction ends. */
export const readCameras = async (
  client: ClientBase,
  { cameraId = null, lock = false }: { cameraId?: string | null; lock?: boolean } = {},
): Promise<StoredCamera[]> => {
  const only = 'WHERE ($1::text IS NULL OR camera_id = $1)';
  const cameras = await client.query<CameraRow>(
    `SELECT * FROM cameras ${only} ORDER BY camera_id ${lock ? 'FOR UPDATE' : ''}`,
    [cameraId],
  );
  const lines = await client.query<Owned<LineRow>>(`SELECT * FROM lines ${only} ORDER BY position`, [
    cameraId,
  ]);
  const zones = await client.query<Owned<ZoneRow>>(`SELECT * FROM zones ${only} ORDER BY position`, [
    cameraId,
  ]);
  const masks = await client.query<Owned<MaskRow>>(`SELECT * FROM masks ${only} ORDER BY position`, [
    cameraId,
  ]);
  const linesOf = Map.groupBy(lines.rows, (row) => row.camera_id);
  const zonesOf = Map.groupBy(zones.rows, (row) => row.camera_id);
  const masksOf = Map.groupBy(masks.rows, (row) => row.camera_id);
  return cameras.rows.map((row) => {
    const stored = toCameraDocument(row, {
      lines: linesOf.get(row.camera_id) ?? [],
      zones: zonesOf.get(row.camera_id) ?? [],
      masks: masksOf.get(row.camera_id) ?? [],
    });
    const checked = validateCamera(stored);
    if (!checked.ok)
      throw new SightlineError(
        'DOCUMENT_INVALID',
        `the stored camera ${row.camera_id} is not valid: ${checked.problems.join('; ')}`,
      );
    return { version: Number(row.version), removed: row.removed_at !== null, document: checked.value };
  });
};

const insertGeometry = async (client: ClientBase, camera: CameraDocument): Promise<void> => {
  for (const [position, line] of camera.lines.entries())
    await client.query('INSERT INTO lines VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      camera.cameraId,
      line.lineId,
      position,
      line.name,
      line.a.x,
      line.a.y,
      line.b.x,
      line.b.y,
      JSON.stringify(lineSettings(line)),
    ]);
  for (const [position, zone] of camera.zones.entries())
    await client.query('INSERT INTO zones VALUES ($1, $2, $3, $4, $5, $6)', [
      camera.cameraId,
      zone.zoneId,
      position,
      zone.name,
      JSON.stringify(zone.polygon),
      JSON.stringify(zoneSettings(zone)),
    ]);
  for (const [position, mask] of camera.masks.entries())
    await client.query('INSERT INTO masks VALUES ($1, $2, $3, $4, $5)', [
      camera.cameraId,
      mask.maskId,
      position,
      mask.name,
      JSON.stringify(mask.polygon),
    ]);
};

/** Writes the camera and replaces its geometry. The caller holds the transaction and, for a change, the row's lock. */
export const writeCamera = async (
  client: ClientBase,
  camera: CameraDocument,
  version: number,
): Promise<void> => {
  await client.query(
    `INSERT INTO cameras
       (camera_id, site_id, name, enabled, source_kind, source_url, source_credentials, model_id, settings, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (camera_id) DO UPDATE SET
       site_id = excluded.site_id, name = excluded.name, enabled = excluded.enabled,
       source_kind = excluded.source_kind, source_url = excluded.source_url,
       source_credentials = excluded.source_credentials, model_id = excluded.model_id,
       settings = excluded.settings, version = excluded.version, removed_at = NULL, changed_at = now()`,
    [
      camera.cameraId,
      camera.siteId,
      camera.name,
      camera.enabled,
      camera.source.kind,
      camera.source.url,
      camera.source.credentials,
      camera.modelId,
      JSON.stringify(settingsOf(camera)),
      version,
    ],
  );
  for (const table of ['lines', 'zones', 'masks'])
    await client.query(`DELETE FROM ${table} WHERE camera_id = $1`, [camera.cameraId]);
  await insertGeometry(client, camera);
};

/** Marks a camera as removed. Its geometry and credentials go; its id and version stay, so that versions only grow. */
export const eraseCamera = async (client: ClientBase, cameraId: string, version: number): Promise<void> => {
  await client.query(
    `UPDATE cameras SET removed_at = now(), changed_at = now(), version = $2, source_credentials = NULL
     WHERE camera_id = $1`,
    [cameraId, version],
  );
  for (const table of ['lines', 'zones', 'masks'])
    await client.query(`DELETE FROM ${table} WHERE camera_id = $1`, [cameraId]);
};
