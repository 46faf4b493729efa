import avro from 'avsc';
import { avroSchemas, codecs, subjectName } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { nowMs, sleep } from './clock.ts';
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
const attemptsMax = 5;
const attemptTimeoutMs = 5_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const request = async (url: string): Promise<Answer> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(attemptTimeoutMs) });
      if (response.status < 500) return { status: response.status, body: await response.json() };
      throw new Error(`HTTP status ${response.status}`);
    } catch (error) {
      if (attempt === attemptsMax) {
        throw new SightlineError(
          'REGISTRY_UNAVAILABLE',
          `the schema registry does not answer: ${messageOf(error)}`,
          error,
        );
      }
      await sleep(100 * 2 ** attempt);
    }
  }
};

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
const createSchemaCache = (url: string): ((id: number) => string | Promise<string>) => {
  const known = new Map<number, string>();
  const unknownUntilMs = new Map<number, number>();
  const pending = new Map<number, Promise<string>>();
  const unknown = (id: number): SightlineError =>
    new SightlineError('SCHEMA_UNKNOWN', `the registry does not know schema id ${id}`);

  const fetchSchema = async (id: number): Promise<string> => {
    const { status, body } = await request(`${url}/schemas/ids/${id}`);
    const schema = (body as { schema?: unknown } | null)?.schema;
    if (status === 200 && typeof schema === 'string') {
      if (known.size < knownIdsMax) known.set(id, schema);
      return schema;
    }
    if (unknownUntilMs.size >= unknownIdsMax) unknownUntilMs.delete(unknownUntilMs.keys().next().value ?? id);
    unknownUntilMs.set(id, nowMs() + unknownForMs);
    throw unknown(id);
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
  const idsBySubject = new Map<string, number>();
  const schemaOf = createSchemaCache(url);

  const lookUpSubject = async (subject: string): Promise<void> => {
    if (idsBySubject.has(subject)) return;
    const { status, body } = await request(`${url}/subjects/${encodeURIComponent(subject)}/versions/latest`);
    if (status !== 200) {
      throw new SightlineError(
        'SCHEMA_MISSING',
        `the registry has no subject ${subject}: run the migrations first`,
      );
    }
    idsBySubject.set(subject, (body as { id: number }).id);
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
          `value does not fit ${topic.name}: ${messageOf(error)}`,
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
