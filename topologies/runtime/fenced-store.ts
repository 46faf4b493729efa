import type { Kafka } from 'kafkajs';
import type { StateCodec } from '#processor';
import { stateTopic, topicName } from '#schemas';
import type { RecordFormat } from './registry.ts';
import { restorePartition } from './restore.ts';
import { createStateStore } from './state-store.ts';
import { addOutput, openWriter } from './transaction.ts';
import type { Outputs } from './transaction.ts';

/**
 * State by camera for a service that has its own loop instead of a task: one partition of a state topic, of which
 * this process is the only writer. Its predecessor was fenced before the states were read.
 */
export interface FencedStore<State> {
  /** As they were when the partition was taken over. */
  readonly states: ReadonlyMap<string, State>;
  /** One transaction; undefined deletes. Rejects with TRANSACTION_FAILED: then the store must be opened anew. */
  write(changes: ReadonlyMap<string, State | undefined>): Promise<void>;
  close(): Promise<void>;
}

export interface FencedStoreOptions<State> {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  /** Its topic is `state-<store>`. */
  readonly store: string;
  readonly partition: number;
  readonly codec: StateCodec<State>;
}

export const openFencedStore = async <State>(
  options: FencedStoreOptions<State>,
): Promise<FencedStore<State>> => {
  const { kafka, format, topicPrefix, store, partition, codec } = options;
  const topic = stateTopic(store);
  await format.prepare([topic]);
  const writer = await openWriter(kafka, `${topicPrefix}${store}-${partition}`);
  const states = new Map<string, State>();
  try {
    const into = createStateStore<unknown>(store, codec as StateCodec<unknown>);
    await restorePartition({ kafka, format, topicPrefix, store, partition, into });
    for (const cameraId of into.cameraIds()) states.set(cameraId, into.get(cameraId) as State);
  } catch (error) {
    await writer.close();
    throw error;
  }
  return {
    states,
    async write(changes) {
      const outputs: Outputs = new Map();
      for (const [cameraId, state] of changes) {
        const record = { processor: store, key: cameraId, inputTopic: '', inputOffset: -1 };
        const value =
          state === undefined
            ? null
            : format.encode(topic, { ...record, state: Buffer.from(codec.encode(state)) });
        addOutput(outputs, topicName(topic, topicPrefix), { key: cameraId, value, partition });
      }
      await writer.commit(outputs);
    },
    close: () => writer.close(),
  };
};
