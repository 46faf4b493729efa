import type { Kafka } from 'kafkajs';
import { stateTopic, topicName } from '#schemas';
import { SightlineError, isRetriable, messageOf } from './errors.ts';
import type { RecordFormat } from './registry.ts';
import type { ManagedStore } from './state-store.ts';
import { openTopicReader, readPartition } from './topic-reader.ts';

/** Keys of the state topic that are not cameras; a cameraId cannot begin with an at sign. */
export const offsetKey = '@offset';
export const crashKey = '@crash';

/** What a state partition says about its task, beside the states of the cameras. */
export interface Bookmark {
  /** Topic the processor was last fed from; `@<head>` when a head in the same process fed it in memory. */
  readonly inputTopic: string;
  readonly inputOffset: number;
}

export interface CrashMark {
  /** The record whose processing threw. */
  readonly offset: number;
  readonly count: number;
}

export interface RestoredPartition {
  bookmark: Bookmark | undefined;
  crash: CrashMark | undefined;
}

export interface RestoreOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly store: string;
  readonly partition: number;
  readonly into: ManagedStore<unknown>;
}

/**
 * Reads one state partition to its last stable offset. Only right after the predecessor was fenced: before that,
 * it could still commit a state that this read does not see.
 */
export const restorePartition = async (options: RestoreOptions): Promise<RestoredPartition> => {
  const { kafka, format, topicPrefix, store, partition, into } = options;
  const topic = stateTopic(store);
  const restored: RestoredPartition = { bookmark: undefined, crash: undefined };
  const reader = await openTopicReader(kafka, topicName(topic, topicPrefix));
  try {
    for await (const { key, value, offset } of readPartition(reader, partition)) {
      const name = key?.toString() ?? '';
      if (value === null) {
        into.restore(name, null);
        continue;
      }
      try {
        const record = await format.decode(topic, value);
        const mark = { inputTopic: record.inputTopic, inputOffset: record.inputOffset };
        if (name === offsetKey) restored.bookmark = mark;
        else if (name === crashKey) restored.crash = crashOf(record.state, record.inputOffset);
        else into.restore(name, record.state);
      } catch (error) {
        if (isRetriable(error)) throw error;
        const where = `${topic.name} partition ${partition} offset ${offset}`;
        throw new SightlineError('STATE_DAMAGED', `${where} cannot be read: ${messageOf(error)}`, error);
      }
    }
  } finally {
    await reader.close();
  }
  return restored;
};

/** The count is the record's state: decimal digits. */
export const crashState = (count: number): Buffer => Buffer.from(String(count));
const crashOf = (state: Uint8Array, offset: number): CrashMark => ({
  offset,
  count: Number(Buffer.from(state).toString()),
});
