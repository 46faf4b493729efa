import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/installation.ts';
import type { ServiceProcess } from '../testing/installation.ts';
import { createIngestScene } from './testing/ingest-scene.ts';
import type { IngestScene, Said } from './testing/ingest-scene.ts';

/** The same clip gives the same detections, however the services are cut and whatever is killed meanwhile. */
const services: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ['fused', [[]]],
  ['separate', [['decode'], ['infer']]],
];

let scene: IngestScene;
beforeAll(async () => {
  scene = await createIngestScene('ingest');
});
afterAll(() => scene.close());

let started: ServiceProcess[] = [];
const start = async (...nodes: (readonly string[])[]): Promise<ServiceProcess[]> => {
  const running = await Promise.all(nodes.map((own) => scene.installation.service('ingest', own)));
  started.push(...running);
  return running;
};
afterEach(async () => {
  await Promise.all(started.filter((one) => one.running()).map((one) => one.kill('SIGTERM')));
  started = [];
});
const logsOf = (running: readonly ServiceProcess[]) => (): string =>
  running.map((service) => service.log().split('\n').slice(-12).join('\n')).join('\n---\n');

const ended = (records: readonly Said[]): boolean => records.some(({ kind }) => kind === 'runEnded');
const played = (cameraId: string, running: readonly ServiceProcess[]): Promise<Said[]> =>
  until(
    `${cameraId} has been played to its end`,
    async () => {
      const records = await scene.detections(cameraId);
      return ended(records) && records;
    },
    90_000,
    logsOf(running),
  );

describe('a clip', () => {
  it.each(services)('through %s services is what it is in memory', async (cut, nodes) => {
    const document = scene.camera(`campus-${cut}`, 'TUD-Campus.mp4');
    const truth = await scene.inMemory(document);
    expect(truth.filter(({ kind }) => kind === 'frame').length).toBe(71);
    const running = await start(...nodes);
    await scene.configure(document.cameraId, document);
    expect(await played(document.cameraId, running)).toEqual(truth);
  });
});
