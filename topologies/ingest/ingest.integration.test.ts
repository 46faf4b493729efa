import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { topics } from '#schemas';
import { until } from '../testing/installation.ts';
import type { ServiceProcess } from '../testing/installation.ts';
import { createIngestScene } from './testing/ingest-scene.ts';
import type { Changes, IngestScene, Said } from './testing/ingest-scene.ts';

/** The same clip gives the same detections, however the services are cut and whatever is killed meanwhile. */
const services: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ['fused', [[]]],
  ['separate', [['decode'], ['infer']]],
];

const door = { lineId: 'door', name: 'door', a: { x: 0.2, y: 0.5 }, b: { x: 0.8, y: 0.5 } };

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
    180_000,
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
    const frames = (await scene.installation.read(topics.frames)).filter(
      ({ cameraId }) => cameraId === document.cameraId,
    );
    const published = new Map(frames.map(({ sequence, kind }) => [sequence, kind]));
    expect([...published]).toEqual(truth.map(({ sequence, kind }) => [sequence, kind]));
  });
});

describe('kill -9 in the middle of a clip', () => {
  /** Long enough to be interrupted. */
  const longClip = (cameraId: string) => scene.camera(cameraId, 'vtest_480x360.mp4', { fps: 2 });
  let truth: Said[];
  beforeAll(async () => {
    truth = await scene.inMemory(longClip('walkway'));
  });
  const truthOf = (cameraId: string): Said[] =>
    truth.map((record) => ({ ...record, cameraId, runId: record.runId.replace('walkway', cameraId) }));

  it.each<[string, (readonly string[])[], number]>([
    ['the fused process', [[]], 0],
    ['decode', [['decode'], ['infer']], 0],
    ['infer', [['decode'], ['infer']], 1],
  ])('of %s changes no detection', async (what, nodes, victim) => {
    const cameraId = `walkway-${what.replaceAll(' ', '-')}`;
    const running = await start(...nodes);
    await scene.configure(cameraId, longClip(cameraId));
    await until(
      'a quarter is played',
      async () => (await scene.detections(cameraId)).length > truth.length / 4,
      120_000,
      logsOf(running),
    );
    await running[victim]?.kill('SIGKILL');
    const before = (await scene.detections(cameraId)).length;
    expect(before).toBeLessThan(truth.length);
    const [again] = await start(nodes[victim] ?? []);
    const records = await played(cameraId, again ? [...running, again] : running);
    expect(records).toEqual(truthOf(cameraId));
  });
});

describe('a change of the configuration', () => {
  const states = async (cameraId: string): Promise<string[]> =>
    (await scene.installation.read(topics.cameraStatus))
      .filter((status) => status.cameraId === cameraId && status.reporter === 'decode')
      .map(({ state }) => state);
  const runsOf = (records: readonly Said[]): string[] => [...new Set(records.map(({ runId }) => runId))];
  const reasonsOf = (records: readonly Said[]): (string | undefined)[] =>
    records.flatMap(({ ended: end }) => (end ? [end.reason] : []));
  const seen = (cameraId: string, count: number, running: readonly ServiceProcess[]): Promise<boolean> =>
    until(
      `${count} detections of ${cameraId}`,
      async () => (await scene.detections(cameraId)).length >= count,
      30_000,
      logsOf(running),
    );
  const endless = (cameraId: string, changes: Changes = {}) =>
    scene.camera(cameraId, 'vtest_480x360.mp4', { fps: 5, ...changes, source: { realtime: true } });

  it('adds, redraws, changes and removes a camera while another plays, beside a broken one', async () => {
    const running = await start([]);
    const gate = scene.camera('gate', 'TUD-Campus.mp4', { fps: 5 });
    await scene.configure('gate', gate);
    await scene.configure('broken', scene.camera('broken', 'intel_LICENSE'));
    await scene.configure('yard', endless('yard'));
    await seen('yard', 5, running);

    await scene.configure('yard', endless('yard', { lines: [door] }));
    const count = (await scene.detections('yard')).length;
    await seen('yard', count + 8, running);
    expect(runsOf(await scene.detections('yard'))).toEqual(['yard-1']);

    await scene.configure('yard', endless('yard', { fps: 4 }));
    await until('the next run', async () => runsOf(await scene.detections('yard')).length === 2);
    expect(reasonsOf(await scene.detections('yard'))).toEqual(['changed']);

    await scene.configure('yard', null);
    await until('the last run end', async () => reasonsOf(await scene.detections('yard')).length === 2);
    expect(reasonsOf(await scene.detections('yard'))).toEqual(['changed', 'removed']);

    expect(await played('gate', running)).toEqual(await scene.inMemory(gate));
    expect(await states('broken')).toContain('failed');
    expect(running.every((service) => service.running())).toBe(true);
  });
});
