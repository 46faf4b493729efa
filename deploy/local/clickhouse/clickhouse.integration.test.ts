import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackVariable } from '../config.ts';

const url = stackVariable('SIGHTLINE_CLICKHOUSE_URL');
const database = `facade_${randomUUID().replaceAll('-', '')}`;
/** The client would print each error that the tests provoke. */
const log = { level: ClickHouseLogLevel.OFF };
const client = createClient({ url, database, log });
const json = 'JSONEachRow' as const;

/** What curl would do. */
async function curl(path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

beforeAll(async () => {
  await fetch(`${url}/`, { method: 'POST', body: `CREATE DATABASE ${database}` });
  await client.command({
    query: 'CREATE TABLE events (id UInt64, name String) ENGINE = MergeTree ORDER BY id',
  });
});

afterAll(async () => {
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

describe('with the official client', () => {
  it('answers ping', async () => {
    expect((await client.ping()).success).toBe(true);
    expect((await client.ping({ select: true })).success).toBe(true);
  });

  it('returns rows in the format asked for', async () => {
    const rows = await client.query({ query: "SELECT 1 AS one, 'é' AS text", format: json });
    expect(await rows.json()).toEqual([{ one: 1, text: 'é' }]);
    const whole = await client.query({ query: 'SELECT number FROM numbers(3)', format: 'JSON' });
    expect((await whole.json<{ number: string }>()).rows).toBe(3);
  });

  it('streams a result larger than one block, whole and in order', async () => {
    const result = await client.query({ query: 'SELECT number AS n FROM numbers(300000)', format: json });
    let next = 0;
    for await (const rows of result.stream<{ n: number }>()) {
      for (const row of rows) {
        expect(Number(row.json().n)).toBe(next);
        next += 1;
      }
    }
    expect(next).toBe(300_000);
  });

  it('writes headers once in formats that have them', async () => {
    const result = await client.query({
      query: 'SELECT number FROM numbers(200000)',
      format: 'CSVWithNames',
    });
    const lines = (await result.text()).trimEnd().split('\n');
    expect(lines.length).toBe(200_001);
    expect(lines.filter((line) => line.includes('number'))).toHaveLength(1);
  });

  it.each([
    ['String', "it's a \\ and a\ttab\nand a new line"],
    ['UInt64', '18446744073709551615'],
    ['Array(String)', ['a', "b'c"]],
    ['Nullable(String)', null],
    ['Bool', true],
  ])('passes a %s parameter as it is', async (type, value) => {
    const result = await client.query({
      query: `SELECT {value:${type}} AS value`,
      query_params: { value },
      format: json,
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    });
    expect(await result.json()).toEqual([{ value }]);
  });

  it('takes an array, a stream and a compressed insert', async () => {
    const written = await client.insert({
      table: 'events',
      values: [{ id: 1, name: 'é; SELECT 1' }],
      format: json,
    });
    expect(written.summary?.written_rows).toBe('1');
    const many = Array.from({ length: 50_000 }, (_, index) => ({ id: 100 + index, name: `row ${index}` }));
    await client.insert({ table: 'events', values: Readable.from(many), format: json });
    const zipping = createClient({ url, database, compression: { request: true, response: true } });
    await zipping.insert({ table: 'events', values: [{ id: 2, name: 'zipped' }], format: json });
    const rows = await zipping.query({
      query: 'SELECT count() AS n FROM events WHERE id < 100 OR id >= 100',
      format: json,
    });
    expect(await rows.json<{ n: string }>()).toEqual([{ n: 50_002 }]);
    await zipping.close();
  });

  it('takes an insert without rows for one of no rows', async () => {
    await client.insert({ table: 'events', values: Readable.from([]), format: json });
  });

  it('runs exec and command, and hands back the query id', async () => {
    const ran = await client.exec({ query: 'SELECT 42 FORMAT CSV', query_id: 'my-query' });
    expect(ran.query_id).toBe('my-query');
    expect(
      Buffer.concat(await ran.stream.toArray())
        .toString()
        .trim(),
    ).toBe('42');
    await client.command({ query: 'TRUNCATE TABLE events' });
  });

  it('gives each request its own settings', async () => {
    const ask = async (clickhouse_settings: Record<string, string>) => {
      const query = "SELECT getSetting('max_threads') AS n";
      const [row] = await (
        await client.query({ query, format: json, clickhouse_settings })
      ).json<{ n: number }>();
      return Number(row?.n);
    };
    expect(await ask({ max_threads: '7' })).toBe(7);
    expect(await ask({})).not.toBe(7);
  });

  it('drops a block that is sent again with the same deduplication token', async () => {
    await client.command({
      query: `CREATE TABLE once (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
    });
    for (let send = 0; send < 3; send += 1) {
      const values = [{ id: 1 }, { id: 2 }];
      await client.insert({
        table: 'once',
        values,
        format: json,
        clickhouse_settings: { insert_deduplication_token: 'block-1' },
      });
    }
    expect(
      await (await client.query({ query: 'SELECT count() AS n FROM once', format: json })).json(),
    ).toEqual([{ n: 2 }]);
  });

  it('keeps temporary tables in a session and nowhere else', async () => {
    const session = createClient({ url, database, session_id: randomUUID() });
    await session.command({ query: 'CREATE TEMPORARY TABLE mine (id UInt8)' });
    await session.insert({ table: 'mine', values: [{ id: 3 }], format: json });
    expect(await (await session.query({ query: 'SELECT id FROM mine', format: json })).json()).toEqual([
      { id: 3 },
    ]);
    await expect(client.query({ query: 'SELECT id FROM mine', format: json })).rejects.toThrow(
      ClickHouseError,
    );
    await session.close();
  });
});

describe('errors', () => {
  it.each([
    ['SELECT * FROM missing', '60', 'UNKNOWN_TABLE'],
    ['SELECT 1 2', '62', 'SYNTAX_ERROR'],
    ['SELECT missing_column FROM events', '47', 'UNKNOWN_IDENTIFIER'],
    ["SELECT throwIf(1, 'on purpose')", '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['SELECT {absent:UInt8}', '456', 'UNKNOWN_QUERY_PARAMETER'],
    ['SELECT 1; SELECT 2', '62', 'SYNTAX_ERROR'],
  ])('%s fails with code %s', async (query, code, type) => {
    await expect(client.query({ query, format: json })).rejects.toMatchObject({ code, type });
  });

  it('names the row of bad data', async () => {
    const values = [{ id: 'x' }];
    await expect(client.insert({ table: 'events', values, format: json })).rejects.toThrow(/at row 1/);
  });

  it('reports an error after the first block instead of ending the result early', async () => {
    // Slow blocks on one thread, so that the first one has left before the engine meets the bad row.
    const query = 'SELECT number, sleep(0.01), throwIf(number = 900000) FROM numbers(1000000)';
    const result = await client.query({ query, format: json, clickhouse_settings: { max_threads: 1 } });
    await expect(result.json()).rejects.toThrow(/throwIf/);
  });
});

describe('with plain HTTP', () => {
  it('answers ping, the root and unknown paths like the server', async () => {
    expect(await curl('/ping')).toMatchObject({ status: 200, text: 'Ok.\n' });
    expect(await curl('/')).toMatchObject({ status: 200, text: 'Ok.\n' });
    expect((await curl('/nothing')).status).toBe(404);
  });

  it('takes the query from the address or the body, and ignores a user on loopback', async () => {
    expect((await curl('/?query=SELECT%201')).text).toBe('1\n');
    const headers = { authorization: `Basic ${Buffer.from('default:').toString('base64')}` };
    expect((await curl('/', { method: 'POST', body: 'SELECT 2 FORMAT CSV', headers })).text).toBe('2\n');
    expect((await curl('/?default_format=JSONEachRow', { method: 'POST', body: 'SELECT 3 AS n' })).text).toBe(
      '{"n":3}\n',
    );
    expect((await curl('/?query=SELECT%20%7Bx:UInt8%7D&param_x=5')).text).toBe('5\n');
  });

  it('joins the query of the address and the data of the body', async () => {
    const into = encodeURIComponent(`INSERT INTO ${database}.events FORMAT TSV`);
    const body = gzipSync('7\tseven\n8\teight\n');
    const sent = await curl(`/?query=${into}`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(sent.status).toBe(200);
    expect(JSON.parse(sent.headers.get('x-clickhouse-summary') ?? '{}')).toMatchObject({ written_rows: '2' });
    const whole = Buffer.concat([
      Buffer.from(`INSERT INTO ${database}.events FORMAT RowBinary\n`),
      Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0xfe]),
    ]);
    expect((await curl('/', { method: 'POST', body: whole })).status).toBe(200);
    const read = await curl(`/?database=${database}&query=SELECT%20hex(name)%20FROM%20events%20WHERE%20id=9`);
    expect(read.text).toBe('FFFE\n');
  });

  it('answers errors with status, code and text', async () => {
    const missing = await curl('/?query=SELECT%20*%20FROM%20missing');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('x-clickhouse-exception-code')).toBe('60');
    expect(missing.text).toMatch(/^Code: 60\. DB::Exception: .*\(UNKNOWN_TABLE\) \(version [\d.]+/);
    expect((await curl('/?query=SELEC')).status).toBe(400);
    expect((await curl('/?query=SELECT%201&no_such_setting=1')).status).toBe(404);
  });

  it.each([
    ['//', 400],
    ['/?query=SELECT%201&query_id=%0A', 400],
    ['/?query=SELECT%201&database=no%60such', 404],
    ['/?query=SELECT%201&a%20b=1', 404],
    ['/?query=%00', 400],
    ['/?compress=1&query=SELECT%201', 501],
  ])('lives through %s', async (path, status) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(status);
    expect((await curl('/ping')).status).toBe(200);
  });

  it('refuses a body that is not what its encoding says', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await curl('/', { method: 'POST', body: 'SELECT 1', headers })).status).toBe(500);
    expect(
      (await curl('/', { method: 'POST', body: 'x', headers: { 'content-encoding': 'odd' } })).status,
    ).toBe(500);
  });

  it('does not write on GET', async () => {
    const refused = await curl(`/?query=TRUNCATE%20TABLE%20${database}.events`);
    expect(refused.headers.get('x-clickhouse-exception-code')).toBe('164');
  });

  it('serves others while slow queries run', async () => {
    const order: string[] = [];
    const slow = Array.from({ length: 12 }, () =>
      curl('/?query=SELECT%20sleep(1)').then(() => order.push('slow')),
    );
    await curl('/?query=SELECT%201').then(() => order.push('quick'));
    await Promise.all(slow);
    expect(order[0]).toBe('quick');
  });

  it('survives clients that go away in the middle of a result', async () => {
    for (let round = 0; round < 5; round += 1) {
      const leave = new AbortController();
      const response = await fetch(`${url}/?query=SELECT%20number%20FROM%20numbers(5000000)`, {
        signal: leave.signal,
      });
      await response.body?.getReader().read();
      leave.abort();
    }
    expect((await curl('/?query=SELECT%201')).text).toBe('1\n');
  });
});
