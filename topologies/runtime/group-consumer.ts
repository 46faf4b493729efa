import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { SightlineError, messageOf } from './errors.ts';
import { leaveGroup } from './leave-group.ts';
import type { Log } from './log.ts';

/** A dead worker's partitions are given to others after this long. */
const sessionTimeoutMs = 6_000;
const heartbeatMs = 1_000;
const rebalanceTimeoutMs = 15_000;
/** An idle consumer asks this often; a record that arrives is answered at once. */
const fetchWaitMs = 500;

export interface GroupConsumerOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  readonly log: Log;
  /** Batches of different partitions come at the same time, of one partition never. */
  readonly partitionsMax: number;
  readonly fetchBytesMax: number;
  /** The broker waits for this much before it answers, at most `fetchWaitMs`. Default: answers at once. */
  readonly fetchBytesMin?: number;
  readonly fetchWaitMs?: number;
  /** Partitions that are ours from now on; also called when nothing changed. */
  readonly onAssigned: (partitions: readonly number[]) => void;
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
  /** kafkajs gave up and does not come back by itself. */
  readonly fatal: (error: unknown) => void;
}

export interface GroupConsumer {
  start(): Promise<void>;
  /** Where to read next; what is being fetched now is thrown away. */
  seek(partition: number, offset: number): void;
  /** For lag displays, or as the truth of at-least-once chains. Rejections are for the caller. */
  commit(offsets: readonly { partition: number; offset: number; metadata?: string }[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * One consumer for one topic, used for assignment and fetching. kafkajs is told to commit nothing by itself, to
 * outlive a broker's restart, and to say so when it gives up.
 */
export const createGroupConsumer = (options: GroupConsumerOptions): GroupConsumer => {
  const { kafka, groupId, topic, log } = options;
  const consumer: Consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: options.fetchWaitMs ?? fetchWaitMs,
    minBytes: options.fetchBytesMin ?? 1,
    maxBytesPerPartition: options.fetchBytesMax,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, multiplier: 1.5, maxRetryTime: 500, retries: 1_000_000 },
  });
  let stopped = false;
  let memberId: string | undefined;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    memberId = payload.memberId;
    const partitions = payload.memberAssignment[topic] ?? [];
    log.info({ groupId, partitions }, 'partitions assigned');
    options.onAssigned(partitions);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    const { error, restart } = payload;
    if (stopped) return;
    if (restart) return forgetMember(error);
    options.fatal(
      new SightlineError('CONSUMER_STOPPED', `consumer of ${topic} stopped: ${messageOf(error)}`, error),
    );
  });
  /** kafkajs comes back as a new member, and the group would wait for the old one until its session expires. */
  const forgetMember = (error: Error): void => {
    const memberIds = memberId === undefined ? [] : [memberId];
    memberId = undefined;
    log.warn({ groupId, detail: messageOf(error) }, 'consumer lost the broker, it will join again');
    leaveGroup(kafka, groupId, memberIds).catch((reason: unknown) => {
      log.debug({ groupId, detail: messageOf(reason) }, 'the old membership has to expire');
    });
  };

  return {
    async start() {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: options.partitionsMax,
        eachBatch: options.onBatch,
      });
    },
    seek: (partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    commit: (offsets) =>
      consumer.commitOffsets(
        offsets.map(({ offset, ...rest }) => ({ topic, offset: String(offset), ...rest })),
      ),
    async stop() {
      stopped = true;
      await consumer.disconnect();
    },
  };
};

/** Waits for something inside a batch without being taken for dead; rejects when the group rebalances. */
export const withHeartbeats = async <T>(promise: Promise<T>, heartbeat: () => Promise<void>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const beating = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => heartbeat().catch(reject), heartbeatMs);
  });
  try {
    return await Promise.race([promise, beating]);
  } finally {
    clearInterval(timer);
  }
};
