import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { topics } from '#schemas';
import { nowMs, sleep } from './clock.ts';
import { readCrashMarks } from './crash-marks.ts';
import { deadLetterOf } from './dead-letter.ts';
import { SightlineError, isRetriable, isSightlineError, messageOf } from './errors.ts';
import { createGraph } from './graph.ts';
import { createGroupConsumer, withHeartbeats } from './group-consumer.ts';
import { createRecordProducer } from './record-producer.ts';
import type { CrashMark } from './restore.ts';
import type { RunningChain } from './running-chain.ts';
import { crashesMax } from './task.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { createTally, groupOf, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';

/** Frames are large; what is fetched and not yet processed is held in memory. */
const fetchBytesMax = 2 * 1024 * 1024;
const inFlightMax = 256;
const commitMs = 1_000;
const drainMsMax = 5_000;

/**
 * A chain without state and transactions: outputs are written, then offsets are committed, so a crash repeats at
 * most the last second. One instance of each processor serves all partitions: a model is loaded once a process.
 */
export const runAtLeastOnce = (context: ChainContext): RunningChain => {
  const { chain, kafka, format, config, cameras, log, metrics } = context;
  const labels = { topology: chain.topology.name, node: chain.head.name };
  const topic = inputTopicOf(context);
  const groupId = groupOf(chain, config.topicPrefix);
  const received = createTally();
  const sent = createTally();
  const progress = new Map<number, Progress>();
  let crashes: ReadonlyMap<number, CrashMark> = new Map();
  let joined = false;
  let stopping = false;
  let inFlight = 0;
  let room: PromiseWithResolvers<void> | undefined;

  const producer = createRecordProducer({
    kafka,
    format,
    topicPrefix: config.topicPrefix,
    partitions: config.partitions,
    queueRecordsMax: 100_000,
  });
  const graph = createGraph({
    chain,
    camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
    emit(sink, value) {
      sent.add(sink.name);
      producer.send(sink.topic, value as never).catch(fail);
    },
    received: (node) => received.add(node),
  });

  const fail = (error: unknown): void => {
    if (stopping) return;
    stopping = true;
    context.fatal(error);
  };

  const bury = (
    record: KafkaMessage,
    partition: number,
    stage: 'deserialize' | 'process',
    error: unknown,
  ): void => {
    const letter = deadLetterOf(
      { topology: labels.topology, node: labels.node, topic, partition },
      record,
      stage,
      error,
    );
    metrics.failed.inc({ ...labels, code: letter.code });
    log.warn(
      { ...labels, partition, offset: letter.offset, stage, code: letter.code },
      'record given to dead letters',
    );
    producer.send(topics.deadLetters, letter).catch(fail);
  };

  /** A processor threw: note it beside the group's offset, which has stayed before it, and end. */
  const crash = async (partition: number, offset: number, error: unknown): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const known = crashes.get(partition);
    const count = known?.offset === offset ? known.count + 1 : 1;
    log.error({ ...labels, partition, offset, count, error }, 'processing a record threw');
    const from = Math.min(progress.get(partition)?.done ?? offset, offset);
    const metadata = JSON.stringify({ crash: { offset, count } });
    await consumer.commit([{ partition, offset: from, metadata }]).catch((reason: unknown) => {
      log.error({ ...labels, partition, detail: messageOf(reason) }, 'a crash could not be noted');
    });
    context.fatal(error);
  };

  const handle = async (record: KafkaMessage, partition: number): Promise<void> => {
    const offset = Number(record.offset);
    const mark = crashes.get(partition);
    if (mark && mark.offset === offset && mark.count >= crashesMax) {
      return bury(
        record,
        partition,
        'process',
        new SightlineError('PROCESSOR_FAILED', `processing threw ${mark.count} times`),
      );
    }
    let value: unknown;
    try {
      value = await format.decode(chain.input, record.value);
    } catch (error) {
      if (isRetriable(error) || !isSightlineError(error)) throw error;
      return bury(record, partition, 'deserialize', error);
    }
    await graph.process(value, { topic, partition, offset, appendedAtUs: Number(record.timestamp) * 1000 });
    metrics.latencyMs.observe(labels, Math.max(0, nowMs() - Number(record.timestamp)));
  };

  const begin = (record: KafkaMessage, partition: number, tracker: Progress): Promise<void> => {
    const offset = Number(record.offset);
    tracker.begin(offset);
    inFlight++;
    return handle(record, partition)
      .then(
        () => tracker.end(offset),
        (error: unknown) => crash(partition, offset, error),
      )
      .finally(() => {
        inFlight--;
        room?.resolve();
        room = undefined;
      });
  };

  const onBatch = async ({
    batch,
    heartbeat,
    isRunning,
    isStale,
    resolveOffset,
  }: EachBatchPayload): Promise<void> => {
    for (const record of batch.messages) {
      const tracker = progress.get(batch.partition);
      if (stopping || !isRunning() || isStale() || !tracker) return;
      const done = begin(record, batch.partition, tracker);
      if (!chain.head.concurrent) await withHeartbeats(done, heartbeat);
      while (inFlight >= inFlightMax) {
        room ??= Promise.withResolvers();
        await withHeartbeats(room.promise, heartbeat);
      }
      resolveOffset(record.offset);
    }
    resolveOffset(batch.lastOffset());
    progress.get(batch.partition)?.skipTo(Number(batch.lastOffset()) + 1);
    const lag = Number(batch.highWatermark) - Number(batch.lastOffset()) - 1;
    metrics.lag.set({ ...labels, partition: batch.partition }, Math.max(0, lag));
  };

  const consumer = createGroupConsumer({
    kafka,
    groupId,
    topic,
    log,
    partitionsMax: Math.max(1, config.partitions),
    fetchBytesMax,
    onAssigned(partitions) {
      joined = true;
      for (const partition of progress.keys())
        if (!partitions.includes(partition)) progress.delete(partition);
      for (const partition of partitions) {
        const known = progress.get(partition);
        if (known) consumer.seek(partition, known.next);
        else progress.set(partition, createProgress());
      }
    },
    onBatch,
    fatal: fail,
  });

  /** Offsets first, outputs second, commit third: what is committed has its outputs on the broker. */
  const commit = async (): Promise<void> => {
    const offsets = [...progress].flatMap(([partition, tracker]) => {
      const offset = tracker.take();
      return offset === undefined ? [] : [{ partition, offset }];
    });
    await producer.flush();
    received.take((node, count) => metrics.received.inc({ topology: labels.topology, node }, count));
    sent.take((node, count) => metrics.sent.inc({ topology: labels.topology, node }, count));
    if (offsets.length > 0) await consumer.commit(offsets);
  };

  let timer: NodeJS.Timeout | undefined;
  return {
    async start() {
      await producer.start([...chain.sinks.map((sink) => sink.topic), topics.deadLetters]);
      crashes = await readCrashMarks(kafka, groupId, topic);
      await graph.init();
      await consumer.start();
      timer = setInterval(() => {
        if (stopping) return;
        commit().catch((error: unknown) =>
          log.warn({ ...labels, detail: messageOf(error) }, 'offsets were not committed'),
        );
      }, commitMs);
    },
    notReady: () => (joined ? undefined : `${labels.node} has not joined its group`),
    async stop() {
      stopping = true;
      clearInterval(timer);
      for (const endMs = nowMs() + drainMsMax; inFlight > 0 && nowMs() < endMs;) await sleep(10);
      await commit().catch((error: unknown) =>
        log.warn({ ...labels, detail: messageOf(error) }, 'offsets were not committed'),
      );
      await consumer.stop();
      await producer.stop();
      await graph.close();
    },
  };
};
