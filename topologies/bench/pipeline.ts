import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { probeModel } from '#processors/infer';
import { nowUs } from '#runtime';
import { modelIdOf, validateCamera } from '#schemas';
import type { DetectionRecord, ModelManifest } from '#schemas';
import { runInMemory } from '../memory-pipeline.ts';
import type { Bench, BenchContext } from './bench.ts';
import { median, percentile } from './bench.ts';

/**
 * A file from its packets to its counts: ours (decode, infer, track, dwell in memory) beside
 * PyAV → ONNX Runtime → ByteTrack → LineZone, on the first 400 frames of one clip with one model.
 */
const framesCounted = 400;

interface Figures {
  readonly framesPerSecond: number;
  readonly p95Ms: number;
}

type Mode = { readonly windowFrames: number; readonly processes: number; readonly threads: number };
/** Batch: as many frames in flight as keep both cores busy. Latency: one frame at a time, both cores on it. */
const batch: Mode = { windowFrames: 16, processes: 2, threads: 1 };
const latency: Mode = { windowFrames: 1, processes: 1, threads: 2 };

const runOurs = async (
  video: string,
  model: { path: string; manifest: ModelManifest },
  mode: Mode,
): Promise<Figures> => {
  const validated = validateCamera({
    cameraId: 'bench',
    siteId: 'bench',
    name: 'bench',
    source: { kind: 'file', url: video, startAtUs: 0 },
    encoding: 'rgb24',
    modelId: modelIdOf(model.manifest),
    lines: [{ lineId: 'mid', name: 'mid', a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } }],
  });
  if (!validated.ok) throw new Error(validated.problems.join('; '));
  const stop = new AbortController();
  const doneAtUs: number[] = [];
  const delaysMs: number[] = [];
  await runInMemory({
    document: validated.value,
    models: () => Promise.resolve(model),
    ...mode,
    signal: stop.signal,
    onOutput: () => undefined,
    onDetections(record: DetectionRecord) {
      if (!record.frame) return;
      const atUs = nowUs();
      doneAtUs.push(atUs);
      delaysMs.push((atUs - record.frame.stamps.decodedAtUs) / 1000);
      if (doneAtUs.length === framesCounted) stop.abort();
    },
  });
  const spentUs = (doneAtUs.at(-1) ?? 0) - (doneAtUs[0] ?? 0);
  return { framesPerSecond: ((doneAtUs.length - 1) * 1e6) / spentUs, p95Ms: percentile(delaysMs, 0.95) };
};

const execute = promisify(execFile);

const runPeer = async (context: BenchContext, video: string, model: string): Promise<Figures | string> => {
  const program = join(context.peersDir, 'python_pipeline.py');
  if (!existsSync(program)) return `${program} is not there`;
  try {
    const { stdout } = await execute(context.python, [program, video, model], { maxBuffer: 1 << 20 });
    const figures = JSON.parse(stdout) as { e2e_fps: number; p95_ms: number };
    return { framesPerSecond: figures.e2e_fps, p95Ms: figures.p95_ms };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').filter(Boolean).at(-1) : String(error);
    return `the Python side does not run: ${reason}`;
  }
};

export const bench: Bench = async function* (context) {
  const video = join(context.dataDir, 'video/one-by-one-person-detection.mp4');
  const path = join(context.dataDir, 'onnx/yolox_nano_416.onnx');
  const model = { path, manifest: await probeModel(path) };
  const ours: { batch: Figures[]; latency: Figures[] } = { batch: [], latency: [] };
  const peer: Figures[] = [];
  let note = 'python_pipeline.py on the same clip, model and frames, alternating';
  for (let round = 1; round <= context.rounds; round++) {
    context.log(`pipeline: round ${round} of ${context.rounds}`);
    ours.batch.push(await runOurs(video, model, batch));
    const figures = await runPeer(context, video, path);
    if (typeof figures === 'string') note = figures;
    else peer.push(figures);
    ours.latency.push(await runOurs(video, model, latency));
  }
  const figure = (name: string, unit: string, values: number[], references: number[]) => {
    const value = median(values);
    const reference = references.length > 0 ? median(references) : null;
    return { name, value, unit, reference, ratio: reference === null ? null : value / reference, note };
  };
  const rates = (list: readonly Figures[]): number[] => list.map(({ framesPerSecond }) => framesPerSecond);
  const p95s = (list: readonly Figures[]): number[] => list.map(({ p95Ms }) => p95Ms);
  yield figure('pipeline.batch', 'frames/s', rates(ours.batch), rates(peer));
  yield figure('pipeline.latency.p95', 'ms', p95s(ours.latency), p95s(peer));
};
