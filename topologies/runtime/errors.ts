/**
 * Every failure the kernel knows, by code. `retriable` says whether the same call may succeed later:
 * the kernel backs off and tries again; anything else ends the process or dead-letters the record.
 */
export const errorCodes = {
  CONFIG_INVALID: { retriable: false, meaning: 'the environment does not describe a usable installation' },
  TOPOLOGY_INVALID: { retriable: false, meaning: 'the topology names something that does not exist' },
  TOPOLOGY_BUSY: { retriable: false, meaning: 'another process runs the same nodes split differently' },
  STATE_OF_OTHER_CHAIN: { retriable: false, meaning: 'the state was written by nodes fused differently' },
  STATE_TOO_LARGE: { retriable: false, meaning: "one camera's state is over the limit" },
  STATE_DAMAGED: { retriable: false, meaning: 'a record of the state topic cannot be read' },
  RECORD_EMPTY: { retriable: false, meaning: 'a record has no value' },
  RECORD_MAGIC: { retriable: false, meaning: 'a record does not begin with the registry frame' },
  RECORD_DAMAGED: { retriable: false, meaning: 'the bytes of a record do not fit its schema' },
  RECORD_INVALID: { retriable: false, meaning: 'a value to be written does not fit the schema of its topic' },
  SCHEMA_UNKNOWN: { retriable: false, meaning: 'the registry does not know the schema id of a record' },
  SCHEMA_MISMATCH: { retriable: false, meaning: "a record's schema cannot be read as the topic's schema" },
  SCHEMA_MISSING: {
    retriable: false,
    meaning: 'the registry has no schema for a topic: migrations did not run',
  },
  REGISTRY_UNAVAILABLE: { retriable: true, meaning: 'the schema registry does not answer' },
  SOURCE_UNREADABLE: { retriable: false, meaning: 'a video, folder or stream cannot be read' },
  KAFKA_UNAVAILABLE: { retriable: true, meaning: 'the broker does not answer' },
  TRANSACTION_FAILED: { retriable: true, meaning: 'a transaction did not commit; its batch is done again' },
  CONSUMER_STOPPED: { retriable: false, meaning: 'the Kafka client gave up consuming' },
  TOPIC_MISSING: { retriable: false, meaning: 'a topic does not exist: migrations did not run' },
  QUEUE_FULL: { retriable: true, meaning: 'records are produced faster than the broker takes them' },
  SECRET_UNREADABLE: { retriable: false, meaning: 'stored credentials cannot be decrypted' },
  DOCUMENT_INVALID: { retriable: false, meaning: 'a configuration document does not pass the validator' },
  DOCUMENT_UNKNOWN: { retriable: false, meaning: 'there is no camera or site of that id' },
  DOCUMENT_EXISTS: { retriable: false, meaning: 'there is already a camera of that id' },
  DOCUMENT_CHANGED: { retriable: false, meaning: 'somebody else changed the document meanwhile' },
  POSTGRES_UNAVAILABLE: { retriable: true, meaning: 'Postgres does not answer' },
  STORE_NOT_MIGRATED: { retriable: false, meaning: 'a table is missing: migrations did not run' },
  CLICKHOUSE_UNAVAILABLE: { retriable: true, meaning: 'ClickHouse does not answer' },
  CLICKHOUSE_REFUSED: { retriable: false, meaning: 'ClickHouse refused a statement' },
  MIGRATION_CHANGED: { retriable: false, meaning: 'a migration that has run was edited afterwards' },
  MIGRATION_FAILED: { retriable: false, meaning: 'a migration could not be carried out' },
  SCHEMA_INCOMPATIBLE: {
    retriable: false,
    meaning: 'a schema would break readers or writers of older versions',
  },
  PROCESSOR_FAILED: { retriable: false, meaning: 'a processor threw: a bug' },
} as const satisfies Record<string, { retriable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** An error with a code from the table above. Decide on `code` and `retriable`, never on the message. */
export class SightlineError extends Error {
  override readonly name = 'SightlineError';
  readonly code: ErrorCode;
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retriable = errorCodes[code].retriable;
  }
}

export const isSightlineError = (error: unknown): error is SightlineError => error instanceof SightlineError;

/** True when the kernel should back off and try again: our own verdict, or kafkajs' for its errors. */
export const isRetriable = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;

/** Kafka's protocol error name, e.g. INVALID_PRODUCER_EPOCH; undefined for anything else. */
export const protocolErrorOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return error.cause === undefined ? undefined : protocolErrorOf(error.cause);
};

const fencedErrors = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
]);

/** Somebody else writes under our transactional id now: what we own has another owner. */
export const isFenced = (error: unknown): boolean => fencedErrors.has(protocolErrorOf(error) ?? '');

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
