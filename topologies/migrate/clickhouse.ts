import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { SightlineError, messageOf } from '#runtime';

/** What goes wrong is told by the command itself. */
const log = { level: ClickHouseLogLevel.OFF };
const migrationsTable = 'sightline_migrations';

export interface Migration {
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** Statements end with a semicolon at the end of a line; comments between them belong to the next one. */
export const splitStatements = (sql: string): string[] =>
  sql
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, '').trim() !== '');

/** The SQL files of a folder in the order of their names. */
export const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name, checksum, statements: splitStatements(sql) };
    });

const failure = (what: string, error: unknown): SightlineError =>
  error instanceof ClickHouseError
    ? new SightlineError('MIGRATION_FAILED', `${what}: ClickHouse says ${error.code} ${error.message}`, error)
    : new SightlineError('CLICKHOUSE_UNAVAILABLE', `ClickHouse does not answer: ${messageOf(error)}`, error);

const command = async (client: ClickHouseClient, what: string, query: string): Promise<void> => {
  try {
    await client.command({ query });
  } catch (error) {
    throw failure(what, error);
  }
};

const appliedChecksums = async (client: ClickHouseClient): Promise<Map<string, string>> => {
  try {
    const result = await client.query({
      query: `SELECT name, checksum FROM ${migrationsTable}`,
      format: 'JSONEachRow',
    });
    const rows = await result.json<{ name: string; checksum: string }>();
    return new Map(rows.map(({ name, checksum }) => [name, checksum]));
  } catch (error) {
    throw failure('the list of migrations could not be read', error);
  }
};

const createDatabase = async (url: string, database: string): Promise<void> => {
  const client = createClient({ url, log });
  try {
    await command(
      client,
      `database ${database}`,
      `CREATE DATABASE IF NOT EXISTS \`${database.replaceAll('`', '')}\``,
    );
  } finally {
    await client.close();
  }
};

export interface ClickHouseMigrationOptions {
  readonly url: string;
  readonly database: string;
  readonly folder: string;
}

/**
 * Runs what has not run yet. Every statement may be run again, so a migration that stopped half-way is simply
 * begun again; one that was edited after it ran is refused. Returns the names of those that ran.
 */
export const migrateClickHouse = async (options: ClickHouseMigrationOptions): Promise<string[]> => {
  const { url, database, folder } = options;
  await createDatabase(url, database);
  const client = createClient({ url, database, log });
  try {
    await command(
      client,
      'the list of migrations',
      `CREATE TABLE IF NOT EXISTS ${migrationsTable}
       (name String, checksum FixedString(64), appliedAt DateTime('UTC') DEFAULT now('UTC'))
       ENGINE = ReplacingMergeTree ORDER BY name COMMENT 'Migrations of schemas/clickhouse that have run'`,
    );
    const applied = await appliedChecksums(client);
    const ran: string[] = [];
    for (const { name, checksum, statements } of readMigrations(folder)) {
      const before = applied.get(name);
      if (before === checksum) continue;
      if (before !== undefined)
        throw new SightlineError(
          'MIGRATION_CHANGED',
          `${name} was edited after it had run: put it back as it was, and write a new migration`,
        );
      for (const statement of statements) await command(client, name, statement);
      await client.insert({ table: migrationsTable, values: [{ name, checksum }], format: 'JSONEachRow' });
      ran.push(name);
    }
    return ran;
  } finally {
    await client.close();
  }
};
