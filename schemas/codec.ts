import { Buffer } from 'node:buffer';
import avro from 'avsc';
import './avro-guard.ts';
import { avroSchemas } from './generated/types.ts';
import type { RecordTypes } from './generated/types.ts';

/**
 * Avro binary encoding of every record, without the registry's five-byte frame (that is added where the
 * registry is known). Reading goes through a resolver from the writer's schema to ours, built once a writer.
 */
export interface RecordCodec<Value> {
  /** Throws when the value does not fit the schema. */
  encode(value: Value): Buffer;
  /** Reads bytes written with `writerSchema` (JSON text; default: our own). Throws on damaged bytes. */
  decode(bytes: Uint8Array, writerSchema?: string): Value;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface FieldSchema {
  readonly name: string;
  readonly type: unknown;
}

/** Paths of the fields that hold bytes, through records and nullable records; none of ours lies in a list. */
const bytesPathsOf = (type: unknown): string[][] => {
  if (type === 'bytes') return [[]];
  if (Array.isArray(type)) return type.flatMap(bytesPathsOf);
  if (typeof type !== 'object' || type === null || !('fields' in type)) return [];
  return (type.fields as readonly FieldSchema[]).flatMap((field) =>
    bytesPathsOf(field.type).map((path) => [field.name, ...path]),
  );
};

/** Avro's library takes only Node's Buffer for bytes; a plain Uint8Array is viewed as one, copying no bytes. */
const withBuffers = (value: unknown, [field, ...rest]: readonly string[]): unknown => {
  if (field === undefined) return value instanceof Uint8Array ? asBuffer(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const before = (value as Record<string, unknown>)[field];
  const after = withBuffers(before, rest);
  return after === before ? value : { ...value, [field]: after };
};

const createCodec = <Value>(schema: unknown): RecordCodec<Value> => {
  const type = avro.Type.forSchema(schema as avro.Schema);
  const bytesPaths = bytesPathsOf(schema);
  /** Bounded by the number of schema versions ever registered, which migrations make, not data. */
  const resolvers = new Map<
    string,
    { writer: avro.Type; resolver: ReturnType<avro.Type['createResolver']> }
  >();
  return {
    encode: (value) => type.toBuffer(bytesPaths.reduce<unknown>(withBuffers, value)),
    decode(bytes, writerSchema) {
      if (writerSchema === undefined) return type.fromBuffer(asBuffer(bytes)) as Value;
      let entry = resolvers.get(writerSchema);
      if (!entry) {
        const writer = avro.Type.forSchema(JSON.parse(writerSchema) as avro.Schema);
        entry = { writer, resolver: type.createResolver(writer) };
        resolvers.set(writerSchema, entry);
      }
      return type.fromBuffer(asBuffer(bytes), entry.resolver) as Value;
    },
  };
};

/** One codec a schema, made at import: schemas are constants. */
export const codecs: { readonly [Name in keyof RecordTypes]: RecordCodec<RecordTypes[Name]> } = {
  alerts: createCodec(avroSchemas.alerts),
  'camera-status': createCodec(avroSchemas['camera-status']),
  config: createCodec(avroSchemas.config),
  crossings: createCodec(avroSchemas.crossings),
  'dead-letters': createCodec(avroSchemas['dead-letters']),
  detections: createCodec(avroSchemas.detections),
  frames: createCodec(avroSchemas.frames),
  inspections: createCodec(avroSchemas.inspections),
  measures: createCodec(avroSchemas.measures),
  occupancy: createCodec(avroSchemas.occupancy),
  state: createCodec(avroSchemas.state),
  tracks: createCodec(avroSchemas.tracks),
  visits: createCodec(avroSchemas.visits),
};
