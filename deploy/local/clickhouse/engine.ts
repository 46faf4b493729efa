import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { exception } from './exceptions.ts';
import { concatenable, formatOf } from './formats.ts';

/** One statement as it came over HTTP, taken apart but not understood: the engine alone knows SQL. */
export interface Statement {
  /** The text of the query; for an insert its data may follow in `data`. */
  query: string;
  data: Buffer;
  isInsert: boolean;
  database: string | undefined;
  defaultFormat: string;
  settings: readonly (readonly [name: string, value: string])[];
  parameters: readonly (readonly [name: string, value: string])[];
  readonly: boolean;
}

export interface Summary {
  readRows: number;
  readBytes: number;
  writtenRows: number;
  writtenBytes: number;
  resultRows: number;
  resultBytes: number;
  elapsedSeconds: number;
}

export interface Result {
  chunks: AsyncIterable<Uint8Array>;
  format: string;
  /** Final once `chunks` has ended. */
  summary: Summary;
}

/** One connection of the engine: settings and temporary tables live and end with it. */
export interface Connection {
  run(statement: Statement): Promise<Result>;
  /** Must not be called while something runs on the connection: the engine would abort the process. */
  close(): void;
}

export interface Engine {
  version: string;
  connect(): Connection;
  close(): void;
}

interface QueryOutcome {
  bytes: Uint8Array;
  elapsed: number;
  rowsRead: number;
  bytesRead: number;
}

/**
 * The addon below the package's public classes. Those decode what is inserted as UTF-8 text, which breaks binary
 * formats, and allow only a list of formats; the addon takes bytes and leaves formats to the engine.
 */
interface Addon {
  CreateConnection(path: string, args?: readonly string[]): unknown;
  CloseConnection(connection: unknown): void;
  QueryAsyncConnection(connection: unknown, sql: string, format: string): Promise<QueryOutcome>;
  InsertRawAsyncConnection(
    connection: unknown,
    prefix: string,
    data: Buffer,
    countLines: boolean,
  ): Promise<{ rowsWritten: number; bytesWritten: number; elapsed: number }>;
  StreamQuery(connection: unknown, sql: string, format: string): unknown;
  StreamFetch(stream: unknown): Promise<{ done: boolean; bytes: Uint8Array; numRows: number }>;
  StreamCancel(stream: unknown): void;
}

const notStreamable = 'Streaming query is not supported';
const noData = /^Code: 108\./;

function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('chdb/package.json'));
  return (require(join(folder, 'dist/loader.js')) as { loadNative(): Addon }).loadNative();
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function identifier(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw exception(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
}

/** Settings and parameters become one SET statement; names are checked, since they cannot be quoted. */
function preparation(statement: Statement): string[] {
  const sets = [
    // The embedded engine takes `1 + 1` for a query, the server does not.
    'implicit_select = 0',
    ...statement.settings.map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
    ...statement.parameters.map(([name, value]) => `param_${identifier(name)} = ${literal(value)}`),
    ...(statement.readonly ? ['readonly = 2'] : []),
  ];
  const set = `SET ${sets.join(', ')}`;
  if (statement.database === undefined) return [set];
  return [`USE \`${statement.database.replaceAll('`', '\\`')}\``, set];
}

function emptySummary(): Summary {
  return {
    readRows: 0,
    readBytes: 0,
    writtenRows: 0,
    writtenBytes: 0,
    resultRows: 0,
    resultBytes: 0,
    elapsedSeconds: 0,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function createConnection(addon: Addon, handle: unknown): Connection {
  /** A stream points into its connection, so it has to be cancelled before the connection is closed. */
  let cancelStream: () => void = () => undefined;

  async function insert(statement: Statement): Promise<Result> {
    const summary = emptySummary();
    try {
      const written = await addon.InsertRawAsyncConnection(handle, statement.query, statement.data, false);
      summary.writtenRows = written.rowsWritten;
      summary.writtenBytes = written.bytesWritten;
      summary.elapsedSeconds = written.elapsed;
    } catch (error) {
      // The server takes an insert without rows for one of no rows; the embedded engine calls it an error.
      if (!(error instanceof Error && noData.test(error.message) && statement.data.length === 0)) throw error;
    }
    return { chunks: once(new Uint8Array()), format: statement.defaultFormat, summary };
  }

  async function whole(statement: Statement, format: string): Promise<Result> {
    const outcome = await addon.QueryAsyncConnection(handle, statement.query, statement.defaultFormat);
    const summary = emptySummary();
    summary.readRows = outcome.rowsRead;
    summary.readBytes = outcome.bytesRead;
    summary.resultBytes = outcome.bytes.length;
    summary.elapsedSeconds = outcome.elapsed;
    return { chunks: once(outcome.bytes), format, summary };
  }

  /** The first block is fetched before anything is answered, so that most errors still get a status of their own. */
  async function streamed(statement: Statement, format: string): Promise<Result> {
    const startedMs = performance.now();
    const stream = addon.StreamQuery(handle, statement.query, statement.defaultFormat);
    const summary = emptySummary();
    let open = true;
    cancelStream = () => {
      if (open) addon.StreamCancel(stream);
      open = false;
    };
    const fetchNext = async () => {
      try {
        const next = await addon.StreamFetch(stream);
        if (next.done) open = false;
        return next;
      } catch (error) {
        open = false;
        throw error;
      }
    };
    const first = await fetchNext();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        for (let next = first; !next.done; next = await fetchNext()) {
          summary.resultRows += next.numRows;
          summary.readRows = summary.resultRows;
          summary.resultBytes += next.bytes.length;
          yield next.bytes;
        }
      } finally {
        summary.elapsedSeconds = (performance.now() - startedMs) / 1000;
        cancelStream();
      }
    }
    return { chunks: chunks(), format, summary };
  }

  /** The engine would run `select 1; drop table t` as two statements, which the server refuses. */
  function refuseSeveralStatements(query: string): void {
    if (!query.trim().replace(/;+$/, '').includes(';')) return;
    try {
      addon.StreamCancel(addon.StreamQuery(handle, query, 'Null'));
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(notStreamable))) throw error;
    }
  }

  return {
    async run(statement) {
      for (const set of preparation(statement)) await addon.QueryAsyncConnection(handle, set, 'Null');
      if (statement.isInsert) return insert(statement);
      refuseSeveralStatements(statement.query);
      const format = formatOf(statement.query, statement.defaultFormat);
      if (format !== undefined && concatenable.has(format)) {
        try {
          return await streamed(statement, format);
        } catch (error) {
          if (!(error instanceof Error && error.message.includes(notStreamable))) throw error;
        }
      }
      return whole(statement, format ?? statement.defaultFormat);
    },
    close() {
      cancelStream();
      addon.CloseConnection(handle);
    },
  };
}

/** Opens the data folder. One process at a time can have it open. */
export async function openEngine(folder: string): Promise<Engine> {
  const addon = loadAddon();
  // One connection is held for the engine's whole life: when the last one closes, the engine shuts down.
  const root = addon.CreateConnection(folder);
  const { bytes } = await addon.QueryAsyncConnection(root, 'SELECT version()', 'TabSeparated');
  return {
    version: Buffer.from(bytes).toString().trim(),
    connect: () => createConnection(addon, addon.CreateConnection(folder)),
    close: () => addon.CloseConnection(root),
  };
}
