import { hostname } from 'node:os';
import {
  createGroupConsumer,
  createKafka,
  createRecordProducer,
  createRegistry,
  followTopic,
  messageOf,
  nowMs,
  partitionOf,
} from '#runtime';
import type { RunningService, ServiceContext, TopicFollower } from '#runtime';
import { topicName, topics } from '#schemas';
import { createSilenceJudge } from './silence-judge.ts';

/** Enough to learn of every camera that spoke in the last moments before a takeover. */
const lookBackRecords = 2_000;
/** The group's records are passed over, so few are asked for. */
const groupFetchBytesMax = 64 * 1024;

/**
 * Listens to the partitions of `detections` that this process owns and writes `silence` for live runs that are not
 * heard of. The record lies on the log like any other, so a replay sees it at the same place. Its group is one of
 * its own: whether anybody tracks meanwhile makes no difference.
 */
export const watchSilence = (context: ServiceContext): RunningService => {
  const { config, log, metrics, fatal } = context;
  const { topicPrefix, partitions } = config;
  const clientId = `sightline:silence:${config.instance || `${hostname()}-${process.pid}`}`;
  const kafka = createKafka({ config, log, clientId });
  const format = createRegistry({ url: config.registryUrl, topicPrefix });
  const producer = createRecordProducer({ kafka, format, topicPrefix, partitions });
  const judge = createSilenceJudge();
  const owned = new Set<number>();
  let hasJoined = false;

  const tell = (durationMs: number): void => {
    for (const silence of judge.passed(durationMs)) {
      log.warn({ cameraId: silence.cameraId, runId: silence.runId }, 'nothing is heard of a live run');
      producer.send(topics.detections, silence).then(
        () => metrics.sent.inc({ topology: 'analytics', node: 'silence' }),
        (error: unknown) => log.warn({ detail: messageOf(error) }, 'silence could not be written'),
      );
    }
  };
  const follower: TopicFollower = followTopic({
    kafka,
    format,
    topicPrefix,
    topic: topics.detections,
    log,
    onRecord: (record, { appendedAtMs }) => judge.heard(record, nowMs() - appendedAtMs),
    onRound: tell,
  });
  const assign = (assigned: readonly number[]): void => {
    hasJoined = true;
    for (const partition of owned) {
      if (assigned.includes(partition)) continue;
      owned.delete(partition);
      follower.unfollow(partition);
    }
    judge.forget((cameraId) => !assigned.includes(partitionOf(cameraId, partitions)));
    for (const partition of assigned) {
      if (owned.has(partition)) continue;
      owned.add(partition);
      follower.follow(partition, lookBackRecords).catch(fatal);
    }
  };
  const group = createGroupConsumer({
    kafka,
    groupId: `${topicPrefix}analytics.silence`,
    // Its partitions hold the same cameras as those of detections, and far fewer records to pass over.
    topic: topicName(topics.config, topicPrefix),
    log,
    partitionsMax: 1,
    fetchBytesMax: groupFetchBytesMax,
    onAssigned: assign,
    onBatch: ({ batch, resolveOffset }) => Promise.resolve(resolveOffset(batch.lastOffset())),
    fatal,
  });
  const begun = producer
    .start([topics.detections])
    .then(() => group.start())
    .catch(fatal);

  return {
    notReady: () => (hasJoined ? undefined : 'silence has not joined its group'),
    async stop() {
      await begun;
      await group.stop();
      await follower.stop();
      await producer.stop();
    },
  };
};
