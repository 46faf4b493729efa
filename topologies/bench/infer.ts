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

/**
 * A machine's speed changes from second to second: the sides take turns in short bursts, all of them loaded and
 * warm, and the medians of their bursts count.
 */
const framesPerBurst = 48;
const burstsPerRound = 5;
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
  return frames.slice(0, framesPerBurst);
};

/** One side of the comparison, loaded and warm. */
interface Side {
  /** Judges one burst; frames a second. */
  burst(): Promise<number>;
  close(): void;
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return (framesPerBurst * 1000) / (performance.now() - startedMs);
};

const openOurs = async (path: string, frames: readonly FrameRecord[]): Promise<Side> => {
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
  return { burst: () => timed(() => judge(framesPerBurst)), close: () => void infer.close() };
};

/** Bare loops: so many processes with so many threads each. */
const openBare = async (path: string, processes: number, threads: number): Promise<Side> => {
  const children = Array.from({ length: processes }, (): ChildProcess =>
    fork(new URL('./bare-session.ts', import.meta.url), [path, String(threads)]),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const run = async (child: ChildProcess): Promise<void> => {
    const done = once(child, 'message');
    child.send(framesPerBurst / processes);
    await done;
  };
  return {
    burst: () => timed(() => Promise.all(children.map(run))),
    close() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
};

const compare = async (context: BenchContext, model: string, encoding: string): Promise<BenchFigure> => {
  const path = join(context.dataDir, 'onnx', `${model}.onnx`);
  const frames = await framesOf(context, encoding);
  const sides = [
    await openBare(path, cores, 1),
    await openOurs(path, frames),
    await openBare(path, 1, cores),
  ] as const;
  const speeds: [number[], number[], number[]] = [[], [], []];
  try {
    for (let burst = 0; burst < context.rounds * burstsPerRound; burst++)
      for (const [index, side] of sides.entries()) speeds[index]?.push(await side.burst());
  } finally {
    for (const side of sides) side.close();
  }
  const [many, ours, wide] = speeds.map(median) as [number, number, number];
  context.log(
    `infer ${model} ${encoding}: ours ${ours.toFixed(1)}, bare ${cores}x1 ${many.toFixed(1)}, bare 1x${cores} ${wide.toFixed(1)} fps`,
  );
  const best = Math.max(many, wide);
  return {
    name: `infer.${model}.${encoding}`,
    value: ours,
    unit: 'frames/s',
    reference: best,
    ratio: ours / best,
    note: `bare onnxruntime-node session.run on a prepared input, the better of ${cores} processes x 1 thread and 1 x ${cores}`,
  };
};

/** Pictures to boxes in model processes, against loops that do nothing but run the model. */
export const bench: Bench = async function* (context) {
  yield await compare(context, 'yolox_nano_416', 'rgb24');
  yield await compare(context, 'yolox_nano_416', 'jpeg');
  yield await compare(context, 'nanodet_m_416', 'rgb24');
};
