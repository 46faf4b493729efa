import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allTopics, avroSchemas, codecs, defaults, topics, validateCamera, validateSite } from '#schemas';
import type { CameraDocument, DetectionRecord, Visit } from '#schemas';

interface Field {
  name: string;
  type: unknown;
  doc?: string;
  default?: unknown;
}
interface Schema {
  name: string;
  type: string;
  doc?: string;
  fields: Field[];
}

/** Every record definition inside a schema, the root included. */
const recordsIn = (type: unknown): Schema[] => {
  if (Array.isArray(type)) return type.flatMap(recordsIn);
  if (typeof type !== 'object' || type === null) return [];
  if ('fields' in type)
    return [type as Schema, ...(type as Schema).fields.flatMap((field) => recordsIn(field.type))];
  return Object.values(type).flatMap(recordsIn);
};

const visit: Visit = {
  eventId: 'cam:run:1:till:1000:left',
  cameraId: 'cam',
  siteId: 'shop',
  runId: 'run',
  phase: 'left',
  trackId: '1',
  className: 'person',
  zoneId: 'till',
  zoneName: 'Till',
  enteredAtUs: 1_700_000_000_000_000,
  leftAtUs: 1_700_000_004_000_000,
  dwellMs: 4000,
  reason: 'exit',
  configVersion: 3,
  late: false,
  observedAtUs: 1_700_000_005_000_000,
  stamps: null,
};

describe('schemas', () => {
  it.each(Object.entries(avroSchemas))('%s documents every record and field', (_name, schema) => {
    const missing = recordsIn(schema).flatMap((record) => [
      ...(record.doc ? [] : [record.name]),
      ...record.fields.filter((field) => !field.doc).map((field) => `${record.name}.${field.name}`),
    ]);
    expect(missing).toEqual([]);
  });

  it('the generated schemas are those of the files', () => {
    for (const [name, schema] of Object.entries(avroSchemas)) {
      const file = readFileSync(join(import.meta.dirname, 'avro', `${name}.avsc`), 'utf8');
      expect(schema).toEqual(JSON.parse(file));
    }
  });

  it('open sets are strings, never enums', () => {
    expect(JSON.stringify(avroSchemas)).not.toContain('"enum"');
  });

  it('every topic has a schema and a name of its own', () => {
    expect(new Set(allTopics.map((topic) => topic.name)).size).toBe(allTopics.length);
    for (const topic of allTopics) expect(avroSchemas).toHaveProperty([topic.schema]);
  });

  it('the defaults table and the Avro defaults agree', () => {
    const records = recordsIn(avroSchemas.config);
    const defaultOf = (record: string, field: string): unknown =>
      records
        .find((candidate) => candidate.name === record)
        ?.fields.find((candidate) => candidate.name === field)?.default;
    for (const [field, value] of Object.entries(defaults.line)) expect(defaultOf('Line', field)).toBe(value);
    for (const [field, value] of Object.entries(defaults.zone)) expect(defaultOf('Zone', field)).toBe(value);
    const { connectTimeoutMs, stallTimeoutMs, transport, ...camera } = defaults.camera;
    for (const [field, value] of Object.entries({ connectTimeoutMs, stallTimeoutMs, transport })) {
      expect(defaultOf('CameraSource', field)).toBe(value);
    }
    for (const [field, value] of Object.entries(camera))
      expect(defaultOf('CameraDocument', field)).toBe(value);
  });
});

describe('codecs', () => {
  it('a record comes back as it went', () => {
    expect(codecs.visits.decode(codecs.visits.encode(visit))).toEqual(visit);
  });

  it('boxes that are exact 32-bit floats pass through unchanged', () => {
    const share = fc
      .float({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true })
      .map((value) => Math.abs(value));
    const detection = fc.record({
      x1: share,
      y1: share,
      x2: share,
      y2: share,
      confidence: share,
      classId: fc.nat(90),
      className: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(detection, { maxLength: 20 }), (detections) => {
        const record: DetectionRecord = {
          kind: 'frame',
          cameraId: 'cam',
          runId: 'run',
          runEpoch: 1,
          sequence: 0,
          capturedAtUs: 1_700_000_000_000_000,
          live: true,
          ended: null,
          frame: {
            width: 640,
            height: 480,
            fps: 10,
            modelId: 'model@000000000000',
            placement: 'cloud',
            stamps: { decodedAtUs: 1, inferStartedAtUs: 2, inferredAtUs: 3 },
            detections,
          },
        };
        expect(codecs.detections.decode(codecs.detections.encode(record))).toEqual(record);
      }),
    );
  });

  it('bytes may be any Uint8Array', () => {
    const record = {
      processor: 'track',
      key: 'cam',
      inputTopic: '',
      inputOffset: -1,
      state: new Uint8Array([0, 1, 2, 3]).subarray(1),
    };
    expect([...codecs.state.decode(codecs.state.encode(record)).state]).toEqual([1, 2, 3]);
  });

  it("an old writer's record gets the defaults of fields it did not know", () => {
    const old = structuredClone(avroSchemas.visits) as unknown as Schema;
    old.fields = old.fields.filter((field) => field.name !== 'stamps');
    const { stamps: _stamps, ...known } = visit;
    const bytes = encodeWith(old, known);
    expect(codecs.visits.decode(bytes, JSON.stringify(old))).toEqual(visit);
  });

  it("a newer writer's extra field is passed over", () => {
    const newer = structuredClone(avroSchemas.visits) as unknown as Schema;
    newer.fields.splice(3, 0, { name: 'floor', type: 'int', doc: 'New.', default: 0 });
    const bytes = encodeWith(newer, { ...visit, floor: 7 });
    expect(codecs.visits.decode(bytes, JSON.stringify(newer))).toEqual(visit);
  });

  it('damaged bytes throw instead of giving half a record', () => {
    const bytes = codecs.visits.encode(visit);
    expect(() => codecs.visits.decode(bytes.subarray(0, bytes.length - 3))).toThrow();
    expect(() => codecs.visits.decode(new Uint8Array([1, 2, 3]))).toThrow();
  });
});

const { default: avro } = await import('avsc');
const encodeWith = (schema: Schema, value: object): Uint8Array =>
  avro.Type.forSchema(schema as never).toBuffer(value);

const camera = { cameraId: 'door', siteId: 'shop', name: 'Door', source: { kind: 'file', url: '/clip.mp4' } };
const square = [
  { x: 0.1, y: 0.1 },
  { x: 0.9, y: 0.1 },
  { x: 0.9, y: 0.9 },
  { x: 0.1, y: 0.9 },
];

describe('the configuration validator', () => {
  it('fills what was left out from the table of defaults', () => {
    const result = validateCamera({
      ...camera,
      lines: [{ lineId: 'in', name: 'In', a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } }],
    });
    expect(result.ok && result.value.lines[0]).toMatchObject(defaults.line);
  });

  it('gives a document that the wire carries unchanged', () => {
    const result = validateCamera({ ...camera, zones: [{ zoneId: 'z', name: 'Z', polygon: square }] });
    if (!result.ok) throw new Error(result.problems.join());
    const record = {
      kind: 'camera',
      id: 'door',
      version: 1,
      effectiveFromUs: 5,
      deleted: false,
      camera: result.value,
      site: null,
    };
    expect(codecs.config.decode(codecs.config.encode(record))).toEqual(record);
    const again: CameraDocument | null = codecs.config.decode(codecs.config.encode(record)).camera;
    expect(validateCamera(again)).toEqual(result);
  });

  const zone = (polygon: unknown) => ({ ...camera, zones: [{ zoneId: 'z', name: 'Z', polygon }] });
  const line = (a: unknown, b: unknown) => ({ ...camera, lines: [{ lineId: 'l', name: 'L', a, b }] });
  it.each([
    ['a zone with two points', zone(square.slice(0, 2)), /at least three points/],
    ['a zone without area', zone([square[0], { x: 0.5, y: 0.5 }, square[2]]), /one line/],
    ['a zone whose sides cross', zone([square[0], square[2], square[1], square[3]]), /cross each other/],
    ['pixels instead of shares', zone([...square, { x: 640, y: 480 }]), /shares of the picture/],
    ['a line of no length', line({ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }), /no length/],
    ['an id with a slash', { ...camera, cameraId: 'a/b' }, /letters, digits/],
    [
      'two lines with one id',
      { ...camera, lines: [0, 1].map((x) => ({ lineId: 'l', name: 'L', a: { x, y: 0 }, b: { x, y: 1 } })) },
      /same lineId/,
    ],
    ['an unknown source', { ...camera, source: { kind: 'tape', url: 'x' } }, /source\.kind/],
  ])('refuses %s and says what would be right', (_what, document, message) => {
    const result = validateCamera(document);
    expect(result.ok ? '' : result.problems.join('\n')).toMatch(message);
  });

  it('knows time zones', () => {
    expect(validateSite({ siteId: 's', name: 'S', timeZone: 'Europe/Berlin' }).ok).toBe(true);
    expect(validateSite({ siteId: 's', name: 'S', timeZone: 'Mars/Olympus' }).ok).toBe(false);
  });

  it('keeps deliveries of topics within what lateness and state need', () => {
    for (const topic of Object.values(topics))
      expect(topic.settings['message.timestamp.type']).toBe('LogAppendTime');
  });
});
