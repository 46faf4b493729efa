import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createKafka,
  createLog,
  createMetrics,
  createRecordProducer,
  createRegistry,
  parseConfig,
} from '#runtime';
import type { RecordProducer, RunningService } from '#runtime';
import { topics } from '#schemas';
import type { DetectionRecord } from '#schemas';
import { createInstallation, until } from '../testing/installation.ts';
import type { Installation } from '../testing/installation.ts';
import { watchSilence } from './watch-silence.ts';

let installation: Installation;
let producer: RecordProducer;
let watch: RunningService | undefined;

const start = (): RunningService =>
  watchSilence({
    config: parseConfig(installation.environment),
    log: createLog({ level: 'silent' }),
    metrics: createMetrics(),
    nodes: ['track'],
    fatal: (error) => {
      throw error;
    },
  });

beforeAll(async () => {
  installation = await createInstallation('silence');
  const config = parseConfig(installation.environment);
  const { topicPrefix, partitions } = config;
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: 'test-silence' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix });
  producer = createRecordProducer({ kafka, format, topicPrefix, partitions });
  await producer.start([topics.detections]);
});
afterAll(async () => {
  await watch?.stop();
  await producer.stop();
  await installation.close();
});

const record = (cameraId: string, changes: Partial<DetectionRecord> = {}): DetectionRecord => ({
  kind: 'tick',
  cameraId,
  runId: `${cameraId}-1`,
  runEpoch: 1,
  sequence: 3,
  capturedAtUs: Date.now() * 1000,
  live: true,
  frame: null,
  ended: null,
  ...changes,
});
const silences = async (): Promise<DetectionRecord[]> =>
  (await installation.read(topics.detections)).filter(({ kind }) => kind === 'silence');

it('writes silence for live runs that are not heard of, also for those heard before it began', async () => {
  await producer.send(topics.detections, record('before'));
  watch = start();
  await until('the group is joined', () => Promise.resolve(watch?.notReady() === undefined));
  await producer.send(topics.detections, record('after'));
  await producer.send(topics.detections, record('file', { live: false }));
  const end = { kind: 'runEnded', sequence: 4, ended: { reason: 'removed' } };
  for (const changes of [{}, end]) await producer.send(topics.detections, record('ended', changes));

  await until('two silences', async () => (await silences()).length >= 2, 30_000);
  const first = Map.groupBy(await silences(), ({ cameraId }) => cameraId);
  expect([...first.keys()].sort()).toEqual(['after', 'before']);
  for (const [cameraId, [silence]] of first)
    expect(silence).toMatchObject({
      runId: `${cameraId}-1`,
      runEpoch: 1,
      live: true,
      frame: null,
      ended: null,
    });
});
