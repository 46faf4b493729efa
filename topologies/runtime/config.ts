import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SightlineError } from './errors.ts';

/** Settings of one process. The environment is read here and nowhere else in topologies. */
export interface Config {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly tls: boolean;
    readonly sasl: {
      readonly mechanism: SaslMechanism;
      readonly username: string;
      readonly password: string;
    } | null;
  };
  readonly registryUrl: string;
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
  readonly topicPrefix: string;
  /** Partition count of every keyed topic, fixed at installation. */
  readonly partitions: number;
  /** 32 bytes: encrypts camera credentials. */
  readonly secretKey: Buffer;
  readonly dataDir: string;
  readonly modelsDir: string;
  /** 0: any free port. */
  readonly httpPort: number;
  /** Loopback unless others must reach it, as in a container. */
  readonly httpHost: string;
  readonly logLevel: string;
  /** While busy, at least this long from one commit of a task to the next. */
  readonly commitPaceMs: number;
  /**
   * Name of this worker, the same after a restart, e.g. `analytics-0`; empty when nobody restarts it.
   * A restarted worker removes its own dead group membership, so that nobody waits for the session to expire.
   */
  readonly instance: string;
}

type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

const url = (...protocols: string[]): z.ZodString =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform((text) => text === 'true' || text === '1');
const whole = (least: number, most: number): z.ZodCoercedNumber =>
  z.coerce.number({ error: 'must be a number' }).int('must be a whole number').min(least).max(most);

const brokers = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((broker) => broker.trim())
      .filter(Boolean),
  )
  .refine((list) => list.length > 0 && list.every((broker) => /^[^\s:]+:\d+$/.test(broker)), {
    error: 'must be host:port, or several with commas between',
  });
const secretKey = z
  .string()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === 32, { error: 'must be 32 bytes in base64' });

const environmentSchema = z.object({
  SIGHTLINE_KAFKA_BROKERS: brokers,
  SIGHTLINE_KAFKA_TLS: flag,
  SIGHTLINE_KAFKA_SASL_MECHANISM: z.enum(['', 'plain', 'scram-sha-256', 'scram-sha-512']).default(''),
  SIGHTLINE_KAFKA_USERNAME: z.string().default(''),
  SIGHTLINE_KAFKA_PASSWORD: z.string().default(''),
  SIGHTLINE_REGISTRY_URL: url('http:', 'https:'),
  SIGHTLINE_POSTGRES_URL: url('postgres:', 'postgresql:'),
  SIGHTLINE_CLICKHOUSE_URL: url('http:', 'https:'),
  SIGHTLINE_CLICKHOUSE_DATABASE: z.string().min(1).default('sightline'),
  SIGHTLINE_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'must be letters, digits, dots, dashes, underscores')
    .default('sightline.'),
  SIGHTLINE_PARTITIONS: whole(1, 1024).default(2),
  SIGHTLINE_SECRET_KEY: secretKey,
  SIGHTLINE_DATA_DIR: z.string().min(1).default('.sightline'),
  SIGHTLINE_MODELS_DIR: z.string().min(1).optional(),
  SIGHTLINE_HTTP_PORT: whole(0, 65_535).default(0),
  SIGHTLINE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  SIGHTLINE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  SIGHTLINE_COMMIT_PACE_MS: whole(0, 10_000).default(25),
  SIGHTLINE_INSTANCE: z.string().max(100).default(''),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** What the local stack wrote down when it started, so that the command line finds it. */
const readEnvironmentFile = (folder: string): Environment => {
  const path = join(folder, '.sightline', 'env.json');
  if (!existsSync(path)) return {};
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new SightlineError(
      'CONFIG_INVALID',
      `${path} cannot be read: it must be an object of strings`,
      error,
    );
  }
};

const toConfig = (values: z.infer<typeof environmentSchema>): Config => {
  const dataDir = resolve(values.SIGHTLINE_DATA_DIR);
  const mechanism = values.SIGHTLINE_KAFKA_SASL_MECHANISM;
  return Object.freeze({
    kafka: Object.freeze({
      brokers: Object.freeze(values.SIGHTLINE_KAFKA_BROKERS),
      tls: values.SIGHTLINE_KAFKA_TLS,
      sasl:
        mechanism === ''
          ? null
          : {
              mechanism,
              username: values.SIGHTLINE_KAFKA_USERNAME,
              password: values.SIGHTLINE_KAFKA_PASSWORD,
            },
    }),
    registryUrl: values.SIGHTLINE_REGISTRY_URL.replace(/\/$/, ''),
    postgresUrl: values.SIGHTLINE_POSTGRES_URL,
    clickhouseUrl: values.SIGHTLINE_CLICKHOUSE_URL,
    clickhouseDatabase: values.SIGHTLINE_CLICKHOUSE_DATABASE,
    topicPrefix: values.SIGHTLINE_TOPIC_PREFIX,
    partitions: values.SIGHTLINE_PARTITIONS,
    secretKey: values.SIGHTLINE_SECRET_KEY,
    dataDir,
    modelsDir: resolve(values.SIGHTLINE_MODELS_DIR ?? join(dataDir, 'models')),
    httpPort: values.SIGHTLINE_HTTP_PORT,
    httpHost: values.SIGHTLINE_HTTP_HOST,
    logLevel: values.SIGHTLINE_LOG_LEVEL,
    commitPaceMs: values.SIGHTLINE_COMMIT_PACE_MS,
    instance: values.SIGHTLINE_INSTANCE,
  });
};

/** Reads settings from an environment; every problem is named in one message, values never are. */
export const parseConfig = (environment: Environment): Config => {
  const parsed = environmentSchema.safeParse(environment);
  if (parsed.success) return toConfig(parsed.data);
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name}: ${environment[name] === undefined ? 'is not set' : issue.message}`;
  });
  throw new SightlineError(
    'CONFIG_INVALID',
    `The environment is not complete:\n${problems.join('\n')}\nStart the local stack first (npm start, or npm run stack), or set these variables.`,
  );
};

let loaded: Config | undefined;

/** The settings of this process: its environment, completed by `.sightline/env.json` of the working directory. */
export const loadConfig = (): Config => {
  loaded ??= parseConfig({ ...readEnvironmentFile(process.cwd()), ...process.env });
  return loaded;
};
