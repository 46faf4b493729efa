import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FrameRecord } from '#schemas';
import { modelIdOf, validateCamera } from '#schemas';
import { createDecode } from '#processors/decode';
import { createInfer, probeModel } from '#processors/infer';
import type { Bench, BenchContext, BenchFigure } from './bench.ts';
import { median } from './bench.ts';

/** Frames each side judges in one run. */
const framesPerRun = 240;
const cores = availableParallelism();
const metadata = { topic: '', partition: 0, offset: 0, appendedAtUs: 0 };

const cameraOf = (modelId: string, url: string, encoding: string): ReturnType<typeof validateCamera> =>
  validateCamera({
    cameraId: 'bench',
    siteId: 'bench',
    name: 'bench',
    source: { kind: 'file', url, startAtUs: 1 },
    frameWidth: 416,
    encoding: encoding === 'jpeg' ? 'jpeg' : 'rgb24',
    modelId,
  });

/** Real frames of a clip, as they come from decode, kept in memory. */
const framesOf = async (context: BenchContext, encoding: string): Promise<FrameRecord[]> => {
  const checked = cameraOf('', join(context.dataDir, 'video/vtest_480x360.mp4'), encoding);
  if (!checked.ok) throw new Error(checked.problems.join('; '));
  const frames: FrameRecord[] = [];
  const decode = createDecode({ windowFrames: 1000 });
  await new Promise<void>((resolve) => {
    void decode.init({
      camera: () => undefined,
      forward(stream, value) {
        if (stream !== 'frames' || !('live' in value) || !('frame' in value)) return;
        if (value.kind === 'frame') frames.push(value as FrameRecord);
        if (value.kind === 'runEnded') resolve();
      },
    });
    const run = { runId: 'bench-1', runEpoch: 1 };
    void decode.process(
      { kind: 'play', document: checked.value, credentials: null, configVersion: 1, run },
      metadata,
    );
  });
  await decode.close();
  return frames.slice(0, framesPerRun);
};

/** Our side, ready to run: frames in, detections out, for as many times as asked. */
const openOurs = async (
  path: string,
  frames: readonly FrameRecord[],
): Promise<{ run(): Promise<number>; close(): void }> => {
  const manifest = await probeModel(path);
  const checked = cameraOf(modelIdOf(manifest), 'memory', 'rgb24');
  if (!checked.ok) throw new Error(checked.problems.join('; '));
  const infer = createInfer({ models: () => Promise.resolve({ path, manifest }) });
  await infer.init({
    camera: () => ({ version: 1, document: checked.value }),
    forward: () => undefined,
  });
  const judge = async (count: number): Promise<void> => {
    let next = 0;
    // As the runtime does it: a few records are in work at any time.
    const lane = async (): Promise<void> => {
      while (next < count) await infer.process(frames[next++ % frames.length] as FrameRecord, metadata);
    };
    await Promise.all(Array.from({ length: cores * 3 }, lane));
  };
  await judge(cores * 10);
  return {
    async run() {
      const startedMs = performance.now();
      await judge(framesPerRun);
      return (framesPerRun * 1000) / (performance.now() - startedMs);
    },
    close: () => void infer.close(),
  };
};

/** Bare loops: `processes` of them with so many threads; frames a second of all together. */
const runBare = async (path: string, processes: number, threads: number): Promise<number> => {
  const children = Array.from({ length: processes }, (): ChildProcess =>
    fork(new URL('./bare-session.ts', import.meta.url), [
      path,
      String(threads),
      String(Math.round(framesPerRun / processes)),
    ]),
  );
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const startedMs = performance.now();
    const done = children.map((child) => once(child, 'message'));
    for (const child of children) child.send('go');
    await Promise.all(done);
    return (framesPerRun * 1000) / (performance.now() - startedMs);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
};

const compare = async (context: BenchContext, model: string, encoding: string): Promise<BenchFigure> => {
  const path = join(context.dataDir, 'onnx', `${model}.onnx`);
  const frames = await framesOf(context, encoding);
  const ours: number[] = [];
  const wide: number[] = [];
  const many: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    many.push(await runBare(path, cores, 1));
    const side = await openOurs(path, frames);
    ours.push(await side.run());
    side.close();
    wide.push(await runBare(path, 1, cores));
    context.log(
      `infer ${model} ${encoding}: ours ${ours.at(-1)?.toFixed(1)}, bare ${cores}x1 ${many.at(-1)?.toFixed(1)}, bare 1x${cores} ${wide.at(-1)?.toFixed(1)} fps`,
    );
  }
  const best = Math.max(median(many), median(wide));
  return {
    name: `infer.${model}.${encoding}`,
    value: median(ours),
    unit: 'frames/s',
    reference: best,
    ratio: median(ours) / best,
    note: `bare onnxruntime-node session.run on a prepared input, the better of ${cores} processes x 1 thread and 1 x ${cores}`,
  };
};

/** Pictures to boxes in model processes, against loops that do nothing but run the model. */
export const bench: Bench = async function* (context) {
  yield await compare(context, 'yolox_nano_416', 'rgb24');
  yield await compare(context, 'yolox_nano_416', 'jpeg');
  yield await compare(context, 'nanodet_m_416', 'rgb24');
};
