import { runner } from 'node-pg-migrate';
import { SightlineError, messageOf } from '#runtime';

/** SQLSTATE classes of a server that is not there, starts, stops, or is out of connections; sockets say E…. */
const unavailable = /^(08...|57P..|53300|E[A-Z]+)$/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Runs what has not run yet, all in one transaction, one process at a time. Returns the names of those that ran. */
export const migratePostgres = async (options: { url: string; folder: string }): Promise<string[]> => {
  try {
    const ran = await runner({
      databaseUrl: options.url,
      dir: options.folder,
      ignorePattern: '.*\\.md',
      direction: 'up',
      migrationsTable: 'sightline_migrations',
      checkOrder: true,
      advisoryLockMode: 'wait',
      log: () => {},
    });
    return ran.map(({ name }) => name);
  } catch (error) {
    if (unavailable.test(codeOf(error)))
      throw new SightlineError(
        'POSTGRES_UNAVAILABLE',
        `Postgres does not answer: ${messageOf(error)}`,
        error,
      );
    throw new SightlineError(
      'MIGRATION_FAILED',
      `a migration of Postgres failed: ${messageOf(error)}`,
      error,
    );
  }
};
