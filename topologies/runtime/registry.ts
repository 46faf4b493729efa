import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import { avroSchemas, codecs, subjectName } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { nowMs } from './clock.ts';
import { SightlineError, messageOf } from './errors.ts';

/**
 * Turns values into the bytes of a topic and back. The runner is given one; the registry's is the real one,
 * a benchmark or a test may bring another.
 */
export interface RecordFormat {
  /** Looks up what writing these topics needs. Called once, before the first `encode` of them. */
  prepare(topics: readonly TopicSpecification[]): Promise<void>;
  encode<Name extends keyof RecordTypes>(topic: TopicSpecification<Name>, value: RecordTypes[Name]): Buffer;
  /** A promise only when the writer's schema is not known yet, which is once a schema. */
  decode<Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    bytes: Buffer | null,
  ): RecordTypes[Name] | Promise<RecordTypes[Name]>;
}

/** Confluent's frame: a zero, then the schema's id in four bytes, then Avro. */
const frameBytes = 5;
const magicByte = 0;
/** An id the registry does not know is asked for again after this long: it may be registered meanwhile. */
const unknownForMs = 30_000;
const unknownIdsMax = 1_000;
/** Versions ever registered; ids come from migrations, so this is only reached by an attack. */
const knownIdsMax = 10_000;
/** The registry is asked again for about six seconds before a look-up fails: it may be restarting. */
const lookUpRetry = {
  retries: 5,
  initialRetryTimeInSecs: 0.1,
  factor: 0,
  multiplier: 2,
  maxRetryTimeInSecs: 4,
};

/** Only 404 is an answer about a schema: the client reports what never reached the registry as status 400. */
const isMissing = (error: unknown): boolean => (error as { status?: unknown } | null)?.status === 404;

const unavailable = (error: unknown): SightlineError =>
  new SightlineError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry does not answer: ${messageOf(error)}`,
    error,
  );

const frame = (id: number, body: Buffer): Buffer => {
  const framed = Buffer.allocUnsafe(frameBytes + body.length);
  framed.writeUInt8(magicByte, 0);
  framed.writeInt32BE(id, 1);
  body.copy(framed, frameBytes);
  return framed;
};

export interface RegistryOptions {
  /** Root of the Confluent-compatible API, e.g. `http://127.0.0.1:8081/apis/ccompat/v7`. */
  readonly url: string;
  readonly topicPrefix: string;
}

/** Schemas by id, each fetched once; ids that the registry does not know are remembered for a while. */
const createSchemaCache = (client: SchemaRegistry): ((id: number) => string | Promise<string>) => {
  const known = new Map<number, string>();
  const unknownUntilMs = new Map<number, number>();
  const pending = new Map<number, Promise<string>>();
  const unknown = (id: number): SightlineError =>
    new SightlineError('SCHEMA_UNKNOWN', `the registry does not know schema id ${id}`);

  const fetchSchema = async (id: number): Promise<string> => {
    try {
      const schema = JSON.stringify(await client.getSchema(id));
      if (known.size < knownIdsMax) known.set(id, schema);
      return schema;
    } catch (error) {
      if (!isMissing(error)) throw unavailable(error);
      if (unknownUntilMs.size >= unknownIdsMax)
        unknownUntilMs.delete(unknownUntilMs.keys().next().value ?? id);
      unknownUntilMs.set(id, nowMs() + unknownForMs);
      throw unknown(id);
    }
  };

  return (id) => {
    const schema = known.get(id);
    if (schema !== undefined) return schema;
    if ((unknownUntilMs.get(id) ?? 0) > nowMs()) throw unknown(id);
    let promise = pending.get(id);
    if (!promise) {
      promise = fetchSchema(id).finally(() => pending.delete(id));
      pending.set(id, promise);
    }
    return promise;
  };
};

/** Reads the registry, never writes it: schemas are registered by migrations. */
export const createRegistry = ({ url, topicPrefix }: RegistryOptions): RecordFormat => {
  const client = new SchemaRegistry({ host: url, clientId: 'sightline', retry: lookUpRetry });
  const idsBySubject = new Map<string, number>();
  const schemaOf = createSchemaCache(client);

  const lookUpSubject = async (subject: string): Promise<void> => {
    if (idsBySubject.has(subject)) return;
    try {
      idsBySubject.set(subject, await client.getLatestSchemaId(subject));
    } catch (error) {
      if (!isMissing(error)) throw unavailable(error);
      throw new SightlineError(
        'SCHEMA_MISSING',
        `the registry has no subject ${subject}: run the migrations first`,
      );
    }
  };

  return {
    async prepare(topics) {
      await Promise.all(topics.map((topic) => lookUpSubject(subjectName(topic, topicPrefix))));
    },
    encode(topic, value) {
      const id = idsBySubject.get(subjectName(topic, topicPrefix));
      if (id === undefined) {
        throw new SightlineError(
          'SCHEMA_MISSING',
          `topic ${topic.name} was not prepared before writing to it`,
        );
      }
      try {
        return frame(id, codecs[topic.schema].encode(value));
      } catch (error) {
        throw new SightlineError(
          'RECORD_INVALID',
          // The library quotes the whole value, which may be a picture.
          `value does not fit ${topic.name}: ${messageOf(error).slice(0, 300)}`,
          error,
        );
      }
    },
    decode(topic, bytes) {
      const schema = schemaOf(schemaIdOf(bytes));
      const body = (bytes as Buffer).subarray(frameBytes);
      if (typeof schema === 'string') return decodeBody(topic, body, schema);
      return schema.then((text) => decodeBody(topic, body, text));
    },
  };
};

/** The id in a record's frame. Throws RECORD_EMPTY or RECORD_MAGIC for bytes that have none. */
export const schemaIdOf = (bytes: Buffer | null): number => {
  if (!bytes || bytes.length === 0) throw new SightlineError('RECORD_EMPTY', 'the record has no value');
  if (bytes.length < frameBytes || bytes.readUInt8(0) !== magicByte) {
    throw new SightlineError('RECORD_MAGIC', 'the record does not begin with a zero byte and a schema id');
  }
  return bytes.readInt32BE(1);
};

/** Only asked after a failure: was it the schema that cannot be read as ours, or these bytes? */
const isReadable = (topic: TopicSpecification, schema: string): boolean => {
  try {
    avro.Type.forSchema(avroSchemas[topic.schema] as unknown as avro.Schema).createResolver(
      avro.Type.forSchema(JSON.parse(schema)),
    );
    return true;
  } catch {
    return false;
  }
};

const decodeBody = <Name extends keyof RecordTypes>(
  topic: TopicSpecification<Name>,
  body: Buffer,
  schema: string,
): RecordTypes[Name] => {
  try {
    return codecs[topic.schema].decode(body, schema);
  } catch (error) {
    const code = isReadable(topic, schema) ? 'RECORD_DAMAGED' : 'SCHEMA_MISMATCH';
    throw new SightlineError(code, `the record cannot be read as ${topic.name}: ${messageOf(error)}`, error);
  }
};
