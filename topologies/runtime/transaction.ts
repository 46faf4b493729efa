import type { Kafka, Message, Producer } from 'kafkajs';
import { SightlineError, messageOf } from './errors.ts';
import { createPartitioner } from './kafka.ts';
import { transactionRetry } from './kafkajs-patches.ts';

export interface OutputMessage extends Message {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly partition: number;
}

/** Messages by topic on the broker, in order. */
export type Outputs = Map<string, OutputMessage[]>;

/** A dead worker's open transaction keeps readers waiting at most this long when nobody takes over. */
const transactionTimeoutMs = 10_000;

/** The broker takes at most 1 MiB of one partition in one request (`max.message.bytes`). */
const chunkBytesMax = 900_000;

/** Bytes a message takes on the wire, roughly: value, key, and the record's own few fields. */
export const bytesOf = (message: OutputMessage): number =>
  (message.value?.length ?? 0) + (message.key?.length ?? 0) + 24;

/** Splits what is too much for one request; the order within each topic stays. */
export const chunksOf = (outputs: Outputs): Outputs[] => {
  const chunks: Outputs[] = [];
  for (const [topic, messages] of outputs) {
    let index = 0;
    let bytes = 0;
    for (const message of messages) {
      const size = bytesOf(message);
      if (bytes > 0 && bytes + size > chunkBytesMax) {
        index++;
        bytes = 0;
      }
      bytes += size;
      const chunk = (chunks[index] ??= new Map());
      const list = chunk.get(topic);
      if (list) list.push(message);
      else chunk.set(topic, [message]);
    }
  }
  return chunks;
};

/** The one writer of a task. After any error it is dead: kafkajs' state machine sticks, so it is opened anew. */
export interface TransactionalWriter {
  /** Everything becomes visible at once, or nothing. Rejects with TRANSACTION_FAILED; the outcome is then unknown. */
  commit(outputs: Outputs): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects and fences: whoever wrote under this id before cannot commit any more, and what it left open is aborted
 * before this returns.
 */
export const openWriter = async (kafka: Kafka, transactionalId: string): Promise<TransactionalWriter> => {
  const producer: Producer = kafka.producer({
    transactionalId,
    idempotent: true,
    transactionTimeout: transactionTimeoutMs,
    allowAutoTopicCreation: false,
    createPartitioner,
    retry: transactionRetry,
  });
  try {
    await producer.connect();
    // kafkajs asks for the producer id with the first transaction; that request is the fence.
    await (await producer.transaction()).abort();
  } catch (error) {
    await disconnect(producer);
    throw new SightlineError(
      'TRANSACTION_FAILED',
      `${transactionalId} could not take over: ${messageOf(error)}`,
      error,
    );
  }
  return {
    async commit(outputs) {
      try {
        const transaction = await producer.transaction();
        for (const chunk of chunksOf(outputs)) {
          await transaction.sendBatch({
            topicMessages: [...chunk].map(([topic, messages]) => ({ topic, messages })),
          });
        }
        await transaction.commit();
      } catch (error) {
        throw new SightlineError(
          'TRANSACTION_FAILED',
          `${transactionalId} did not commit: ${messageOf(error)}`,
          error,
        );
      }
    },
    close: () => disconnect(producer),
  };
};

/** A producer that is given up may no longer be able to say good-bye; the broker notices by its connection. */
const disconnect = async (producer: Producer): Promise<void> => {
  await producer.disconnect().catch(() => undefined);
};

/** Adds a message to a topic's list. */
export const addOutput = (outputs: Outputs, topic: string, message: OutputMessage): void => {
  const list = outputs.get(topic);
  if (list) list.push(message);
  else outputs.set(topic, [message]);
};
