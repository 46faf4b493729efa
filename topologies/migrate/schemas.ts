import { avroSchemas, subjectName } from '#schemas';
import type { TopicSpecification } from '#schemas';
import { SightlineError, messageOf } from '#runtime';
import { incompatibilities } from './compatibility.ts';

/** Fields are only added, with defaults, so that every reader reads every writer, past and to come. */
const compatibility = 'FULL_TRANSITIVE';
const requestTimeoutMs = 15_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ask = async (url: string, method: 'GET' | 'PUT' | 'POST', body?: unknown): Promise<Answer> => {
  try {
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (response.status >= 500) throw new Error(`HTTP status ${response.status}`);
    return { status: response.status, body: await response.json() };
  } catch (error) {
    const why = `the schema registry does not answer: ${messageOf(error)}`;
    throw new SightlineError('REGISTRY_UNAVAILABLE', why, error);
  }
};

const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;

const refused = (what: string, { status, body }: Answer): SightlineError =>
  new SightlineError('MIGRATION_FAILED', `${what}: the registry answered ${status} ${JSON.stringify(body)}`);

/** Names the fields that break compatibility with each version that is registered. */
const reasons = async (registryUrl: string, subject: string, schema: unknown): Promise<string[]> => {
  const versions = await ask(`${registryUrl}/subjects/${subject}/versions`, 'GET');
  const found: string[] = [];
  for (const version of Array.isArray(versions.body) ? versions.body : []) {
    const { body } = await ask(`${registryUrl}/subjects/${subject}/versions/${String(version)}`, 'GET');
    const before = field(body, 'schema');
    if (typeof before !== 'string') continue;
    for (const reason of incompatibilities(JSON.parse(before), schema))
      found.push(`version ${String(version)}: ${reason}`);
  }
  return found;
};

const register = async (
  registryUrl: string,
  subject: string,
  schema: unknown,
): Promise<'registered' | 'known'> => {
  const path = `${registryUrl}/subjects/${encodeURIComponent(subject)}`;
  const body = { schema: JSON.stringify(schema) };
  const known = await ask(path, 'POST', body);
  if (known.status === 200) return 'known';
  const answer = await ask(`${path}/versions`, 'POST', body);
  if (answer.status === 409) {
    const why = await reasons(registryUrl, encodeURIComponent(subject), schema);
    const text = why.length > 0 ? why.join('\n  ') : String(field(answer.body, 'message'));
    throw new SightlineError(
      'SCHEMA_INCOMPATIBLE',
      `the schema of ${subject} would break others:\n  ${text}`,
    );
  }
  if (answer.status !== 200) throw refused(`the schema of ${subject} was not taken`, answer);
  return 'registered';
};

export interface RegisterOptions {
  readonly registryUrl: string;
  readonly topicPrefix: string;
  readonly topics: readonly TopicSpecification[];
  /** Default: the schemas of this version of Sightline. */
  readonly schemas?: Readonly<Record<string, unknown>>;
}

/** Sets the compatibility rule and registers every schema. Returns the subjects that were new or changed. */
export const registerSchemas = async (options: RegisterOptions): Promise<string[]> => {
  const { registryUrl, topicPrefix, topics, schemas = avroSchemas } = options;
  const rule = await ask(`${registryUrl}/config`, 'PUT', { compatibility });
  if (rule.status !== 200) throw refused('the compatibility rule was not taken', rule);
  const registered: string[] = [];
  for (const topic of topics) {
    const subject = subjectName(topic, topicPrefix);
    if ((await register(registryUrl, subject, schemas[topic.schema])) === 'registered')
      registered.push(subject);
    // Written for each subject too: on a shared registry somebody else may change the general rule.
    const own = await ask(`${registryUrl}/config/${encodeURIComponent(subject)}`, 'PUT', { compatibility });
    if (own.status !== 200) throw refused(`the compatibility rule of ${subject} was not taken`, own);
  }
  return registered;
};
