import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Statement } from './engine.ts';
import { exception } from './exceptions.ts';

/** A body is held in memory until it is whole, since the engine takes an insert in one piece. */
const bodyBytesMax = 1_000_000_000;
/** A query without data is parsed as text up to this length; the server's own bound is 256 KiB. */
const insertLookBytes = 4096;

/** Parameters of the address that are about HTTP and unknown to the engine. */
const transportParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'stacktrace',
  'client_protocol_version',
  'http_make_head_request',
]);

export interface ClickHouseRequest {
  statement: Statement;
  sessionId: string | undefined;
  sessionTimeoutSeconds: number;
  /** The whole result is made before the first byte of the answer, so that every error has a status. */
  waitEndOfQuery: boolean;
  compressResponse: boolean;
}

function decompressor(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case '':
    case 'identity':
      return undefined;
    default:
      throw exception(12, 'UNKNOWN_COMPRESSION_METHOD', `Unknown compression method: ${encoding}.`);
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const encoding = String(message.headers['content-encoding'] ?? '').toLowerCase();
  const inflate = decompressor(encoding);
  const source: Readable = inflate === undefined ? message : message.pipe(inflate);
  if (inflate !== undefined) message.on('error', (error) => inflate.destroy(error));
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) {
      throw exception(
        413,
        'TOO_LARGE_REQUEST',
        `The embedded server takes bodies up to ${bodyBytesMax} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function isInsert(text: string): boolean {
  return /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/|#![^\n]*\n)*insert\b/i.test(text);
}

/** `query=` in the address and the body are one text, in this order, as in the real server. */
function assemble(address: string, body: Buffer): Pick<Statement, 'query' | 'data' | 'isInsert'> {
  if (address !== '') {
    if (isInsert(address)) return { query: address, data: body, isInsert: true };
    return {
      query: body.length > 0 ? `${address}\n${body.toString()}` : address,
      data: Buffer.alloc(0),
      isInsert: false,
    };
  }
  // A whole insert in the body may end in binary data, which must not pass through text.
  if (isInsert(body.subarray(0, insertLookBytes).toString('latin1')))
    return { query: '', data: body, isInsert: true };
  return { query: body.toString(), data: Buffer.alloc(0), isInsert: false };
}

export async function readRequest(message: IncomingMessage, url: URL): Promise<ClickHouseRequest> {
  const parameters = url.searchParams;
  const header = (name: string) => {
    const value = message.headers[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const flag = (name: string) => ['1', 'true'].includes(parameters.get(name) ?? '');
  if (flag('compress') || flag('decompress')) {
    throw exception(48, 'NOT_IMPLEMENTED', 'The embedded server knows HTTP compression, not compress=1.');
  }
  const body = await readBody(message);
  const text = assemble(parameters.get('query') ?? '', body);
  if (text.query.trim() === '' && text.data.length === 0) {
    throw exception(62, 'SYNTAX_ERROR', 'Syntax error: failed at position 1 (end of query): Empty query.');
  }
  const others = [...parameters].filter(([name]) => !transportParameters.has(name));
  const accepts = String(message.headers['accept-encoding'] ?? '');
  return {
    statement: {
      ...text,
      database: parameters.get('database') || header('x-clickhouse-database'),
      defaultFormat: parameters.get('default_format') || header('x-clickhouse-format') || 'TabSeparated',
      settings: others.filter(([name]) => !name.startsWith('param_')),
      parameters: others
        .filter(([name]) => name.startsWith('param_'))
        .map(([name, value]) => [name.slice('param_'.length), value]),
      readonly: message.method !== 'POST',
    },
    sessionId: parameters.get('session_id') || undefined,
    sessionTimeoutSeconds: Math.min(Number(parameters.get('session_timeout') ?? 60) || 60, 3600),
    waitEndOfQuery: flag('wait_end_of_query'),
    compressResponse: flag('enable_http_compression') && accepts.includes('gzip'),
  };
}
