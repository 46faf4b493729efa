import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { nowMs, sleep } from './clock.ts';
import { isRetriable, messageOf } from './errors.ts';
import { createGroupConsumer, withHeartbeats } from './group-consumer.ts';
import type { RunningChain } from './running-chain.ts';
import { createSlots } from './slots.ts';
import type { Task } from './task.ts';
import { groupOf, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';

/** Larger batches mean fewer transactions; 144,000 records/s at 256 KiB, half of that at 64 KiB. */
const fetchBytesMax = 512 * 1024;
const lagCommitMs = 1_000;
const heartbeatEveryMs = 1_000;
/** Longer than the heartbeat's interval, so that the heartbeat after it is really sent. */
const fencedPauseMs = 1_200;
const handOverMsMax = 5_000;

/** Feeds the tasks of a chain from its consumer group. The group only assigns; what counts is in the state topic. */
export const runExactlyOnce = (context: ChainContext): RunningChain => {
  const { chain, kafka, config, log, metrics } = context;
  const labels = { topology: chain.topology.name, node: chain.head.name };
  const groupId = groupOf(chain, config.topicPrefix);
  const topic = inputTopicOf(context);
  let joined = false;
  let stopping = false;
  let lagCommittedMs = 0;

  const consumer = createGroupConsumer({
    kafka,
    groupId,
    topic,
    log,
    partitionsMax: Math.max(1, config.partitions),
    fetchBytesMax,
    onAssigned(partitions) {
      joined = true;
      slots.assign(partitions);
    },
    onBatch: (payload) => onBatch(payload),
    fatal: context.fatal,
  });
  // The group's own offset is behind, or from another life: reading always goes on where the state says.
  const slots = createSlots(context, {
    onOpen: (task) => seek(task.partition, task.position),
    // What was not committed comes again, so that its task is opened again even if nothing new arrives.
    onDrop: (task) => seek(task.partition, task.committed),
  });

  const seek = (partition: number, offset: number): void => {
    if (!stopping) consumer.seek(partition, offset);
  };

  /** A processor threw: remember it, so that the third time the record is left out, and let the process end. */
  const crash = async (task: Task, offset: number, error: unknown): Promise<void> => {
    stopping = true;
    const count = await task.recordCrash(offset).catch((reason: unknown) => {
      log.error(
        { ...labels, partition: task.partition, offset, detail: messageOf(reason) },
        'a crash could not be noted',
      );
      return 0;
    });
    log.error({ ...labels, partition: task.partition, offset, count, error }, 'processing a record threw');
    context.fatal(error);
  };

  /** False when the task cannot go on: it was dropped, or its process ends. */
  const processRecord = async (task: Task, record: KafkaMessage): Promise<boolean> => {
    try {
      const result = task.process(record);
      if (result) await result;
      return true;
    } catch (error) {
      if (task.failure !== undefined) return false;
      if (isRetriable(error)) slots.drop(task, error);
      else await crash(task, Number(record.offset), error);
      return false;
    }
  };

  const processBatch = async (task: Task, { batch, heartbeat }: EachBatchPayload): Promise<boolean> => {
    let beatMs = nowMs();
    for (const record of batch.messages) {
      if (!(await processRecord(task, record))) return false;
      if (nowMs() - beatMs < heartbeatEveryMs) continue;
      await heartbeat();
      beatMs = nowMs();
    }
    return true;
  };

  const onBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const isOver = (): boolean => stopping || !isRunning() || isStale();
    if (isOver()) return;
    if (slots.isFenced(batch.partition)) {
      await sleep(fencedPauseMs);
      await heartbeat();
    }
    const task = await withHeartbeats(slots.task(batch.partition), heartbeat);
    if (!task || isOver()) return;
    const next = Number(batch.lastOffset()) + 1;
    if (!(await processBatch(task, payload)) || isOver()) return;
    task.endBatch(next);
    resolveOffset(batch.lastOffset());
    metrics.lag.set(
      { ...labels, partition: batch.partition },
      Math.max(0, Number(batch.highWatermark) - next),
    );
    const room = task.room();
    if (room) await withHeartbeats(room, heartbeat);
    commitLag();
  };

  const commitLag = (): void => {
    if (nowMs() - lagCommittedMs < lagCommitMs) return;
    lagCommittedMs = nowMs();
    const offsets = slots.open().map(({ partition, committed }) => ({ partition, offset: committed }));
    consumer.commit(offsets).catch((error: unknown) => {
      log.debug({ ...labels, detail: messageOf(error) }, 'offsets for lag displays were not committed');
    });
  };

  return {
    start: () => consumer.start(),
    notReady: () => {
      if (!joined) return `${labels.node} has not joined its group`;
      return slots.ready() ? undefined : `${labels.node} is taking partitions over`;
    },
    async stop() {
      stopping = true;
      const handedOver = Promise.allSettled(slots.open().map((task) => task.handOver()));
      await Promise.race([handedOver, new Promise((resolve) => setTimeout(resolve, handOverMsMax).unref())]);
      await consumer.stop();
      await slots.close();
    },
  };
};
