import { topicName, topics, validateCamera } from '#schemas';
import type { ConfigRecord } from '#schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCameraTable } from './camera-table.ts';
import { followConfig } from './config-follower.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { partitionOf } from './partition.ts';
import { createRecordProducer } from './record-producer.ts';
import type { RecordProducer } from './record-producer.ts';
import { createRegistry } from './registry.ts';
import { createKernelInstallation, until } from './testing/installation.ts';
import type { KernelInstallation } from './testing/installation.ts';

let one: KernelInstallation;
let producer: RecordProducer;

beforeEach(async () => {
  one = await createKernelInstallation('config');
  const { registryUrl, topicPrefix, partitions } = one.config;
  const format = createRegistry({ url: registryUrl, topicPrefix });
  producer = createRecordProducer({ kafka: one.kafka, format, topicPrefix, partitions });
  await producer.start([topics.config]);
});
afterEach(async () => {
  await producer.stop();
  await one.close();
});

const follow = (table = createCameraTable(), invalid: string[] = []) => {
  const { registryUrl, topicPrefix } = one.config;
  const follower = followConfig({
    kafka: one.kafka,
    format: createRegistry({ url: registryUrl, topicPrefix }),
    topicPrefix,
    table,
    log: createLog({ level: 'silent' }),
    metrics: createMetrics(),
    onInvalid: (record, problems) => invalid.push(`${record.id}: ${problems.join()}`),
  });
  return { table, invalid, follower };
};

const record = (cameraId: string, version: number, fps: number): ConfigRecord => {
  const source = { kind: 'rtsp', url: 'rtsp://camera/stream' } as const;
  const result = validateCamera({ cameraId, siteId: 'site', name: cameraId, source });
  if (!result.ok) throw new Error(result.problems.join());
  const camera = { ...result.value, fps };
  return {
    kind: 'camera',
    id: cameraId,
    version,
    effectiveFromUs: version,
    deleted: false,
    camera,
    site: null,
  };
};

test('everything written before the start is known when it says ready, later changes follow', async () => {
  const cameras = Array.from({ length: 20 }, (_, index) => `camera-${index}`);
  await Promise.all(cameras.map((cameraId) => producer.send(topics.config, record(cameraId, 1, 5))));
  const { table, follower } = follow();
  await follower.ready;
  expect(table.current()).toHaveLength(20);
  await producer.send(topics.config, record('camera-3', 2, 10));
  await until('the change is known', () => table.at('camera-3', 5)?.version === 2);
  await follower.stop();
});

test('an invalid document and foreign bytes are passed over, and what follows is read', async () => {
  await producer.send(topics.config, record('gate', 1, 5));
  await producer.send(topics.config, record('gate', 2, -5));
  const partition = partitionOf('gate', one.config.partitions);
  const foreign = { key: 'camera/gate/3', partition, value: Buffer.from('not a document') };
  await producer.sendRaw(topicName(topics.config, one.config.topicPrefix), foreign);
  await producer.send(topics.config, record('hall', 1, 5));
  const { table, invalid, follower } = follow();
  await follower.ready;
  expect(table.at('gate', 10)?.version).toBe(1);
  expect(table.at('hall', 10)?.version).toBe(1);
  expect(invalid).toEqual(['gate: fps: Too small: expected number to be >=0']);
  await follower.stop();
});
