import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topics } from '#schemas';
import type { Crossing, Visit } from '#schemas';
import { createInstallation, runCommand, until } from './testing/installation.ts';
import type { Installation, ServiceProcess } from './testing/installation.ts';

/**
 * The promise of the whole path on the real stack: a clip's events are the same through memory, through fused
 * services, through separate services, and after kill -9 of any of them in the middle.
 */
const data = resolve(import.meta.dirname, '../../shared/data');
const clip = join(data, 'video/vtest_480x360.mp4');
const model = join(data, 'onnx/yolox_nano_416.onnx');
const cameraId = 'walkway';
const geometry = ['--line', 'mid:0.45,0.2,0.45,0.9', '--zone', 'crossing:0.3,0.3;0.75,0.3;0.75,0.9;0.3,0.9'];
const playing = ['--fps', '4', '--encoding', 'rgb24', '--start', '2026-05-01T08:00:00Z'];

/** What an event says, without what may differ from run to run: wall-clock stamps and where it was configured. */
type Said = Record<string, unknown>;
const saidBy = (event: Crossing | Visit): Said => {
  const { stamps: _stamps, siteId: _siteId, configVersion: _version, ...said } = event;
  return said;
};
const sorted = (events: Said[]): Said[] =>
  events.sort((a, b) => String(a['eventId']).localeCompare(String(b['eventId'])));

interface Events {
  readonly crossings: Said[];
  readonly visits: Said[];
}

const eventsOf = async (installation: Installation): Promise<Events> => ({
  crossings: sorted((await installation.read(topics.crossings)).map(saidBy)),
  visits: sorted((await installation.read(topics.visits)).map(saidBy)),
});

/** Truth for the services: the same clip through the same processors in memory. */
const analyze = async (folder: string): Promise<Events> => {
  const file = join(folder, 'truth.jsonl');
  const options = [
    '--model',
    model,
    ...geometry,
    ...playing,
    '--camera-id',
    cameraId,
    '--events',
    file,
    '--json',
  ];
  const outcome = await runCommand('analyze', clip, ...options);
  if (outcome.code !== 0) throw new Error(`analyze failed: ${outcome.stderr}`);
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Said);
  const of = (topic: string): Said[] =>
    sorted(
      all
        .filter((event) => event['topic'] === topic)
        .map(({ topic: _topic, ...event }) => saidBy(event as unknown as Crossing)),
    );
  return { crossings: of('crossings'), visits: of('visits') };
};

const framesTracked = async (installation: Installation): Promise<number> =>
  (await installation.read(topics.tracks)).filter(({ kind }) => kind === 'frame').length;

const playedToItsEnd = async (installation: Installation): Promise<boolean> =>
  (await installation.read(topics.tracks)).some(({ kind }) => kind === 'runEnded');

const logsOf = (services: readonly ServiceProcess[]) => (): string =>
  services.map((service) => service.log().split('\n').slice(-15).join('\n')).join('\n---\n');

const addCamera = async (installation: Installation): Promise<void> => {
  const added = await installation.command(
    'camera',
    'add',
    cameraId,
    clip,
    '--model',
    model,
    ...geometry,
    ...playing,
  );
  expect(added, added.stderr).toMatchObject({ code: 0 });
};

describe.runIf(existsSync(data))('a clip through the whole path', () => {
  let truth: Events;
  const open: Installation[] = [];
  const install = async (name: string): Promise<Installation> => {
    const installation = await createInstallation(name);
    open.push(installation);
    return installation;
  };

  beforeAll(async () => {
    const scratch = await install('truth');
    truth = await analyze(scratch.dataDir);
    expect(truth.crossings.length).toBeGreaterThan(5);
    expect(truth.visits.length).toBeGreaterThan(10);
  });
  afterAll(async () => {
    for (const installation of open) await installation.close();
  });

  it('gives the same events through fused services, and ClickHouse has them', async () => {
    const installation = await install('fused');
    await addCamera(installation);
    const services = await Promise.all(
      ['relay', 'ingest', 'analytics', 'rollup'].map((name) => installation.service(name)),
    );
    await until('the clip was played', () => playedToItsEnd(installation), 180_000, logsOf(services));
    expect(await eventsOf(installation)).toEqual(truth);

    const left = truth.visits.filter((visit) => visit['phase'] === 'left');
    const stored = await until(
      'ClickHouse has every event',
      async () => {
        const [row] = await installation.query<{ crossings: string; visits: string; dwell: string }>(
          `SELECT (SELECT count() FROM crossings) AS crossings, (SELECT count() FROM visits WHERE phase = 'left') AS visits,
                  (SELECT sum(dwellMs) FROM visits WHERE phase = 'left') AS dwell`,
        );
        return Number(row?.crossings) >= truth.crossings.length && Number(row?.visits) >= left.length && row;
      },
      60_000,
      logsOf(services),
    );
    const dwellMs = left.reduce((sum, visit) => sum + Number(visit['dwellMs']), 0);
    expect([stored.crossings, stored.visits, stored.dwell].map(Number)).toEqual([
      truth.crossings.length,
      left.length,
      dwellMs,
    ]);
  });

  it('gives the same events through separate services', async () => {
    const installation = await install('separate');
    await addCamera(installation);
    const services = await Promise.all([
      installation.service('relay'),
      installation.service('ingest', ['decode']),
      installation.service('ingest', ['infer']),
      installation.service('analytics', ['track']),
      installation.service('analytics', ['dwell']),
    ]);
    await until('the clip was played', () => playedToItsEnd(installation), 240_000, logsOf(services));
    await until(
      'dwell has caught up',
      async () => (await eventsOf(installation)).visits.length >= truth.visits.length,
      60_000,
      logsOf(services),
    );
    expect(await eventsOf(installation)).toEqual(truth);
  });

  it('gives the same events when each service is killed in the middle', async () => {
    const installation = await install('killed');
    await addCamera(installation);
    const names = ['relay', 'ingest', 'analytics'];
    const services = new Map<string, ServiceProcess>();
    for (const name of names) services.set(name, await installation.service(name));
    const explain = (): string => logsOf([...services.values()])();
    for (const [index, name] of names.entries()) {
      const enough = 40 * (index + 1);
      await until(
        `${enough} frames were tracked`,
        async () => (await framesTracked(installation)) >= enough,
        180_000,
        explain,
      );
      await services.get(name)?.kill('SIGKILL');
      services.set(name, await installation.service(name));
    }
    await until('the clip was played', () => playedToItsEnd(installation), 240_000, explain);
    expect(await eventsOf(installation)).toEqual(truth);
  });
});
