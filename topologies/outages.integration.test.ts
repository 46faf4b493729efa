import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafka, createLog, parseConfig } from '#runtime';
import { topicName, topics } from '#schemas';
import { dropThrowAwayFolder, makeThrowAwayFolder, startStack } from '../deploy/local/index.ts';
import type { Stack } from '../deploy/local/index.ts';
import { freePort, rtspMissing, startRtspServer } from '../processors/decode/testing/rtsp-server.ts';
import { createInstallation, until } from './testing/installation.ts';
import type { Installation, ServiceProcess } from './testing/installation.ts';

/**
 * What an operator lives through: things that are away, wrong or foreign. Nothing may crash or be lost, and the
 * camera's status must say what is wrong. A stack of its own, since parts of it are taken away.
 */
const data = resolve(import.meta.dirname, '../../shared/data');
const clip = join(data, 'video/TUD-Campus.mp4');
const model = join(data, 'onnx/yolox_nano_416.onnx');
const zone = ['--zone', 'all:0,0;1,0;1,1;0,1'];

describe.runIf(existsSync(data))('outages', () => {
  let stack: Stack;
  let installation: Installation;
  let services: Map<string, ServiceProcess>;
  const dataDir = makeThrowAwayFolder();
  const rtspServers: ChildProcess[] = [];
  const explain = (): string =>
    [...services].map(([name, { log }]) => `${name}: ${log().split('\n').slice(-8).join('\n')}`).join('\n');
  const stateOf = async (cameraId: string): Promise<{ state: string; message: string } | undefined> =>
    (await installation.read(topics.cameraStatus)).findLast(
      (status) => status.cameraId === cameraId && status.reporter === 'decode',
    );
  const framesOf = async (cameraId: string): Promise<number> =>
    (await installation.read(topics.tracks)).filter(
      (record) => record.kind === 'frame' && record.cameraId === cameraId,
    ).length;
  const add = async (...args: string[]): Promise<void> => {
    const added = await installation.command('camera', 'add', ...args, '--model', model, ...zone);
    expect(added, added.stderr).toMatchObject({ code: 0 });
  };
  const untilState = (cameraId: string, state: string): Promise<{ state: string; message: string }> =>
    until(
      `${cameraId} is ${state}`,
      async () => {
        const status = await stateOf(cameraId);
        return status?.state === state && status;
      },
      60_000,
      explain,
    );

  beforeAll(async () => {
    stack = await startStack({ dataDir, throwAway: true });
    installation = await createInstallation('outages', {
      stack: { ...stack.env, SIGHTLINE_DATA_DIR: dataDir },
    });
    services = new Map();
  });
  afterAll(async () => {
    for (const server of rtspServers) server.kill('SIGKILL');
    await installation.close();
    await stack.stop();
    dropThrowAwayFolder(dataDir);
  });

  it('services that start before the broker begin when it is there', async () => {
    await stack.kafka.stop();
    for (const name of ['relay', 'ingest', 'analytics', 'rollup'])
      services.set(name, await installation.service(name));
    await sleep(3000);
    for (const service of services.values()) expect(await service.answers('/ready')).not.toBe(200);
    await stack.kafka.start();
    for (const [name, service] of services) {
      await until(`${name} is ready`, async () => (await service.answers('/ready')) === 200, 90_000, explain);
    }
  });

  it('what happens while ClickHouse is away is there when it is back', async () => {
    await stack.clickhouse.stop();
    await add('campus', clip, '--encoding', 'rgb24');
    await until('the clip was tracked', async () => (await framesOf('campus')) === 71, 90_000, explain);
    await stack.clickhouse.start();
    const visits = async (): Promise<string[]> =>
      (await installation.read(topics.visits))
        .filter(({ phase }) => phase === 'left')
        .map(({ eventId }) => eventId);
    await until('the visits ended', async () => (await visits()).length > 0, 30_000, explain);
    const stored = await until(
      'ClickHouse has every visit',
      async () => {
        const rows = await installation.query<{ eventId: string }>(
          `SELECT eventId FROM visits WHERE phase = 'left'`,
        );
        return rows.length >= (await visits()).length && rows;
      },
      90_000,
      explain,
    );
    expect(stored.map(({ eventId }) => eventId).sort()).toEqual((await visits()).sort());
  });

  it('a foreign record goes to the dead letters with its bytes, and the partition lives on', async () => {
    const config = parseConfig(installation.environment);
    const producer = createKafka({
      config,
      log: createLog({ level: 'silent' }),
      clientId: 'foreigner',
    }).producer();
    await producer.connect();
    const topic = topicName(topics.detections, config.topicPrefix);
    for (const partition of [0, 1])
      await producer.send({ topic, messages: [{ partition, key: 'x', value: 'not ours' }] });
    await producer.disconnect();
    const letters = await until(
      'two dead letters came',
      async () => {
        const found = await installation.read(topics.deadLetters);
        return found.length >= 2 && found;
      },
      30_000,
      explain,
    );
    expect(letters.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(['not ours', 'not ours']);
    expect(letters[0]).toMatchObject({ topic, node: 'track', stage: 'deserialize' });
    await add('after', clip, '--encoding', 'rgb24');
    await until('a clip after it was tracked', async () => (await framesOf('after')) === 71, 90_000, explain);
  });

  it.skipIf(rtspMissing() !== '')(
    'a live camera heals when it comes back, and says what was wrong',
    async () => {
      const port = await freePort();
      const url = `rtsp://127.0.0.1:${port}/camera`;
      await add('door', url, '--fps', '5');
      const away = await untilState('door', 'unreachable');
      expect(away.message).not.toBe('');
      const serve = async (...options: string[]): Promise<ChildProcess> => {
        const server = await startRtspServer(port, options);
        rtspServers.push(server);
        return server;
      };
      const first = await serve();
      await untilState('door', 'online');
      await until('frames are tracked', async () => (await framesOf('door')) > 10, 60_000, explain);
      first.kill('SIGKILL');
      await until(
        'it is not online',
        async () => (await stateOf('door'))?.state !== 'online',
        60_000,
        explain,
      );
      const before = await framesOf('door');
      await serve();
      await until(
        'frames are tracked again',
        async () => (await framesOf('door')) > before + 10,
        60_000,
        explain,
      );
    },
  );

  it.skipIf(rtspMissing() !== '')('a wrong password is said, and nowhere written', async () => {
    const port = await freePort();
    rtspServers.push(await startRtspServer(port, ['--user', 'guard', '--password', 'right-one']));
    await add('gate', `rtsp://guard:wrong-secret@127.0.0.1:${port}/camera`);
    await untilState('gate', 'authFailed');
    const said = JSON.stringify([
      await installation.read(topics.cameraStatus),
      await installation.read(topics.config),
    ]);
    const logs = [...services.values()].map(({ log }) => log()).join();
    expect(said + logs).not.toContain('wrong-secret');
  });

  it('a camera can be removed in every state', async () => {
    for (const cameraId of ['gate', 'door', 'campus', 'after']) {
      const removed = await installation.command('camera', 'remove', cameraId);
      if (removed.code !== 0 && /no camera/.test(removed.stderr)) continue;
      expect(removed, removed.stderr).toMatchObject({ code: 0 });
    }
    const list = await installation.command('camera', 'list', '--json');
    expect(JSON.parse(list.stdout)).toEqual([]);
    for (const [name, service] of services) expect([name, service.running()]).toEqual([name, true]);
  });
});
