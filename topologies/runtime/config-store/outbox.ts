import type { ClientBase } from 'pg';
import type { CameraDocument, ConfigRecord, SiteDocument } from '#schemas';
import { defaults } from '#schemas';

/** Postgres channel on which a commit wakes the relay. */
export const outboxChannel = 'sightline_config';

/** Advisory locks of this installation's database. The numbers only have to differ from everybody else's. */
export const outboxWriterLock = 7_415_201;
export const outboxRelayLock = 7_415_202;

export interface NewVersion {
  readonly kind: 'camera' | 'site';
  readonly id: string;
  readonly version: number;
  /** Null: the document is gone. */
  readonly document: CameraDocument | SiteDocument | null;
}

/**
 * Last step of a writer's transaction. The lock makes commits one at a time from here on, so that `sequence` is
 * their order; the version holds `effectiveAfterMs` after now, and always later than the version before it.
 */
export const writeOutbox = async (client: ClientBase, entry: NewVersion): Promise<number> => {
  await client.query('SELECT pg_advisory_xact_lock($1)', [outboxWriterLock]);
  const { rows } = await client.query<{ effective_from_us: string }>(
    `INSERT INTO config_outbox (kind, id, version, effective_from_us, deleted, document)
     SELECT $1, $2, $3,
       greatest(
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $5::bigint * 1000,
         coalesce((SELECT max(effective_from_us) + 1 FROM config_outbox WHERE kind = $1 AND id = $2), 0)),
       $4::jsonb IS NULL, $4::jsonb
     RETURNING effective_from_us`,
    [
      entry.kind,
      entry.id,
      entry.version,
      entry.document === null ? null : JSON.stringify(entry.document),
      defaults.effectiveAfterMs,
    ],
  );
  await client.query(`NOTIFY ${outboxChannel}`);
  return Number(rows[0]?.effective_from_us);
};

export interface OutboxEntry {
  readonly sequence: string;
  readonly record: ConfigRecord;
}

interface OutboxRow {
  sequence: string;
  kind: string;
  id: string;
  version: string;
  effective_from_us: string;
  deleted: boolean;
  document: unknown;
}

/** Columns that `toEntry` wants. */
export const entryColumns = 'sequence, kind, id, version, effective_from_us, deleted, document';

export const toEntry = (row: OutboxRow): OutboxEntry => ({
  sequence: row.sequence,
  record: {
    kind: row.kind,
    id: row.id,
    version: Number(row.version),
    effectiveFromUs: Number(row.effective_from_us),
    deleted: row.deleted,
    camera: row.kind === 'camera' ? (row.document as CameraDocument | null) : null,
    site: row.kind === 'site' ? (row.document as SiteDocument | null) : null,
  },
});

export const unsentEntries = async (client: ClientBase, limit: number): Promise<OutboxEntry[]> => {
  const { rows } = await client.query<OutboxRow>(
    `SELECT ${entryColumns} FROM config_outbox WHERE sent_at IS NULL ORDER BY sequence LIMIT $1`,
    [limit],
  );
  return rows.map(toEntry);
};

export const markSent = async (client: ClientBase, sequences: readonly string[]): Promise<void> => {
  await client.query(
    'UPDATE config_outbox SET sent_at = clock_timestamp() WHERE sequence = ANY($1::bigint[])',
    [sequences],
  );
};

/**
 * Versions that no record can be judged by any more: replaced more than `keptMs` ago, or a removal that old.
 * Records are kept 90 days, so such a version's key on the topic may go.
 */
export const expiredEntries = async (
  client: ClientBase,
  keptMs: number,
  limit: number,
): Promise<OutboxEntry[]> => {
  const { rows } = await client.query<OutboxRow>(
    `SELECT ${entryColumns} FROM (
       SELECT *, lead(effective_from_us) OVER (PARTITION BY kind, id ORDER BY version) AS replaced_at_us
       FROM config_outbox) AS versions
     WHERE sent_at IS NOT NULL
       AND coalesce(replaced_at_us, CASE WHEN deleted THEN effective_from_us END)
           < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1::bigint * 1000
     ORDER BY sequence LIMIT $2`,
    [keptMs, limit],
  );
  return rows.map(toEntry);
};

export const removeEntries = async (client: ClientBase, sequences: readonly string[]): Promise<void> => {
  await client.query('DELETE FROM config_outbox WHERE sequence = ANY($1::bigint[])', [sequences]);
};
