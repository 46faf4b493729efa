import { topicName, topics } from '#schemas';
import type { CameraStatus } from '#schemas';
import { createKafka, createLog, createRegistry, openTopicReader, readPartition } from '#runtime';
import type { Config } from '#runtime';

/** Reports of a partition that are looked at: services repeat them, so the newest of each camera is near the end. */
const recordsMax = 2_000;
const patienceMs = 5_000;

const rank = (status: CameraStatus): number => (status.reporter === 'infer' ? 0 : 1);

const readStates = async (config: Config): Promise<Map<string, CameraStatus>> => {
  const log = createLog({ level: 'silent' });
  const kafka = createKafka({ config, log, clientId: 'sightline-cli', retry: { retries: 1 } });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const states = new Map<string, CameraStatus>();
  const reader = await openTopicReader(kafka, topicName(topics.cameraStatus, config.topicPrefix));
  try {
    for (const partition of reader.partitions()) {
      const { start, end } = await reader.range(partition);
      for await (const { value } of readPartition(reader, partition, Math.max(start, end - recordsMax))) {
        if (value === null) continue;
        const status = await format.decode(topics.cameraStatus, value);
        const before = states.get(status.cameraId);
        // Who plays the camera knows its state; the model's own trouble shows when nobody else says anything.
        if (!before || rank(status) >= rank(before)) states.set(status.cameraId, status);
      }
    }
  } finally {
    await reader.close();
  }
  return states;
};

/** What the services last said of each camera; undefined when they cannot be asked. */
export const cameraStates = async (config: Config): Promise<Map<string, CameraStatus> | undefined> => {
  const giveUp = new Promise<undefined>((resolve) => setTimeout(resolve, patienceMs, undefined).unref());
  return Promise.race([readStates(config).catch(() => undefined), giveUp]);
};
