import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { avroSchemas, codecs } from './index.ts';
import type { RecordTypes } from './index.ts';

const detections = JSON.stringify(avroSchemas.detections);
const frame: RecordTypes['detections'] = {
  kind: 'frame',
  cameraId: 'gate',
  runId: 'run',
  runEpoch: 1,
  sequence: 1,
  capturedAtUs: 1,
  live: true,
  frame: {
    width: 640,
    height: 360,
    fps: 10,
    modelId: 'model',
    placement: 'cloud',
    stamps: { decodedAtUs: 1, inferStartedAtUs: 1, inferredAtUs: 1 },
    detections: [],
  },
  ended: null,
};

describe('a record that claims more items than it has bytes', () => {
  /** The last two bytes of the record are the end of its empty list and the missing run end. */
  const head = codecs.detections.encode(frame).subarray(0, -2);
  const counts: [claim: string, bytes: number[]][] = [
    ['a million', [0x80, 0x89, 0x7a]],
    ['a hundred million', [0x80, 0x84, 0xaf, 0x5f]],
    ['two billion', [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    ['minus two billion, with a size', [0xff, 0xff, 0xff, 0xff, 0x0f, 0x02]],
  ];
  test.each(counts)('is refused at once: %s', (_claim, bytes) => {
    const hostile = Buffer.concat([head, Buffer.from(bytes)]);
    expect(() => codecs.detections.decode(hostile, detections)).toThrow('more items than bytes');
    expect(() => codecs.detections.decode(hostile)).toThrow('more items than bytes');
  });
});

describe('every record type', () => {
  test.each(Object.keys(avroSchemas) as (keyof RecordTypes)[])(
    '%s survives random bytes and cuts',
    (name) => {
      const schema = JSON.stringify(avroSchemas[name]);
      const type = avro.Type.forSchema(avroSchemas[name] as unknown as avro.Schema);
      const decode = (bytes: Uint8Array): void => {
        try {
          codecs[name].decode(bytes, schema);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode), { numRuns: 300 });
      const whole = type.toBuffer(type.random());
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 100))
        decode(whole.subarray(0, length));
    },
  );

  test('lists and maps still read what was written', () => {
    const type = avro.Type.forSchema({
      type: 'record',
      name: 'Lists',
      fields: [
        { name: 'list', type: { type: 'array', items: 'string' } },
        { name: 'map', type: { type: 'map', values: 'int' } },
      ],
    });
    const value = { list: ['a', '', 'b'], map: { one: 1, two: 2 } };
    const narrow = avro.Type.forSchema({ type: 'record', name: 'Lists', fields: [] });
    const read = type.fromBuffer(type.toBuffer(value)) as typeof value;
    expect({ list: read.list, map: { ...read.map } }).toEqual(value);
    expect(() => narrow.fromBuffer(type.toBuffer(value), narrow.createResolver(type))).not.toThrow();
  });
});
