import { SightlineError, isSightlineError, loadConfig, openConfigStore } from '#runtime';
import type { Config, ConfigStore } from '#runtime';
import { UsageError } from './failure.ts';

/** What the person can put right: exit code 2. */
const requestErrors = new Set([
  'DOCUMENT_INVALID',
  'DOCUMENT_UNKNOWN',
  'DOCUMENT_EXISTS',
  'DOCUMENT_CHANGED',
]);

const explained = (error: unknown): unknown => {
  if (!isSightlineError(error)) return error;
  if (requestErrors.has(error.code)) return new UsageError(error.message);
  if (error.code !== 'POSTGRES_UNAVAILABLE') return error;
  const what = `${error.message}\nIs the stack running? npm start brings it up.`;
  return new SightlineError('POSTGRES_UNAVAILABLE', what, error);
};

/** Opens the configuration store for one command, and says in its errors what to do. */
export const withStore = async <Result>(
  work: (store: ConfigStore, config: Config) => Promise<Result>,
): Promise<Result> => {
  const config = loadConfig();
  const store = openConfigStore({ postgresUrl: config.postgresUrl, secretKey: config.secretKey });
  try {
    return await work(store, config);
  } catch (error) {
    throw explained(error);
  } finally {
    await store.close();
  }
};

/** Columns as wide as their widest entry, two spaces between. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
};
