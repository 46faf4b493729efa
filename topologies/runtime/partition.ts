import type { RecordTypes, TopicSpecification } from '#schemas';
import { configKey } from '#schemas';
import { murmur2 } from './kafkajs-patches.ts';

/** The partition of a key: Kafka's murmur2, as every Kafka client's default partitioner places it. */
export const partitionOf = (key: string, count: number): number => (murmur2(key) & 0x7fffffff) % count;

/** Where a record goes: its Kafka key, and the id whose hash decides the partition. */
export interface Placement {
  readonly key: string;
  readonly partitionKey: string;
}

const cameraIdOf = (value: unknown): string => {
  const id = (value as { cameraId?: unknown }).cameraId;
  return typeof id === 'string' ? id : '';
};

/** Records of one camera share a partition in every topic; the key may say more where compaction must keep more. */
export const placementOf = (topic: TopicSpecification, value: unknown): Placement => {
  switch (topic.schema) {
    case 'config': {
      const record = value as RecordTypes['config'];
      return { key: configKey(record), partitionKey: record.id };
    }
    case 'camera-status': {
      const status = value as RecordTypes['camera-status'];
      return { key: `${status.cameraId}/${status.reporter}`, partitionKey: status.cameraId };
    }
    case 'state': {
      const { key } = value as RecordTypes['state'];
      return { key, partitionKey: key };
    }
    default: {
      const cameraId = cameraIdOf(value);
      return { key: cameraId, partitionKey: cameraId };
    }
  }
};

export const partitionCountOf = (topic: TopicSpecification, partitions: number): number =>
  topic.partitions === 'keyed' ? partitions : topic.partitions;
