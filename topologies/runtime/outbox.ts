import { stateTopic, topicName } from '#schemas';
import type { ProcessorState, RecordTypes, TopicSpecification } from '#schemas';
import { SightlineError } from './errors.ts';
import type { RecordFormat } from './registry.ts';
import { addOutput, bytesOf } from './transaction.ts';
import type { Outputs } from './transaction.ts';

export interface OutboxOptions {
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  /** Of the task: what belongs to a camera stays on the partition its input came from. */
  readonly partition: number;
}

/** What one transaction will write. Values are encoded when they are put in: afterwards they belong to others. */
export interface Outbox {
  readonly outputs: Outputs;
  readonly bytes: number;
  /** Null is a tombstone. Throws RECORD_INVALID when the value does not fit the topic's schema or is too large. */
  put<Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    key: string,
    value: RecordTypes[Name] | null,
  ): void;
  /** One record of a state topic; what is not given is empty. */
  putState(store: string, record: Partial<ProcessorState> & { readonly key: string }): void;
}

/** The broker refuses larger records, for ever; as an error of the record that made it, it can be left out. */
const recordBytesMax = 1_000_000;

const emptyState = { inputTopic: '', inputOffset: -1, state: Buffer.alloc(0) };

export const createOutbox = ({ format, topicPrefix, partition }: OutboxOptions): Outbox => {
  const outputs: Outputs = new Map();
  let bytes = 0;
  const outbox: Outbox = {
    outputs,
    get bytes() {
      return bytes;
    },
    put(topic, key, value) {
      const message = {
        key,
        value: value === null ? null : format.encode(topic, value),
        partition: topic.partitions === 'keyed' ? partition : 0,
      };
      const size = bytesOf(message);
      if (size > recordBytesMax) {
        throw new SightlineError(
          'RECORD_INVALID',
          `a record for ${topic.name} is ${size} bytes, at most ${recordBytesMax} are taken`,
        );
      }
      addOutput(outputs, topicName(topic, topicPrefix), message);
      bytes += size;
    },
    putState(store, record) {
      outbox.put(stateTopic(store), record.key, { ...emptyState, processor: store, ...record });
    },
  };
  return outbox;
};
