import type { ClientBase } from 'pg';
import { configKey, topicName, topics } from '#schemas';
import { partitionCountOf, partitionOf } from '#runtime';
import type { Log, Metrics, RecordProducer } from '#runtime';
import { expiredEntries, markSent, removeEntries, unsentEntries } from '../runtime/config-store/index.ts';
import type { OutboxEntry } from '../runtime/config-store/index.ts';

const entriesMax = 200;
const dayMs = 86_400_000;
/** As long as raw events are kept: no older record can come and ask for an older version. */
const versionsKeptMs = 90 * dayMs;

export interface OutboxRelayOptions {
  readonly producer: RecordProducer;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface OutboxRelay {
  /** Sends what is unsent, in the order of commits, and marks it. Resolves when nothing is left. */
  drain(client: ClientBase): Promise<void>;
  /** Takes versions off the topic that nothing can be judged by any more. Returns how many. */
  expire(client: ClientBase, keptMs?: number): Promise<number>;
}

const labels = { topology: 'relay', node: 'relay' };

/**
 * At least once: an entry is marked after the broker has it, so a crash in between sends it again. Each version has
 * its own key and consumers take the highest version, so that changes nothing.
 */
export const createOutboxRelay = (options: OutboxRelayOptions): OutboxRelay => {
  const { producer, topicPrefix, log, metrics } = options;
  const topic = topicName(topics.config, topicPrefix);

  /** False for a document that does not fit the topic's schema: it must not hold up the others. */
  const send = async ({ record }: OutboxEntry): Promise<boolean> => {
    try {
      await producer.send(topics.config, record);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'RECORD_INVALID')) throw error;
      metrics.failed.inc({ ...labels, code: 'RECORD_INVALID' });
      log.error(
        { error, kind: record.kind, id: record.id, version: record.version },
        'document cannot be sent',
      );
      return false;
    }
  };

  return {
    async drain(client) {
      for (;;) {
        const entries = await unsentEntries(client, entriesMax);
        if (entries.length === 0) return;
        metrics.received.inc(labels, entries.length);
        // The producer keeps the order of the calls; all are awaited, so that none fails unnoticed.
        const sent = await Promise.allSettled(entries.map(send));
        const failed = sent.find((outcome) => outcome.status === 'rejected');
        if (failed) throw failed.reason;
        await markSent(
          client,
          entries.map(({ sequence }) => sequence),
        );
        metrics.sent.inc(labels, sent.filter((one) => one.status === 'fulfilled' && one.value).length);
      }
    },
    async expire(client, keptMs = versionsKeptMs) {
      const entries = await expiredEntries(client, keptMs, entriesMax);
      const count = partitionCountOf(topics.config, options.partitions);
      await Promise.all(
        entries.map(({ record }) =>
          producer.sendRaw(topic, {
            key: configKey(record),
            value: null,
            partition: partitionOf(record.id, count),
          }),
        ),
      );
      if (entries.length > 0)
        await removeEntries(
          client,
          entries.map(({ sequence }) => sequence),
        );
      return entries.length;
    },
  };
};
