import type { Kafka, Log, RecordFormat, TopicReader } from '#runtime';
import { isRetriable, messageOf, openTopicReader, sleep } from '#runtime';
import { topicName, topics } from '#schemas';
import type { DetectionRecord } from '#schemas';

/**
 * Where inference runs elsewhere, the detections topic itself says which frames of a file are safe. Every owner of
 * cameras reads its own partitions from the moment it owns them, without a group: what it missed is sent again.
 */
export interface DetectionsFollower {
  /** Resolves when everything appended to this partition from now on will be seen. */
  follow(partition: number): Promise<void>;
  unfollow(partition: number): void;
  stop(): Promise<void>;
}

export interface DetectionsFollowerOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly log: Log;
  onRecord(record: DetectionRecord): void;
}

const waitMsMax = 250;
const backOffMs = 500;

interface State {
  readonly options: DetectionsFollowerOptions;
  readonly stopping: AbortController;
  readonly positions: Map<number, number>;
  reader: Promise<TopicReader> | undefined;
}

const readerOf = (state: State): Promise<TopicReader> => {
  const { kafka, topicPrefix } = state.options;
  state.reader ??= openTopicReader(kafka, topicName(topics.detections, topicPrefix));
  return state.reader;
};

const closeReader = async (state: State): Promise<void> => {
  const { reader } = state;
  state.reader = undefined;
  // A reader that could not be opened has nothing to close.
  await reader?.then((opened) => opened.close()).catch(() => undefined);
};

const readOnce = async (state: State): Promise<void> => {
  const { format, onRecord } = state.options;
  const reader = await readerOf(state);
  const asked = new Map(state.positions);
  const { records, positions } = await reader.fetch(asked, waitMsMax);
  for (const { value } of records) {
    try {
      onRecord(await format.decode(topics.detections, value));
    } catch (error) {
      // A foreign record is for whoever processes the topic to report; here it only acknowledges nothing.
      if (isRetriable(error)) throw error;
    }
  }
  for (const [partition, position] of positions)
    if (state.positions.get(partition) === asked.get(partition)) state.positions.set(partition, position);
};

const run = async (state: State): Promise<void> => {
  const { signal } = state.stopping;
  while (!signal.aborted) {
    if (state.positions.size === 0) {
      await sleep(waitMsMax, signal);
      continue;
    }
    try {
      await readOnce(state);
    } catch (error) {
      state.options.log.warn({ detail: messageOf(error) }, 'detections cannot be read, trying again');
      await closeReader(state);
      await sleep(backOffMs, signal);
    }
  }
  await closeReader(state);
};

export const followDetections = (options: DetectionsFollowerOptions): DetectionsFollower => {
  const state: State = { options, stopping: new AbortController(), positions: new Map(), reader: undefined };
  const running = run(state);
  return {
    async follow(partition) {
      const { end } = await (await readerOf(state)).range(partition);
      state.positions.set(partition, end);
    },
    unfollow: (partition) => void state.positions.delete(partition),
    async stop() {
      state.stopping.abort();
      await running;
    },
  };
};
