import { topicName, topics } from '#schemas';
import type { Crossing } from '#schemas';
import { isRetriable, messageOf, nowUs, openTopicReader, sleep } from '#runtime';
import type { Kafka, Log, RecordFormat, TopicReader } from '#runtime';
import type { History } from '../history.ts';
import type { Totals } from './totals.ts';

/**
 * Brings totals up to date and keeps them so: ClickHouse says what it has and up to which offsets, the topic is read
 * from there on, each offset once. Without ClickHouse the whole topic is read, which holds a week.
 */
export interface CrossingLog {
  /** True once everything stored before the start is in the totals: before, a number would be too small. */
  complete(): boolean;
  stop(): Promise<void>;
}

export interface CrossingLogOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly history: History;
  readonly totals: Totals;
  readonly log: Log;
  onCrossing(crossing: Crossing): void;
}

const waitMsMax = 250;
const backOffMs = 500;
const keptUs = 48 * 3_600_000_000;

export const createCrossingLog = (options: CrossingLogOptions): CrossingLog => {
  const { kafka, format, topicPrefix, history, totals, log } = options;
  const stopping = new AbortController();
  /** Next offset by partition: what is before is in the totals. */
  let positions: Map<number, number> | undefined;
  let target: Map<number, number> | undefined;
  let reader: TopicReader | undefined;

  const seed = async (opened: TopicReader): Promise<void> => {
    const stored = await history.crossingsSince(nowUs() - keptUs).catch((error: unknown) => {
      log.warn({ detail: messageOf(error) }, 'ClickHouse does not answer, counting from the topic');
      return undefined;
    });
    const starts = new Map<number, number>();
    const ends = new Map<number, number>();
    for (const partition of opened.partitions()) {
      const { start, end } = await opened.range(partition);
      starts.set(partition, Math.max(start, (stored?.offsets.get(partition) ?? -1) + 1));
      ends.set(partition, end);
    }
    for (const { count, ...crossing } of stored?.counts ?? []) totals.add(crossing, count);
    positions = starts;
    target = ends;
  };

  const open = async (): Promise<TopicReader> => {
    const opened = await openTopicReader(kafka, topicName(topics.crossings, topicPrefix));
    if (!positions) await seed(opened);
    // Retention may have overtaken a reader that was away for long.
    for (const [partition, position] of positions ?? [])
      positions?.set(partition, Math.max(position, (await opened.range(partition)).start));
    return opened;
  };

  /** Undefined when the bytes cannot be read: whoever processes the topic reports them. */
  const decoded = async (value: Buffer | null): Promise<Crossing | undefined> => {
    try {
      return await format.decode(topics.crossings, value);
    } catch (error) {
      if (isRetriable(error)) throw error;
      return undefined;
    }
  };

  const round = async (): Promise<void> => {
    reader ??= await open();
    const fetched = await reader.fetch(positions ?? new Map(), waitMsMax);
    for (const stored of fetched.records) {
      const crossing = await decoded(stored.value);
      // One by one, so that a failure in the middle neither repeats nor loses one.
      positions?.set(stored.partition, stored.offset + 1);
      if (!crossing || crossing.crossedAtUs < nowUs() - keptUs) continue;
      totals.add(crossing);
      options.onCrossing(crossing);
    }
    positions = fetched.positions;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await round();
        totals.forgetBefore(nowUs() - keptUs);
      } catch (error) {
        log.warn({ detail: messageOf(error) }, 'crossings cannot be read, trying again');
        await reader?.close().catch(() => undefined);
        reader = undefined;
        await sleep(backOffMs, stopping.signal);
      }
    }
    await reader?.close().catch(() => undefined);
  };
  const running = run();
  return {
    complete: () =>
      target !== undefined &&
      [...target].every(([partition, end]) => (positions?.get(partition) ?? 0) >= end),
    async stop() {
      stopping.abort();
      await running;
    },
  };
};
