import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Kafka, KafkaConfig, LogEntry, RetryOptions, SASLOptions } from 'kafkajs';
import { nowMs } from './clock.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { kafkajs } from './kafkajs-patches.ts';

/** Patient enough to outlive a broker's restart (12 s after a kill) without leaving the group. */
export const clientRetry = {
  initialRetryTime: 100,
  multiplier: 1.5,
  maxRetryTime: 500,
  retries: 120,
} as const;

/** Without Nagle's delay: every step of a transaction is one small request that waits for its answer. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? connectTls({ host, port, servername: host, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  return socket;
};

/**
 * What kafkajs calls errors and are its daily work: the transaction before still completes, a coordinator has just
 * been chosen and loads, a group is rebalancing, a bounded number of retries is bounded. kafkajs gives its log no
 * codes, so the words are all there is.
 */
const routine = new RegExp(
  [
    'another concurrent operation on the same transaction',
    'not the correct coordinator',
    'coordinator is loading',
    'coordinator is not available',
    'group is rebalancing',
    'Limiting retries for the idempotent producer',
  ].join('|'),
);

const { NOTHING, ERROR, WARN, INFO } = kafkajs.logLevel;

/** kafkajs logs what it will try again as errors; whether something failed is for the kernel to say. */
export const kafkaLogLevel = (
  entry: Pick<LogEntry, 'level'> & { log: { message: string; error?: unknown } },
): 'debug' | 'info' | 'warn' => {
  if (routine.test(entry.log.message) || routine.test(String(entry.log.error ?? ''))) return 'debug';
  if (entry.level === ERROR) return 'warn';
  return entry.level === WARN ? 'info' : 'debug';
};

/** While a broker is away every connection says so several times a second; once in this time is enough. */
const repeatMs = 10_000;
const messagesMax = 1_000;

const logCreator = (log: Log) => () => {
  const lastMs = new Map<string, number>();
  return (entry: LogEntry): void => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = entry.log;
    const key = `${entry.namespace} ${message}`;
    if ((lastMs.get(key) ?? 0) + repeatMs > nowMs()) return;
    if (lastMs.size >= messagesMax) lastMs.clear();
    lastMs.set(key, nowMs());
    log[kafkaLogLevel(entry)](
      { component: `kafkajs.${entry.namespace}`, detail: message, ...fields },
      'kafka client',
    );
  };
};

export interface KafkaOptions {
  readonly config: Pick<Config, 'kafka'>;
  readonly log: Log;
  /** Shown in the broker's logs and group descriptions. */
  readonly clientId: string;
  /** Less patience, for tools whose user waits. */
  readonly retry?: RetryOptions;
}

/** The one way to a Kafka client: patched, patient, quiet, without delay on its sockets. */
export const createKafka = ({ config, log, clientId, retry = clientRetry }: KafkaOptions): Kafka => {
  const options: KafkaConfig = {
    clientId,
    brokers: [...config.kafka.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry,
    socketFactory,
    logLevel: log.isLevelEnabled('debug') ? INFO : log.isLevelEnabled('warn') ? WARN : NOTHING,
    logCreator: logCreator(log),
    ...(config.kafka.tls ? { ssl: true } : {}),
    ...(config.kafka.sasl ? { sasl: config.kafka.sasl as SASLOptions } : {}),
  };
  return new kafkajs.Kafka(options);
};

/** Partitions are always given by the kernel; this keeps kafkajs from warning about its default. */
export const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
