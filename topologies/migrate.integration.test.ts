import { cpSync, mkdtempSync, appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allTopics, avroSchemas, topicName, topics } from '#schemas';
import { createKafka, createLog, ensureTopics, parseConfig } from '#runtime';
import type { Config } from '#runtime';
import { migrateClickHouse } from './migrate/clickhouse.ts';
import { registerSchemas } from './migrate/schemas.ts';
import { migrate } from './migrate.ts';
import { createInstallation } from './testing/installation.ts';
import type { Installation } from './testing/installation.ts';

let installation: Installation;
let config: Config;
beforeAll(async () => {
  installation = await createInstallation('migrate');
  config = parseConfig(installation.environment);
});
afterAll(() => installation?.close());

const kafka = () => createKafka({ config, log: createLog({ level: 'silent' }), clientId: 'test' });
const ensure = (partitions: number, chosen = allTopics) =>
  ensureTopics({ kafka: kafka(), topics: chosen, topicPrefix: config.topicPrefix, partitions });

describe('migrate', () => {
  test('changes nothing the second time', async () => {
    const again = await installation.command('migrate', '--json');
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toEqual({ topics: [], schemas: [], postgres: [], clickhouse: [] });
  });

  test('creates every topic with its partitions', async () => {
    const admin = kafka().admin();
    await admin.connect();
    const { topics: found } = await admin.fetchTopicMetadata({
      topics: allTopics.map((topic) => topicName(topic, config.topicPrefix)),
    });
    await admin.disconnect();
    const counts = Object.fromEntries(found.map(({ name, partitions }) => [name, partitions.length]));
    const wanted = allTopics.map((topic) => [
      topicName(topic, config.topicPrefix),
      topic.partitions === 'keyed' ? config.partitions : topic.partitions,
    ]);
    expect(counts).toEqual(Object.fromEntries(wanted));
  });

  test('corrects settings, keeps those an operator made, and refuses another partition count', async () => {
    const changed = { ...topics.visits, settings: { ...topics.visits.settings, 'retention.ms': '3600000' } };
    const operated = { ...topics.visits, settings: { 'max.message.bytes': '2000000' } };
    const name = topicName(topics.visits, config.topicPrefix);
    expect(await ensure(config.partitions, [operated])).toEqual({ created: [], changed: [name] });
    expect(await ensure(config.partitions, [changed])).toEqual({ created: [], changed: [name] });
    expect(await ensure(config.partitions, [changed])).toEqual({ created: [], changed: [] });
    expect(await ensure(config.partitions, [operated])).toEqual({ created: [], changed: [] });
    expect(await ensure(config.partitions)).toEqual({ created: [], changed: [name] });
    await expect(ensure(config.partitions + 1)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('SIGHTLINE_PARTITIONS') as string,
    });
  });

  test('refuses a schema that would break others, naming the field', async () => {
    const schema = structuredClone(avroSchemas.crossings) as unknown as {
      fields: { name: string; type: unknown }[];
    };
    schema.fields = schema.fields.filter((field) => field.name !== 'direction');
    schema.fields.push({ name: 'mood', type: 'string' });
    const attempt = registerSchemas({
      registryUrl: config.registryUrl,
      topicPrefix: config.topicPrefix,
      topics: [topics.crossings],
      schemas: { crossings: schema },
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringMatching(/crossings-value[^]*mood is new[^]*direction is gone/) as string,
    });
  });

  test('takes a schema that only adds a field with a default', async () => {
    const schema = structuredClone(avroSchemas.crossings) as unknown as { fields: unknown[] };
    schema.fields.push({ name: 'mood', type: 'string', default: '' });
    const registered = await registerSchemas({
      registryUrl: config.registryUrl,
      topicPrefix: config.topicPrefix,
      topics: [topics.crossings],
      schemas: { crossings: schema },
    });
    expect(registered).toEqual([`${config.topicPrefix}crossings-value`]);
  });

  test('refuses a ClickHouse migration that was edited after it ran', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sightline-migrations-'));
    try {
      cpSync(resolve(import.meta.dirname, '../schemas/clickhouse'), folder, { recursive: true });
      appendFileSync(join(folder, '002-events.sql'), '-- an afterthought\n');
      const options = { url: config.clickhouseUrl, database: config.clickhouseDatabase, folder };
      await expect(migrateClickHouse(options)).rejects.toMatchObject({
        code: 'MIGRATION_CHANGED',
        message: expect.stringContaining('002-events.sql') as string,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each([
    ['topics', { kafka: { brokers: ['127.0.0.1:1'], tls: false, sasl: null } }, 'KAFKA_UNAVAILABLE'],
    ['schemas', { registryUrl: 'http://127.0.0.1:1' }, 'REGISTRY_UNAVAILABLE'],
    ['postgres', { postgresUrl: 'postgres://u:p@127.0.0.1:1/x' }, 'POSTGRES_UNAVAILABLE'],
    ['clickhouse', { clickhouseUrl: 'http://127.0.0.1:1' }, 'CLICKHOUSE_UNAVAILABLE'],
  ] as const)(
    'waits for a part that is away (%s), says so, and then gives up',
    async (part, change, code) => {
      const waited: string[] = [];
      const attempt = migrate({
        config: { ...config, ...change },
        log: createLog({ level: 'silent' }),
        patienceMs: 0,
        onWait: (which, why) => waited.push(`${which}: ${why}`),
      });
      await expect(attempt).rejects.toMatchObject({ code });
      expect(waited[0]).toMatch(new RegExp(`^${part}: .*does not answer`));
    },
  );
});
