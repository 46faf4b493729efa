import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { avroSchemas, codecs, topics } from '#schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRegistry, schemaIdOf } from './registry.ts';
import type { RecordFormat } from './registry.ts';
import { tick } from './testing/installation.ts';

/** The three answers of a registry that reading and writing need; the real one is in the integration tests. */
const ids: Readonly<Record<string, number>> = { 'test.detections-value': 4, 'test.crossings-value': 5 };
const schemas: Readonly<Record<string, unknown>> = {
  4: avroSchemas.detections,
  5: avroSchemas.crossings,
  6: {
    ...avroSchemas.detections,
    fields: avroSchemas.detections.fields.filter(({ name }) => name !== 'live'),
  },
};
let server: Server;
let url: string;
let requests: string[];
let format: RecordFormat;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const subject = /^\/subjects\/([^/]+)\/versions\/latest$/.exec(path)?.[1];
    const id = /^\/schemas\/ids\/(-?\d+)$/.exec(path)?.[1];
    const body =
      subject !== undefined && subject in ids
        ? { id: ids[subject] }
        : id !== undefined && id in schemas
          ? { schema: JSON.stringify(schemas[id]) }
          : undefined;
    response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? { error_code: 40403 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
  format = createRegistry({ url, topicPrefix: 'test.' });
});
afterAll(() => void server.close());

const framed = (id: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, body]);
};
const good = framed(4, codecs.detections.encode(tick('gate', 1)));

describe('writing', () => {
  test('puts a zero and the id of the subject before the Avro bytes', async () => {
    await format.prepare([topics.detections]);
    expect(format.encode(topics.detections, tick('gate', 1))).toEqual(good);
  });

  test('asks for each subject once', async () => {
    await format.prepare([topics.detections, topics.crossings]);
    await format.prepare([topics.detections]);
    expect(requests).toHaveLength(2);
  });

  test('refuses a topic nobody prepared, a subject nobody registered, a value that does not fit', async () => {
    expect(() => format.encode(topics.detections, tick('gate', 1))).toThrow(
      expect.objectContaining({ code: 'SCHEMA_MISSING' }),
    );
    await expect(format.prepare([topics.visits])).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
    await format.prepare([topics.detections]);
    const wrong = { ...tick('gate', 1), sequence: 'first' as unknown as number };
    expect(() => format.encode(topics.detections, wrong)).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID' }),
    );
  });
});

describe('reading', () => {
  test('fetches a schema once and answers without a promise from then on', async () => {
    expect(await format.decode(topics.detections, good)).toEqual(tick('gate', 1));
    expect(format.decode(topics.detections, good)).toEqual(tick('gate', 1));
    expect(requests).toEqual(['/schemas/ids/4']);
  });

  test('fetches a schema once for records that come together', async () => {
    await Promise.all([format.decode(topics.detections, good), format.decode(topics.detections, good)]);
    expect(requests).toHaveLength(1);
  });

  test('gives a field its default when an older writer did not have it', async () => {
    const { live: _live, ...old } = tick('gate', 1);
    const writer = (await import('avsc')).default.Type.forSchema(schemas[6] as never);
    expect(await format.decode(topics.detections, framed(6, writer.toBuffer(old)))).toMatchObject({
      ...old,
      live: true,
    });
  });

  test.each([
    ['nothing', null, 'RECORD_EMPTY'],
    ['no bytes', Buffer.alloc(0), 'RECORD_EMPTY'],
    ['another magic byte', Buffer.from('{"kind":"frame"}'), 'RECORD_MAGIC'],
    ['less than a frame', Buffer.from([0, 0, 0, 0]), 'RECORD_MAGIC'],
    ['an id nobody registered', framed(99, Buffer.alloc(3)), 'SCHEMA_UNKNOWN'],
    ['a negative id', framed(-1, Buffer.alloc(3)), 'SCHEMA_UNKNOWN'],
    ['bytes that end too early', good.subarray(0, good.length - 4), 'RECORD_DAMAGED'],
    ['bytes left over', Buffer.concat([good, Buffer.from([1, 2])]), 'RECORD_DAMAGED'],
    ['a schema of something else', framed(5, Buffer.alloc(40)), 'SCHEMA_MISMATCH'],
  ])('refuses %s with its code', async (_what, bytes, code) => {
    const decode = async (): Promise<unknown> => format.decode(topics.detections, bytes);
    await expect(decode()).rejects.toMatchObject({ code, retriable: false });
  });

  test('does not ask again and again for an id that the registry does not know', async () => {
    const foreign = framed(99, Buffer.alloc(3));
    const decode = async (): Promise<unknown> => format.decode(topics.detections, foreign);
    for (let attempt = 0; attempt < 5; attempt++)
      await expect(decode()).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' });
    expect(requests).toHaveLength(1);
  });

  test('tells a registry that does not answer from a record that is wrong', async () => {
    const silent = createRegistry({ url: 'http://127.0.0.1:1', topicPrefix: 'test.' });
    const decode = async (): Promise<unknown> => silent.decode(topics.detections, good);
    await expect(decode()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true });
  });
});

test('the id in a frame is read big-endian', () => {
  expect(schemaIdOf(framed(0x01020304, Buffer.alloc(0)))).toBe(0x01020304);
});
