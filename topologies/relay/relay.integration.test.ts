import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configKey, topicName, topics } from '#schemas';
import type { CameraDocumentInput, ConfigRecord } from '#schemas';
import {
  createKafka,
  createLog,
  createMetrics,
  createRegistry,
  openConfigStore,
  openSecret,
  openTopicReader,
  partitionOf,
  readPartition,
} from '#runtime';
import type { Config, ConfigStore, RecordProducer } from '#runtime';
import { createInstallation, until } from '../testing/installation.ts';
import type { Installation } from '../testing/installation.ts';
import { openProducer } from '../rollup/testing/records.ts';
import { createOutboxRelay } from './outbox-relay.ts';

let installation: Installation;
let config: Config;
let producer: RecordProducer;
let store: ConfigStore;
let database: pg.Client;

const camera = (cameraId: string, change: Partial<CameraDocumentInput> = {}): CameraDocumentInput => ({
  cameraId,
  siteId: 'site',
  name: cameraId,
  source: { kind: 'rtsp', url: 'rtsp://10.0.0.1/a' },
  ...change,
});

beforeAll(async () => {
  installation = await createInstallation('relay');
  ({ config, producer } = await openProducer(installation.environment, [topics.config]));
  store = openConfigStore({
    postgresUrl: config.postgresUrl,
    secretKey: config.secretKey,
    connectionsMax: 8,
  });
  database = new pg.Client({ connectionString: config.postgresUrl });
  await database.connect();
  await store.putSite({ siteId: 'site', name: 'Site', timeZone: 'Europe/Berlin' });
});
afterAll(async () => {
  await store?.close();
  await database?.end();
  await producer?.stop();
  await installation?.close();
});

interface Appended {
  readonly partition: number;
  readonly key: string;
  /** Null: a tombstone. */
  readonly record: ConfigRecord | null;
}

/** The topic as it lies, partition by partition. */
const appended = async (): Promise<Appended[]> => {
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: 'test' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const reader = await openTopicReader(kafka, topicName(topics.config, config.topicPrefix));
  const found: Appended[] = [];
  for (const partition of reader.partitions())
    for await (const { key, value } of readPartition(reader, partition))
      found.push({
        partition,
        key: String(key),
        record: value === null ? null : await format.decode(topics.config, value),
      });
  await reader.close();
  return found;
};

const written = async (): Promise<string[]> =>
  (
    await database.query<{ kind: string; id: string; version: string }>(
      'SELECT * FROM config_outbox ORDER BY sequence',
    )
  ).rows.map(({ kind, id, version }) => configKey({ kind, id, version: Number(version) }));
const unsent = async (): Promise<number> =>
  (await database.query('SELECT FROM config_outbox WHERE sent_at IS NULL')).rowCount ?? 0;

/** Keys in the order in which each was first appended. */
const firstOfEach = (entries: readonly Appended[]): string[] => [...new Set(entries.map(({ key }) => key))];

describe('the configuration store', () => {
  test('gives one version to each change, however many come at once', async () => {
    await store.addCamera(camera('busy'));
    const changes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.updateCamera('busy', { fps: n + 1 })),
    );
    expect(changes.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 2),
    );
    const instants = changes
      .sort((a, b) => a.version - b.version)
      .map(({ effectiveFromUs }) => effectiveFromUs ?? 0);
    expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
  });

  test('makes no version of a change that changes nothing', async () => {
    const before = await store.getCamera('busy');
    expect(await store.updateCamera('busy', { fps: before?.document.fps ?? 0 })).toMatchObject({
      changed: false,
    });
    expect((await store.getCamera('busy'))?.version).toBe(before?.version);
  });

  test('keeps credentials encrypted and to itself, and through changes of other fields', async () => {
    await store.addCamera(
      camera('secret', { source: { kind: 'rtsp', url: 'rtsp://admin:p@ss/w@10.0.0.1/a' } }),
    );
    await store.updateCamera('secret', { source: { url: 'rtsp://10.0.0.2/b' } });
    const stored = await store.getCamera('secret');
    expect(stored?.document.source).toMatchObject({ url: 'rtsp://10.0.0.2/b', credentials: null });
    const { rows } = await database.query<{ source_credentials: string; everything: string }>(
      `SELECT source_credentials, (SELECT string_agg(document::text, '') FROM config_outbox) || cameras::text AS everything
       FROM cameras WHERE camera_id = 'secret'`,
    );
    expect(rows[0]?.everything).not.toContain('p@ss');
    expect(openSecret(rows[0]?.source_credentials ?? '', config.secretKey, 'secret')).toBe('admin:p@ss/w');
    expect(() => openSecret(rows[0]?.source_credentials ?? '', randomBytes(32), 'secret')).toThrow(/key/);
  });

  test('keeps a document whole, in order and with its defaults', async () => {
    const line = (n: number) => ({
      lineId: `line-${n}`,
      name: `Line ${n}`,
      a: { x: 0, y: 0 },
      b: { x: 1, y: n / 10 },
    });
    const corners = [
      { x: 0.1, y: 0.1 },
      { x: 0.9, y: 0.1 },
      { x: 0.5, y: 0.9 },
    ];
    const { document } = await store.addCamera(
      camera('whole', {
        lines: [line(3), line(1), line(2)],
        zones: [{ zoneId: 'z', name: 'Zone', polygon: corners, graceMs: 5 }],
        masks: [{ maskId: 'm', name: 'Mask', polygon: corners }],
        source: { kind: 'file', url: '/a.mp4', startAtUs: 1_700_000_000_000_001, loop: true },
      }),
    );
    expect((await store.getCamera('whole'))?.document).toEqual(document);
    expect(document.lines.map(({ lineId }) => lineId)).toEqual(['line-3', 'line-1', 'line-2']);
  });

  test.each([
    [
      'an invalid document',
      () => store.addCamera(camera('bad', { fps: -1, jpegQuality: 0 })),
      'DOCUMENT_INVALID',
      /fps[^]*jpegQuality/,
    ],
    ['an invalid change', () => store.updateCamera('whole', { fps: 1000 }), 'DOCUMENT_INVALID', /fps/],
    ['a camera twice', () => store.addCamera(camera('whole')), 'DOCUMENT_EXISTS', /whole/],
    [
      'an unknown site',
      () => store.addCamera(camera('lost', { siteId: 'nowhere' })),
      'DOCUMENT_UNKNOWN',
      /site add nowhere/,
    ],
    ['an unknown camera', () => store.updateCamera('nobody', { fps: 1 }), 'DOCUMENT_UNKNOWN', /nobody/],
    [
      'a change of another version',
      () => store.updateCamera('whole', { fps: 1 }, { expectedVersion: 9 }),
      'DOCUMENT_CHANGED',
      /version 1/,
    ],
    [
      'an unknown time zone',
      () => store.putSite({ siteId: 's', name: 's', timeZone: 'Mars/Base' }),
      'DOCUMENT_INVALID',
      /time zone/,
    ],
  ])('refuses %s and writes nothing', async (_what, change, code, message) => {
    const before = await written();
    await expect(change()).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(await written()).toEqual(before);
  });

  test('says that Postgres is away, or not migrated', async () => {
    const away = openConfigStore({
      postgresUrl: 'postgres://u:p@127.0.0.1:1/x',
      secretKey: config.secretKey,
    });
    await expect(away.listSites()).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE', retriable: true });
    await away.close();
    const url = new URL(config.postgresUrl);
    url.pathname = '/postgres';
    const bare = openConfigStore({ postgresUrl: url.toString(), secretKey: config.secretKey });
    await expect(bare.listSites()).rejects.toMatchObject({ code: 'STORE_NOT_MIGRATED' });
    await bare.close();
  });
});

describe('the relay', () => {
  test('sends what was written before it started, in the order of commits, each camera on its partition', async () => {
    const relay = await installation.service('relay');
    await until(
      'everything is sent',
      async () => (await unsent()) === 0,
      30_000,
      () => relay.log(),
    );
    const entries = await appended();
    const order = await written();
    for (const partition of [0, 1])
      expect(entries.filter((entry) => entry.partition === partition).map(({ key }) => key)).toEqual(
        order.filter((key) => partitionOf(key.split('/')[1] ?? '', config.partitions) === partition),
      );
    const sample = entries.find(({ key }) => key === 'camera/whole/1')?.record;
    expect(sample).toMatchObject({
      kind: 'camera',
      version: 1,
      deleted: false,
      camera: { lines: [{}, {}, {}] },
    });
  });

  test('sends a removal as a version of its own, and the id may be used again', async () => {
    await store.updateCamera('whole', { fps: 3 });
    await store.removeCamera('whole');
    await until('everything is sent', async () => (await unsent()) === 0);
    const removal = (await appended()).find(({ key }) => key === 'camera/whole/3')?.record;
    expect(removal).toMatchObject({ deleted: true, camera: null, version: 3 });
    expect(await store.getCamera('whole')).toBeUndefined();
    expect(await store.addCamera(camera('whole'))).toMatchObject({ version: 4 });
  });

  test('loses and reorders nothing when it is killed while another stands by', async () => {
    const first = await installation.service('relay');
    const second = await installation.service('relay');
    const cameras = ['a', 'b', 'c'];
    for (const cameraId of cameras) await store.addCamera(camera(cameraId));
    const writing = (async () => {
      for (let n = 1; n <= 40; n++)
        await Promise.all(cameras.map((cameraId) => store.updateCamera(cameraId, { fps: n })));
    })();
    await until('some are sent', async () => (await appended()).length > 60);
    await first.kill('SIGKILL');
    await writing;
    await second.kill('SIGKILL');
    for (const cameraId of cameras) await store.updateCamera(cameraId, { fps: 100 });
    const third = await installation.service('relay');
    await until(
      'everything is sent',
      async () => (await unsent()) === 0,
      30_000,
      () => third.log(),
    );
    const order = await written();
    const entries = await appended();
    for (const partition of [0, 1])
      expect(firstOfEach(entries.filter((entry) => entry.partition === partition))).toEqual(
        order.filter((key) => partitionOf(key.split('/')[1] ?? '', config.partitions) === partition),
      );
  });

  test('takes versions off the topic that nothing can be judged by any more', async () => {
    const { topicPrefix, partitions } = config;
    const log = createLog({ level: 'silent' });
    const relay = createOutboxRelay({ producer, topicPrefix, partitions, log, metrics: createMetrics() });
    expect(await relay.expire(database)).toBe(0);
    await store.removeCamera('c');
    await until('everything is sent', async () => (await unsent()) === 0);
    await until('the removal holds', async () => {
      while ((await relay.expire(database, 0)) > 0);
      return !(await written()).some((key) => key.startsWith('camera/c/'));
    });
    const last = new Map((await appended()).map(({ key, record }) => [key, record]));
    const alive = [...last].filter(([, record]) => record !== null).map(([key]) => key);
    expect(alive.sort()).toEqual((await written()).sort());
    expect(alive.filter((key) => key.startsWith('camera/a/'))).toEqual(['camera/a/42']);
  });
});
