import type { Kafka } from 'kafkajs';
import type { StateCodec } from '#processor';
import { stateTopic, topicName } from '#schemas';
import { nowMs, sleep } from './clock.ts';
import { SightlineError, isFenced, isRetriable, messageOf } from './errors.ts';
import type { Log } from './log.ts';
import type { RecordFormat } from './registry.ts';
import { restorePartition } from './restore.ts';
import { createStateStore } from './state-store.ts';
import { addOutput, openWriter } from './transaction.ts';
import type { Outputs, TransactionalWriter } from './transaction.ts';

/**
 * State by camera for a service that has its own loop instead of a task: one partition of a state topic, of which
 * this process is the only writer. Its predecessor was fenced before the states were read.
 */
export interface FencedStore<State> {
  /** As they were when the partition was taken over. */
  readonly states: ReadonlyMap<string, State>;
  /**
   * One transaction; undefined deletes. One call at a time. While the broker is away it waits, a minute at most;
   * a transaction whose outcome is unknown is looked up and, if need be, done again. Rejects with TRANSACTION_FAILED
   * when another process has taken the partition over, or the wait was in vain: then the store is of no more use.
   */
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
  readonly log: Log;
}

/** Longer than a broker's restart after a kill. */
const patienceMs = 60_000;
const retryAfterMs = 500;

/** What a camera's state is on the topic; undefined: no record, or a tombstone. */
type Bytes = ReadonlyMap<string, Buffer | undefined>;

interface Taken {
  readonly writer: TransactionalWriter;
  readonly bytes: Map<string, Buffer | undefined>;
}

/** Fences whoever wrote before, then reads what is there. */
const take = async <State>(options: FencedStoreOptions<State>): Promise<Taken> => {
  const { kafka, format, topicPrefix, store, partition, codec } = options;
  await format.prepare([stateTopic(store)]);
  const writer = await openWriter(kafka, `${topicPrefix}${store}-${partition}`);
  try {
    const into = createStateStore<unknown>(store, codec as StateCodec<unknown>);
    await restorePartition({ kafka, format, topicPrefix, store, partition, into });
    const bytes = new Map(
      into.cameraIds().map((id) => [id, Buffer.from(codec.encode(into.get(id) as State))]),
    );
    return { writer, bytes };
  } catch (error) {
    await writer.close();
    throw error;
  }
};

const outputsOf = <State>(options: FencedStoreOptions<State>, changes: Bytes): Outputs => {
  const { format, topicPrefix, store, partition } = options;
  const topic = stateTopic(store);
  const outputs: Outputs = new Map();
  for (const [key, state] of changes) {
    const value = state
      ? format.encode(topic, { processor: store, key, inputTopic: '', inputOffset: -1, state })
      : null;
    addOutput(outputs, topicName(topic, topicPrefix), { key, value, partition });
  }
  return outputs;
};

const isEqual = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.equals(b);

/** The topic holds for each camera what was last written, or what was just being written; else others wrote too. */
const isOnlyOurs = (found: Bytes, last: Bytes, attempted: Bytes): boolean =>
  [...new Set([...found.keys(), ...last.keys()])].every((key) => {
    const state = found.get(key);
    return isEqual(state, last.get(key)) || (attempted.has(key) && isEqual(state, attempted.get(key)));
  });

const takeAgain = async <State>(
  options: FencedStoreOptions<State>,
  last: Bytes,
  attempted: Bytes,
): Promise<TransactionalWriter> => {
  const { writer, bytes } = await take(options);
  if (isOnlyOurs(bytes, last, attempted)) return writer;
  await writer.close();
  const where = `state-${options.store} partition ${options.partition}`;
  // Said as the broker would have said it, had the other's fence not been undone by ours.
  const cause = Object.assign(new Error('another process has written meanwhile'), {
    type: 'PRODUCER_FENCED',
  });
  throw new SightlineError('TRANSACTION_FAILED', `${where} was written by another process`, cause);
};

export const openFencedStore = async <State>(
  options: FencedStoreOptions<State>,
): Promise<FencedStore<State>> => {
  const { codec, log, store, partition } = options;
  const taken = await take(options);
  const last = taken.bytes;
  let writer: TransactionalWriter | undefined = taken.writer;
  let isClosed = false;

  const attempt = async (attempted: Bytes): Promise<void> => {
    writer ??= await takeAgain(options, last, attempted);
    await writer.commit(outputsOf(options, attempted));
  };
  const write = async (attempted: Bytes): Promise<void> => {
    const giveUpAtMs = nowMs() + patienceMs;
    for (;;) {
      try {
        return await attempt(attempted);
      } catch (error) {
        await writer?.close();
        writer = undefined;
        if (isClosed || isFenced(error) || !isRetriable(error) || nowMs() > giveUpAtMs) throw error;
        log.warn({ store, partition, detail: messageOf(error) }, 'state was not written, trying again');
        await sleep(retryAfterMs);
      }
    }
  };
  return {
    states: new Map([...last].flatMap(([id, bytes]) => (bytes ? [[id, codec.decode(bytes)]] : []))),
    async write(changes) {
      const attempted = new Map(
        [...changes].map(([id, state]) => [
          id,
          state === undefined ? undefined : Buffer.from(codec.encode(state)),
        ]),
      );
      await write(attempted);
      for (const [id, bytes] of attempted) last.set(id, bytes);
    },
    async close() {
      isClosed = true;
      await writer?.close();
    },
  };
};
