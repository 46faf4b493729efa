import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelIdOf } from '#schemas';
import { play, videoPath } from '../decode/testing/player.ts';
import { modelsFolder } from './models.ts';
import { probeModel } from './probe.ts';
import { frameRecord, modelPath, noData, startInfer, startModel } from './testing/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'infer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tick = (sequence: number): ReturnType<typeof frameRecord> =>
  frameRecord(sequence, { kind: 'tick', frame: null });

describe.skipIf(noData)(`infer${noData ? ' (skipped: no evaluation data)' : ''}`, () => {
  it.each(['thread', 'process'] as const)(
    'keeps a camera in order, ticks and run ends in place (%s)',
    async (isolation) => {
      const infer = await startModel('yolox_nano_416', { processes: 2, isolation });
      const ended = frameRecord(9, { kind: 'runEnded', frame: null, ended: { reason: 'endOfFile' } });
      const records = [0, 1, 2]
        .map((n) => frameRecord(n))
        .concat(tick(3), frameRecord(4), frameRecord(5), tick(8), ended);
      await Promise.all(records.map((record) => infer.process(record)));
      await infer.close();
      expect(infer.detections.map(({ kind, sequence }) => [kind, sequence])).toEqual(
        records.map(({ kind, sequence }) => [kind, sequence]),
      );
      expect(infer.detections.at(-1)?.ended).toEqual({ reason: 'endOfFile' });
      expect(infer.detections[0]?.frame).toMatchObject({
        width: 64,
        height: 48,
        fps: 10,
        placement: 'cloud',
      });
      const { inferStartedAtUs = 0, inferredAtUs = 0 } = infer.detections[0]?.frame?.stamps ?? {};
      expect(inferredAtUs).toBeGreaterThan(inferStartedAtUs);
    },
  );

  it('gives the same boxes every time: normalised, exact 32-bit floats, best first', async () => {
    const infer = await startModel('yolox_nano_416', { processes: 2 });
    const player = play({
      source: { kind: 'file', url: videoPath('TUD-Campus.mp4'), startAtUs: 1 },
      document: { fps: 0.1 },
    });
    await player.until('a frame', () => player.records.length > 0);
    await player.close();
    const frame = player.records[0]?.frame ?? null;
    await Promise.all([0, 1, 2, 3].map((n) => infer.process(frameRecord(n, { frame }))));
    await infer.close();
    const found = infer.detections.map(({ frame: judged }) => judged?.detections ?? []);
    expect(found[0]?.length).toBeGreaterThan(0);
    for (const boxes of found) expect(boxes).toEqual(found[0]);
    const scores = (found[0] ?? []).map(({ confidence }) => confidence);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const { x1, y1, x2, y2, confidence } of found[0] ?? []) {
      for (const value of [x1, y1, x2, y2, confidence]) {
        expect(value).toBe(Math.fround(value));
        expect(value >= 0 && value <= 1).toBe(true);
      }
      expect(x2 > x1 && y2 > y1).toBe(true);
      expect(confidence).toBeGreaterThanOrEqual(Math.fround(0.1));
    }
  });

  it('drops the oldest waiting frame of a live camera and counts it, never one of a file', async () => {
    const infer = await startModel('yolox_nano_416', { processes: 1, pendingFramesMax: 2 });
    await infer.process(frameRecord(0, { live: true }));
    const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
    const live = numbers.map((n) => infer.process(frameRecord(n, { live: true })));
    const filed = numbers.map((n) => infer.process(frameRecord(n, { cameraId: 'file' })));
    await Promise.all([...live, ...filed]);
    await new Promise((resolve) => setTimeout(resolve, 120));
    await infer.close();
    const of = (cameraId: string): number[] =>
      infer.detections.filter((record) => record.cameraId === cameraId).map(({ sequence }) => sequence);
    expect(of('file')).toEqual(numbers);
    expect(of('camera').slice(-2)).toEqual([11, 12]);
    const drops = infer.statuses.findLast(({ cameraId }) => cameraId === 'camera')?.drops['modelBusy'] ?? 0;
    expect(of('camera').length + drops).toBe(13);
    expect(drops).toBeGreaterThan(5);
    expect(infer.statuses.at(-1)).toMatchObject({ reporter: 'infer', state: 'online', configVersion: 3 });
  });

  it('gives up a damaged picture, counts it and goes on', async () => {
    const infer = await startModel('yolox_nano_416', { processes: 1 });
    const bad = { ...frameRecord(0).frame!, encoding: 'jpeg', data: new Uint8Array(50) };
    await Promise.all(
      [frameRecord(0), frameRecord(1, { frame: bad }), frameRecord(2)].map((record) => infer.process(record)),
    );
    await new Promise((resolve) => setTimeout(resolve, 120));
    await infer.close();
    expect(infer.detections.map(({ sequence }) => sequence)).toEqual([0, 2]);
    expect(infer.statuses.at(-1)?.drops).toEqual({ badPicture: 1 });
  });

  it('judges every frame of a file although its model process is killed', async () => {
    const infer = await startModel('yolox_nano_416', { processes: 1, isolation: 'process' });
    await infer.process(frameRecord(0));
    const all = [1, 2, 3, 4, 5, 6].map((n) => infer.process(frameRecord(n)));
    process.kill(modelProcess(), 'SIGSEGV');
    await Promise.all(all);
    await infer.close();
    expect(infer.detections.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('ends quietly while a picture is being judged', async () => {
    for (let round = 0; round < 3; round++) {
      const infer = await startModel('yolox_nano_416', { processes: 2 });
      await infer.process(frameRecord(0));
      const rest = [1, 2, 3, 4].map((n) => infer.process(frameRecord(n)));
      const [settled] = await Promise.all([Promise.allSettled(rest), infer.close()]);
      expect(settled).toHaveLength(4);
    }
  });

  it('finds a model in its folder and refuses a file that is not the one the manifest names', async () => {
    const manifest = await probeModel(modelPath('nanodet_m_416'));
    const modelId = modelIdOf(manifest);
    copyFileSync(modelPath('nanodet_m_416'), join(folder, `${modelId}.onnx`));
    writeFileSync(join(folder, `${modelId}.json`), JSON.stringify(manifest));
    const good = await startInfer(manifest, modelsFolder(folder), { processes: 1 });
    await good.process(frameRecord(0));
    await good.close();
    expect(good.detections[0]?.frame?.modelId).toBe(modelId);
    copyFileSync(modelPath('yolox_nano_416'), join(folder, `${modelId}.onnx`));
    const swapped = await startInfer(manifest, modelsFolder(folder), { processes: 1 });
    await swapped.process(frameRecord(0));
    await swapped.process(tick(1));
    await new Promise((resolve) => setTimeout(resolve, 120));
    await swapped.close();
    expect(swapped.detections.map(({ kind }) => kind)).toEqual(['tick']);
    expect(swapped.statuses.at(-1)).toMatchObject({ state: 'failed', drops: { modelFailed: 1 } });
    expect(swapped.statuses.at(-1)?.message).toMatch(/expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}/);
  });

  it.each([
    { name: 'yolox_nano_416', layout: 'yolox', classes: 80, mean: [0, 0, 0], resize: 'letterbox' },
    {
      name: 'nanodet_m_416',
      layout: 'nanodet',
      classes: 80,
      mean: [103.53, 116.28, 123.675],
      resize: 'stretch',
    },
  ])('recognises $name', async ({ name, layout, classes, mean, resize }) => {
    const manifest = await probeModel(modelPath(name));
    expect(manifest).toMatchObject({
      name,
      layout,
      mean,
      resize,
      colorOrder: 'bgr',
      input: { width: 416, height: 416 },
    });
    expect(manifest.classes).toHaveLength(classes);
    expect(manifest.classes[0]).toBe('person');
  });

  it('says what was expected and found when a model is not what it is taken for', async () => {
    const probe = probeModel(modelPath('yolox_nano_416'), 'nanodet');
    await expect(probe).rejects.toThrow(/not nanodet: expected for each stride.*found output\[1,3549,85\]/);
    await expect(probeModel(modelPath('person_reid_0288'))).rejects.toThrow(
      /expected one float32 input \[1,3,height,width\], found inputs:0\[1,256,128,3\]/,
    );
    const manifest = await probeModel(modelPath('yolox_nano_416'));
    const fewer = { ...manifest, classes: manifest.classes.slice(0, 3) };
    const infer = await startInfer(
      fewer,
      () => Promise.resolve({ path: modelPath('yolox_nano_416'), manifest: fewer }),
      { processes: 1 },
    );
    await infer.process(frameRecord(0));
    await new Promise((resolve) => setTimeout(resolve, 120));
    await infer.close();
    expect(infer.statuses.at(-1)?.message).toContain('the model has 80 classes, its manifest names 3');
  });

  it('says so when the file is missing or damaged', async () => {
    await expect(probeModel(join(folder, 'nowhere.onnx'))).rejects.toThrow(/cannot read .*nowhere\.onnx/);
    const damaged = join(folder, 'damaged.onnx');
    writeFileSync(damaged, readFileSync(modelPath('yolox_nano_416')).subarray(0, 1_000_000));
    await expect(probeModel(damaged)).rejects.toThrow(
      /damaged\.onnx is not an ONNX model that can be loaded/,
    );
    writeFileSync(damaged, 'text');
    await expect(probeModel(damaged)).rejects.toThrow(/is not an ONNX model that can be loaded/);
  });
});

/** The one model process this test has started. */
const modelProcess = (): number => {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('infer/worker.ts'),
  );
  if (!found) throw new Error('no model process');
  return found;
};
