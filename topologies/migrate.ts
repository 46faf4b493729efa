import { fileURLToPath } from 'node:url';
import { allTopics } from '#schemas';
import type { Config, Log } from '#runtime';
import { createKafka, ensureTopics, isRetriable, messageOf, nowMs, sleep } from '#runtime';
import { migrateClickHouse } from './migrate/clickhouse.ts';
import { migratePostgres } from './migrate/postgres.ts';
import { registerSchemas } from './migrate/schemas.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../schemas/${path}`, import.meta.url));

/** What one part of an installation needed. */
export interface MigrationStep {
  readonly part: 'topics' | 'schemas' | 'postgres' | 'clickhouse';
  /** What was made or changed; empty when all was as it should be. */
  readonly changes: readonly string[];
}

export interface MigrateOptions {
  readonly config: Config;
  readonly log: Log;
  /** Keeps trying a part that does not answer for this long, and at least twice. Default 60 s. */
  readonly patienceMs?: number;
  readonly onStep?: (step: MigrationStep) => void;
  /** Called each time a part is waited for. */
  readonly onWait?: (part: MigrationStep['part'], why: string) => void;
}

const retryMs = 1_000;

/**
 * Brings an installation up to this version: topics, schemas, both databases, in this order, so that nothing is
 * written before its schema is stored. Idempotent; may be run while services run.
 */
export const migrate = async (options: MigrateOptions): Promise<MigrationStep[]> => {
  const { config, log, patienceMs = 60_000, onStep, onWait } = options;
  const { topicPrefix, partitions, registryUrl } = config;
  const work: Record<MigrationStep['part'], () => Promise<readonly string[]>> = {
    async topics() {
      const kafka = createKafka({
        config,
        log,
        clientId: 'sightline-migrate',
        retry: { initialRetryTime: 100, retries: 3 },
      });
      const { created, changed } = await ensureTopics({ kafka, topics: allTopics, topicPrefix, partitions });
      return [...created, ...changed];
    },
    schemas: () => registerSchemas({ registryUrl, topicPrefix, topics: allTopics }),
    postgres: () => migratePostgres({ url: config.postgresUrl, folder: folder('postgres') }),
    clickhouse: () =>
      migrateClickHouse({
        url: config.clickhouseUrl,
        database: config.clickhouseDatabase,
        folder: folder('clickhouse'),
      }),
  };
  const patiently = async (part: MigrationStep['part']): Promise<readonly string[]> => {
    const giveUpAtMs = nowMs() + patienceMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work[part]();
      } catch (error) {
        if (!isRetriable(error) || (attempt > 1 && nowMs() > giveUpAtMs)) throw error;
        onWait?.(part, messageOf(error));
        await sleep(retryMs);
      }
    }
  };
  const steps: MigrationStep[] = [];
  for (const part of ['topics', 'schemas', 'postgres', 'clickhouse'] as const) {
    const step = { part, changes: await patiently(part) };
    steps.push(step);
    onStep?.(step);
  }
  return steps;
};
