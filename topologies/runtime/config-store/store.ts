import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type {
  CameraDocument,
  CameraDocumentInput,
  SiteDocument,
  SiteDocumentInput,
  Validated,
} from '#schemas';
import { validateCamera, validateSite } from '#schemas';
import { SightlineError, messageOf } from '../errors.ts';
import { eraseCamera, readCameras, writeCamera } from './camera-tables.ts';
import type { StoredCamera } from './camera-tables.ts';
import { toSiteDocument } from './documents.ts';
import type { SiteRow } from './documents.ts';
import { writeOutbox } from './outbox.ts';
import { sealSecret } from './secrets.ts';
import { splitSource } from './source.ts';

/** A document as it stands now. Cameras come without credentials. */
export interface Versioned<Document> {
  readonly version: number;
  readonly document: Document;
}

/** What a write did. `changed` is false when the document was already so; then nothing was written. */
export interface Written<Document> extends Versioned<Document> {
  readonly changed: boolean;
  /** Holds for records captured from here on, microseconds; null when nothing changed. */
  readonly effectiveFromUs: number | null;
}

/** A document to write: what may be left out is filled in, what is there is checked, whatever its type says. */
export type CameraToWrite = CameraDocumentInput | CameraDocument;

/** Fields to change; lists are replaced whole, `source` field by field. */
export type CameraPatch = Partial<Omit<CameraToWrite, 'cameraId' | 'source'>> & {
  readonly source?: Partial<CameraToWrite['source']>;
};

/**
 * Configuration as people edit it. Each write is one transaction: the tables, the next version, and the full
 * document in the outbox, from where the relay brings it to the `config` topic.
 * A source's URL may be given with `user:password@`, or the credentials apart, in plain: they are stored encrypted
 * and never handed out again. Errors: DOCUMENT_INVALID (every problem named), DOCUMENT_UNKNOWN, DOCUMENT_EXISTS,
 * DOCUMENT_CHANGED (only with `expectedVersion`), POSTGRES_UNAVAILABLE.
 */
export interface ConfigStore {
  listSites(): Promise<Versioned<SiteDocument>[]>;
  /** Makes or changes a site. */
  putSite(site: SiteDocumentInput): Promise<Written<SiteDocument>>;
  listCameras(): Promise<Versioned<CameraDocument>[]>;
  getCamera(cameraId: string): Promise<Versioned<CameraDocument> | undefined>;
  addCamera(camera: CameraToWrite): Promise<Written<CameraDocument>>;
  updateCamera(
    cameraId: string,
    patch: CameraPatch,
    options?: { readonly expectedVersion?: number },
  ): Promise<Written<CameraDocument>>;
  removeCamera(cameraId: string): Promise<void>;
  close(): Promise<void>;
}

export interface ConfigStoreOptions {
  readonly postgresUrl: string;
  readonly secretKey: Buffer;
  /** Connections at most. */
  readonly connectionsMax?: number;
}

const checked = <Document>(what: string, result: Validated<Document>): Document => {
  if (result.ok) return result.value;
  throw new SightlineError('DOCUMENT_INVALID', `${what} is not valid:\n  ${result.problems.join('\n  ')}`);
};

const unknownCamera = (cameraId: string): SightlineError =>
  new SightlineError('DOCUMENT_UNKNOWN', `there is no camera ${cameraId}: sightline camera list names them`);

/** SQLSTATE of a connection that is gone or of a server that starts or stops; no state at all is a socket's error. */
const unavailable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return /^(08|57P)/.test(code) || /^E[A-Z]+$/.test(code) || error.message.includes('onnection terminated');
};

const withoutCredentials = (camera: CameraDocument): CameraDocument => ({
  ...camera,
  source: { ...camera.source, credentials: null },
});

/** The document to store: the source split, what is plain encrypted. */
const sealed = (camera: CameraDocument, plain: string | null | undefined, key: Buffer): CameraDocument => {
  const split = splitSource(camera.source.url);
  const credentials = split.credentials ?? plain;
  if (credentials === undefined) return { ...camera, source: { ...camera.source, url: split.url } };
  return {
    ...camera,
    source: {
      ...camera.source,
      url: split.url,
      credentials: credentials === null ? null : sealSecret(credentials, key, camera.cameraId),
    },
  };
};

const undefinedTable = '42P01';

type Transact = <Result>(work: (client: pg.PoolClient) => Promise<Result>) => Promise<Result>;

const transactOn =
  (pool: pg.Pool): Transact =>
  async (work) => {
    try {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // A connection whose transaction failed is closed rather than trusted again.
        client.release(
          error instanceof SightlineError
            ? await client.query('ROLLBACK').then(
                () => false,
                () => true,
              )
            : true,
        );
        throw error;
      }
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === undefinedTable)
        throw new SightlineError(
          'STORE_NOT_MIGRATED',
          'the Postgres database has no tables yet: run sightline migrate',
          error,
        );
      if (!unavailable(error)) throw error;
      throw new SightlineError(
        'POSTGRES_UNAVAILABLE',
        `Postgres does not answer: ${messageOf(error)}`,
        error,
      );
    }
  };

const requireSite = async (client: pg.ClientBase, siteId: string): Promise<void> => {
  const { rowCount } = await client.query('SELECT FROM sites WHERE site_id = $1 FOR SHARE', [siteId]);
  if (rowCount === 0)
    throw new SightlineError(
      'DOCUMENT_UNKNOWN',
      `there is no site ${siteId}: make it with sightline site add ${siteId}`,
    );
};

const readSite = async (client: pg.ClientBase, siteId: string): Promise<SiteRow | undefined> =>
  (await client.query<SiteRow>('SELECT * FROM sites WHERE site_id = $1 FOR UPDATE', [siteId])).rows[0];

const putSite = async (client: pg.ClientBase, site: SiteDocument): Promise<Written<SiteDocument>> => {
  // Two who make the same site at once: the second waits here and then finds it.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`site/${site.siteId}`]);
  const before = await readSite(client, site.siteId);
  if (before && isDeepStrictEqual(toSiteDocument(before), site))
    return { version: Number(before.version), document: site, changed: false, effectiveFromUs: null };
  const version = Number(before?.version ?? 0) + 1;
  await client.query(
    `INSERT INTO sites (site_id, name, time_zone, version) VALUES ($1, $2, $3, $4)
     ON CONFLICT (site_id) DO UPDATE SET
       name = excluded.name, time_zone = excluded.time_zone, version = excluded.version, changed_at = now()`,
    [site.siteId, site.name, site.timeZone, version],
  );
  const effectiveFromUs = await writeOutbox(client, {
    kind: 'site',
    id: site.siteId,
    version,
    document: site,
  });
  return { version, document: site, changed: true, effectiveFromUs };
};

const lockCamera = async (client: pg.ClientBase, cameraId: string): Promise<StoredCamera | undefined> => {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`camera/${cameraId}`]);
  return (await readCameras(client, { cameraId, lock: true }))[0];
};

const storeCamera = async (
  client: pg.ClientBase,
  document: CameraDocument,
  version: number,
): Promise<Written<CameraDocument>> => {
  await requireSite(client, document.siteId);
  await writeCamera(client, document, version);
  const effectiveFromUs = await writeOutbox(client, {
    kind: 'camera',
    id: document.cameraId,
    version,
    document,
  });
  return { version, document: withoutCredentials(document), changed: true, effectiveFromUs };
};

const patched = (before: StoredCamera, patch: CameraPatch, key: Buffer): CameraDocument => {
  const { source, ...fields } = patch;
  const merged = { ...before.document, ...fields, source: { ...before.document.source, ...source } };
  const document = checked(`camera ${before.document.cameraId}`, validateCamera(merged));
  return sealed(document, source?.credentials, key);
};

export const openConfigStore = (options: ConfigStoreOptions): ConfigStore => {
  const { postgresUrl, secretKey, connectionsMax = 4 } = options;
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  const transact = transactOn(pool);
  return {
    listSites: () =>
      transact(async (client) => {
        const { rows } = await client.query<SiteRow>('SELECT * FROM sites ORDER BY site_id');
        return rows.map((row) => ({ version: Number(row.version), document: toSiteDocument(row) }));
      }),
    async putSite(input) {
      const site = checked(`site ${input.siteId}`, validateSite(input));
      return transact((client) => putSite(client, site));
    },
    listCameras: () =>
      transact(async (client) =>
        (await readCameras(client))
          .filter((camera) => !camera.removed)
          .map(({ version, document }) => ({ version, document: withoutCredentials(document) })),
      ),
    getCamera: (cameraId) =>
      transact(async (client) => {
        const camera = (await readCameras(client, { cameraId }))[0];
        if (!camera || camera.removed) return undefined;
        return { version: camera.version, document: withoutCredentials(camera.document) };
      }),
    async addCamera(input) {
      const camera = checked(`camera ${input.cameraId}`, validateCamera(input));
      const document = sealed(camera, input.source.credentials ?? null, secretKey);
      return transact(async (client) => {
        const before = await lockCamera(client, document.cameraId);
        if (before && !before.removed)
          throw new SightlineError('DOCUMENT_EXISTS', `there is already a camera ${document.cameraId}`);
        return storeCamera(client, document, (before?.version ?? 0) + 1);
      });
    },
    updateCamera: (cameraId, patch, { expectedVersion } = {}) =>
      transact(async (client) => {
        const before = await lockCamera(client, cameraId);
        if (!before || before.removed) throw unknownCamera(cameraId);
        if (expectedVersion !== undefined && expectedVersion !== before.version)
          throw new SightlineError(
            'DOCUMENT_CHANGED',
            `camera ${cameraId} is at version ${before.version}, not ${expectedVersion}: look at it again`,
          );
        const document = patched(before, patch, secretKey);
        if (isDeepStrictEqual(document, before.document))
          return {
            version: before.version,
            document: withoutCredentials(document),
            changed: false,
            effectiveFromUs: null,
          };
        return storeCamera(client, document, before.version + 1);
      }),
    removeCamera: (cameraId) =>
      transact(async (client) => {
        const before = await lockCamera(client, cameraId);
        if (!before || before.removed) throw unknownCamera(cameraId);
        const version = before.version + 1;
        await eraseCamera(client, cameraId, version);
        await writeOutbox(client, { kind: 'camera', id: cameraId, version, document: null });
      }),
    close: () => pool.end(),
  };
};
