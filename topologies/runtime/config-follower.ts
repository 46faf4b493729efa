import type { Kafka } from 'kafkajs';
import { topicName, topics } from '#schemas';
import type { ConfigRecord } from '#schemas';
import type { CameraTable } from './camera-table.ts';
import { sleep } from './clock.ts';
import { isRetriable, messageOf, protocolErrorOf } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RecordFormat } from './registry.ts';
import { openTopicReader } from './topic-reader.ts';
import type { StoredRecord, TopicReader } from './topic-reader.ts';

export interface FollowerOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly table: CameraTable;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Every good record after it was applied, also sites; for whoever starts and stops cameras. */
  readonly onRecord?: (record: ConfigRecord) => void;
  /** A camera document was refused; the last good one stays. For whoever reports on camera-status. */
  readonly onInvalid?: (record: ConfigRecord, problems: readonly string[]) => void;
}

export interface ConfigFollower {
  /** Resolves when everything written before the start has been applied: nothing may be judged earlier. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

const waitMsMax = 500;
const backOffMs = 500;

/**
 * Keeps a camera table in step with the config topic: all partitions, from the beginning, for ever.
 * Without a consumer group, since every process needs every document.
 */
export const followConfig = (options: FollowerOptions): ConfigFollower => {
  const { kafka, topicPrefix, log } = options;
  const topic = topicName(topics.config, topicPrefix);
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let positions: Map<number, number> | undefined;
  let ends: Map<number, number> | undefined;

  const start = async (reader: TopicReader): Promise<Map<number, number>> => {
    const ranges = await Promise.all(
      reader.partitions().map(async (p) => [p, await reader.range(p)] as const),
    );
    ends = new Map(ranges.map(([partition, { end }]) => [partition, end]));
    return new Map(ranges.map(([partition, { start }]) => [partition, start]));
  };

  const run = async (): Promise<void> => {
    const reader = await openTopicReader(kafka, topic);
    try {
      positions ??= await start(reader);
      while (!stopping.signal.aborted) {
        if (ends && [...ends].every(([partition, end]) => (positions?.get(partition) ?? 0) >= end)) {
          ends = undefined;
          ready.resolve();
        }
        const fetched = await reader.fetch(positions, ends ? 50 : waitMsMax);
        for (const record of fetched.records) await applyRecord(options, record);
        positions = fetched.positions;
      }
    } finally {
      await reader.close();
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await run();
      } catch (error) {
        // The topic's absence and the broker's silence look alike while a stack starts: both are waited for.
        log.warn(
          { detail: messageOf(error), code: protocolErrorOf(error) },
          'configuration cannot be read, trying again',
        );
        await sleep(backOffMs, stopping.signal);
      }
    }
    ready.resolve();
  };
  const running = loop();
  return {
    ready: ready.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
};

const applyRecord = async (options: FollowerOptions, stored: StoredRecord): Promise<void> => {
  const { format, table, log, metrics } = options;
  // A tombstone takes one old version away from the log; the table forgets versions by their age.
  if (stored.value === null) return;
  const where = { partition: stored.partition, offset: stored.offset };
  let record: ConfigRecord;
  try {
    record = await format.decode(topics.config, stored.value);
  } catch (error) {
    if (isRetriable(error)) throw error;
    metrics.invalidDocuments.inc({ kind: 'unreadable' });
    log.warn({ ...where, detail: messageOf(error) }, 'configuration record cannot be read, passed over');
    return;
  }
  const applied = table.apply(record);
  if (applied.kind === 'invalid') {
    metrics.invalidDocuments.inc({ kind: record.kind });
    log.warn(
      { ...where, cameraId: record.id, version: record.version, problems: applied.problems },
      'invalid document, the last good one stays',
    );
    options.onInvalid?.(record, applied.problems);
    return;
  }
  options.onRecord?.(record);
};
