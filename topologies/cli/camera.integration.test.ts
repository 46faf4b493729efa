import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topics } from '#schemas';
import { createInstallation } from '../testing/installation.ts';
import type { Installation } from '../testing/installation.ts';
import { openProducer } from '../rollup/testing/records.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');
const model = join(data, 'onnx/yolox_nano_416.onnx');
const clip = join(data, 'video/vtest_480x360.mp4');

describe.runIf(existsSync(data))('sightline camera', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation('camera');
  });
  afterAll(() => installation?.close());

  test('adds a clip with its model, and changes it in place', async () => {
    const added = await installation.command(
      ...['camera', 'add', 'Walk way', clip, '--model', model, '--fps', '4', '--json'],
      ...['--line', 'mid:0.45,0.2,0.45,0.9', '--zone', 'square:0.3,0.3;0.7,0.3;0.7,0.9'],
    );
    expect(added, added.stderr).toMatchObject({ code: 0 });
    const { cameraId, modelId, version } = JSON.parse(added.stdout) as Record<string, string | number>;
    expect([cameraId, version]).toEqual(['Walk-way', 1]);
    expect(readdirSync(join(installation.dataDir, 'models')).sort()).toEqual([
      `${modelId}.json`,
      `${modelId}.onnx`,
    ]);

    const updated = await installation.command(
      ...['camera', 'update', 'Walk-way', '--line', 'new:0.1,0.1,0.9,0.9', '--line', 'mid:0.5,0.2,0.5,0.9'],
    );
    expect(updated, updated.stderr).toMatchObject({ code: 0 });
    const listed = await installation.command('camera', 'list', '--json');
    const [camera] = JSON.parse(listed.stdout) as {
      lines: { lineId: string; name: string }[];
      zones: unknown[];
    }[];
    expect(camera?.lines.map(({ lineId, name }) => [lineId, name])).toEqual([
      ['line-2', 'new'],
      ['line-1', 'mid'],
    ]);
    expect(camera?.zones).toHaveLength(1);
  });

  test('never shows a password, and says how a camera is', async () => {
    const added = await installation.command('camera', 'add', 'door', 'rtsp://admin:geheim@127.0.0.1:1/a');
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('cannot be reached') as string });
    const { producer } = await openProducer(installation.environment, [topics.cameraStatus]);
    const status = {
      reportedAtUs: 1,
      stateSinceUs: 1,
      fpsIn: 0,
      fpsOut: 0,
      framesIn: 0,
      framesOut: 0,
      drops: {},
    };
    await producer.send(topics.cameraStatus, {
      ...{
        ...status,
        cameraId: 'door',
        reporter: 'decode',
        state: 'unreachable',
        message: 'no route to the camera',
      },
      ...{
        reconnects: 0,
        latencyMs: 0,
        codec: '',
        width: 0,
        height: 0,
        runId: '',
        runEpoch: 0,
        position: -1,
      },
      ...{ device: 'host', configVersion: 1 },
    });
    await producer.stop();
    const listed = await installation.command('camera', 'list');
    expect(listed.stdout).toMatch(
      /door +door +default +rtsp:\/\/127\.0\.0\.1:1\/a.*unreachable: no route to the camera/,
    );
    const shown = [added, listed, await installation.command('camera', 'list', '--json')];
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toMatch(/geheim|v1:/);
  });

  test.each([
    ['a model that is none', ['camera', 'add', 'x', clip, '--model', clip], /.+/],
    ['a zone with two points', ['camera', 'add', 'x', clip, '--zone', 'z:0,0;1,1'], /at least three points/],
    ['a camera twice', ['camera', 'add', 'door', clip], /already a camera door/],
    ['an unknown site', ['camera', 'add', 'x', clip, '--site', 'mars'], /site add mars/],
    ['an unknown camera', ['camera', 'remove', 'nobody'], /no camera nobody/],
    ['an unknown time zone', ['site', 'add', 's', '--time-zone', 'Mars/Base'], /time zone/],
  ])('refuses %s with exit code 2 and says why', async (_what, args, message) => {
    const outcome = await installation.command(...args);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as string });
    expect(outcome.stderr).not.toContain('    at ');
  });

  test('removes a camera and lists what is left', async () => {
    expect(await installation.command('camera', 'remove', 'door')).toMatchObject({ code: 0 });
    const listed = await installation.command('camera', 'list');
    expect(listed.stdout).toContain('Walk-way');
    expect(listed.stdout).not.toContain('door');
  });
});
