import type { Kafka } from 'kafkajs';
import { topicName } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { nowMs, sleep } from './clock.ts';
import { isRetriable, messageOf, protocolErrorOf } from './errors.ts';
import type { Log } from './log.ts';
import type { RecordFormat } from './registry.ts';
import { openTopicReader } from './topic-reader.ts';
import type { StoredRecord, TopicReader } from './topic-reader.ts';

/**
 * Reads chosen partitions of a topic from their end on, without a group and without offsets of its own: for who
 * wants to know what is going on now and is not harmed by what it missed.
 */
export interface TopicFollower {
  /** Resolves when everything appended from now on will be seen, and the last `back` records before. */
  follow(partition: number, back?: number): Promise<void>;
  unfollow(partition: number): void;
  stop(): Promise<void>;
}

export interface TopicFollowerOptions<Name extends keyof RecordTypes> {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly topic: TopicSpecification<Name>;
  readonly log: Log;
  /** Bytes that cannot be read are passed over: whoever processes the topic reports them. */
  onRecord(record: RecordTypes[Name], stored: StoredRecord): void;
  /** The broker has answered; what it had is handled. Time in which it did not answer is in none of these. */
  onRound?(durationMs: number): void;
}

const waitMsMax = 250;
const backOffMs = 500;
/** A round that took longer than its wait was stuck, not quiet. */
const roundMsMax = 2 * waitMsMax;

interface State<Name extends keyof RecordTypes> {
  readonly options: TopicFollowerOptions<Name>;
  readonly stopping: AbortController;
  readonly positions: Map<number, number>;
  reader: Promise<TopicReader> | undefined;
}

const readerOf = <Name extends keyof RecordTypes>(state: State<Name>): Promise<TopicReader> => {
  const { kafka, topicPrefix, topic } = state.options;
  if (state.reader) return state.reader;
  const reader = openTopicReader(kafka, topicName(topic, topicPrefix));
  state.reader = reader;
  // A reader that could not be opened must not be found by the next try.
  reader.catch(() => {
    if (state.reader === reader) state.reader = undefined;
  });
  return reader;
};

const closeReader = async <Name extends keyof RecordTypes>(state: State<Name>): Promise<void> => {
  const { reader } = state;
  state.reader = undefined;
  // A reader that could not be opened has nothing to close.
  await reader?.then((opened) => opened.close()).catch(() => undefined);
};

/** Where reading goes on when retention has overtaken it. */
const skipDeleted = async <Name extends keyof RecordTypes>(
  state: State<Name>,
  reader: TopicReader,
): Promise<void> => {
  for (const [partition, position] of state.positions) {
    const { start } = await reader.range(partition);
    state.positions.set(partition, Math.max(position, start));
  }
};

const readOnce = async <Name extends keyof RecordTypes>(state: State<Name>): Promise<void> => {
  const { format, topic, onRecord } = state.options;
  const reader = await readerOf(state);
  const asked = new Map(state.positions);
  const { records, positions } = await reader.fetch(asked, waitMsMax).catch(async (error: unknown) => {
    if (protocolErrorOf(error) === 'OFFSET_OUT_OF_RANGE') await skipDeleted(state, reader);
    throw error;
  });
  for (const stored of records) {
    try {
      onRecord(await format.decode(topic, stored.value), stored);
    } catch (error) {
      if (isRetriable(error)) throw error;
    }
  }
  // A partition given up or taken anew during the fetch keeps what was decided then.
  for (const [partition, position] of positions)
    if (state.positions.get(partition) === asked.get(partition)) state.positions.set(partition, position);
};

const run = async <Name extends keyof RecordTypes>(state: State<Name>): Promise<void> => {
  const { signal } = state.stopping;
  while (!signal.aborted) {
    if (state.positions.size === 0) {
      await sleep(waitMsMax, signal);
      continue;
    }
    const beganMs = nowMs();
    try {
      await readOnce(state);
      state.options.onRound?.(Math.min(roundMsMax, nowMs() - beganMs));
    } catch (error) {
      const { topic, log } = state.options;
      log.warn({ topic: topic.name, detail: messageOf(error) }, 'topic cannot be read, trying again');
      await closeReader(state);
      await sleep(backOffMs, signal);
    }
  }
  await closeReader(state);
};

export const followTopic = <Name extends keyof RecordTypes>(
  options: TopicFollowerOptions<Name>,
): TopicFollower => {
  const state: State<Name> = {
    options,
    stopping: new AbortController(),
    positions: new Map(),
    reader: undefined,
  };
  const running = run(state);
  return {
    async follow(partition, back = 0) {
      const { start, end } = await (await readerOf(state)).range(partition);
      state.positions.set(partition, Math.max(start, end - back));
    },
    unfollow: (partition) => void state.positions.delete(partition),
    async stop() {
      state.stopping.abort();
      await running;
    },
  };
};
