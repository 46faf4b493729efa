import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Engine, Result, Summary } from './engine.ts';
import { exception, toException } from './exceptions.ts';
import { readRequest, type ClickHouseRequest } from './request.ts';
import { createSessions, type Sessions } from './sessions.ts';

function summaryHeader(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows),
    read_bytes: String(summary.readBytes),
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(summary.resultRows || summary.writtenRows),
    result_bytes: String(summary.resultBytes || summary.writtenBytes),
    elapsed_ns: String(Math.round(summary.elapsedSeconds * 1e9)),
  });
}

async function write(output: Writable, chunk: Uint8Array): Promise<void> {
  if (output.write(chunk)) return;
  // A client that went away never drains; its stream closes instead.
  const settled = new AbortController();
  const event = (name: string) => once(output, name, { signal: settled.signal });
  try {
    await Promise.race([event('drain'), event('close')]);
  } finally {
    settled.abort();
  }
}

/** Makes the rest of the result known before the answer begins. */
async function gather(result: Result): Promise<Result> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.chunks) chunks.push(chunk);
  async function* replay() {
    yield* chunks;
  }
  return { ...result, chunks: replay() };
}

function writeHead(response: ServerResponse, request: ClickHouseRequest, result: Result, tag: string): void {
  const { statement } = request;
  response.setHeader('Content-Type', contentType(result.format));
  response.setHeader('X-ClickHouse-Format', result.format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Summary', summaryHeader(result.summary));
  if (!statement.isInsert) response.setHeader('X-ClickHouse-Exception-Tag', tag);
  if (request.compressResponse) response.setHeader('Content-Encoding', 'gzip');
}

function contentType(format: string): string {
  if (/^(JSONEachRow|NDJSON|JSONLines|JSON.*EachRow.*)$/.test(format))
    return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8; header=absent';
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(Native|RowBinary|Parquet|Arrow|ORC|Avro|Raw)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

/**
 * An error after the first byte can have no status any more. The server writes it into the result between two
 * marks and breaks the connection off, so that no client takes the part it got for the whole.
 */
function midStreamError(text: string, tag: string): Buffer {
  const message = text.trimEnd();
  const length = Buffer.byteLength(message) + 1;
  return Buffer.from(`\r\n__exception__\r\n${tag}\r\n${message}\n${length} ${tag}\r\n__exception__\r\n`);
}

async function send(response: ServerResponse, request: ClickHouseRequest, ready: Result, version: string) {
  const tag = randomBytes(8).toString('hex');
  const result = request.waitEndOfQuery ? await gather(ready) : ready;
  writeHead(response, request, result, tag);
  const gzip = request.compressResponse ? createGzip() : undefined;
  if (gzip !== undefined) gzip.pipe(response);
  const output: Writable = gzip ?? response;
  try {
    for await (const chunk of result.chunks) {
      if (response.destroyed) return;
      await write(output, chunk);
    }
  } catch (error) {
    if (!response.headersSent) throw error;
    const mark = midStreamError(toException(error, version).text, tag);
    await new Promise((resolve) => output.write(mark, resolve));
    response.socket?.destroySoon();
    return;
  }
  output.end();
}

/** An id that cannot stand in a header must be an error and not the end of the process. */
function queryId(url: URL): string {
  const given = url.searchParams.get('query_id');
  if (!given) return randomUUID();
  if (/^[\x20-\x7e]{1,200}$/.test(given)) return given;
  throw exception(36, 'BAD_ARGUMENTS', 'The query id has characters that a header cannot carry.');
}

async function handleQuery(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  engine: Engine,
  sessions: Sessions,
): Promise<void> {
  try {
    response.setHeader('X-ClickHouse-Query-Id', queryId(url));
    const request = await readRequest(message, url);
    await sessions.use(request.sessionId, request.sessionTimeoutSeconds, async (connection) => {
      await send(response, request, await connection.run(request.statement), engine.version);
    });
  } catch (error) {
    const { code, status, text } = toException(error, engine.version);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    response.setHeader('X-ClickHouse-Exception-Code', String(code));
    response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
    response.removeHeader('Content-Encoding');
    // What is left of an unread body would be taken for the next request.
    if (!message.complete) response.setHeader('Connection', 'close');
    response.writeHead(status).end(text);
  }
}

/** ClickHouse's HTTP interface in front of the embedded engine. It passes through and understands no SQL. */
export function createClickHouseServer(engine: Engine): { server: Server; close(): Promise<void> } {
  const sessions = createSessions(engine);
  const server = createServer({ keepAliveTimeout: 10_000, requestTimeout: 0 }, (message, response) => {
    const url = URL.parse(message.url ?? '/', 'http://127.0.0.1');
    response.setHeader('X-ClickHouse-Server-Display-Name', 'sightline-embedded');
    const plain = (status: number, text: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8' }).end(text);
    };
    if (url === null) return plain(400, 'The address cannot be read.\n');
    if (url.pathname === '/ping' || url.pathname === '/replicas_status') return plain(200, 'Ok.\n');
    if (url.pathname !== '/') return plain(404, `There is no handle ${url.pathname}\n`);
    const empty = message.method === 'GET' || message.method === 'HEAD';
    if (empty && !url.searchParams.has('query')) return plain(200, 'Ok.\n');
    void handleQuery(message, response, url, engine, sessions);
  });
  return {
    server,
    async close() {
      server.close();
      server.closeIdleConnections();
      await sessions.close();
      server.closeAllConnections();
    },
  };
}
