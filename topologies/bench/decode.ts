import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { validateCamera } from '#schemas';
import { createDecode } from '#processors/decode';
import type { Bench, BenchContext, BenchFigure } from './bench.ts';
import { median } from './bench.ts';

/** The clip is played this often in a row, so that starting a process does not decide. */
const loops = 4;
const metadata = { topic: '', partition: 0, offset: 0, appendedAtUs: 0 };

interface Job {
  readonly name: string;
  readonly url: string;
  readonly encoding: 'jpeg' | 'rgb24';
  readonly width: number;
  readonly height: number;
}

/** Frames a second from `play` to the last frame of the last loop, all of them handed over. */
const runOurs = async ({ url, encoding, width }: Job): Promise<number> => {
  const checked = validateCamera({
    cameraId: 'bench',
    siteId: 'bench',
    name: 'bench',
    source: { kind: 'file', url, startAtUs: 1, loop: true },
    frameWidth: width,
    encoding,
  });
  if (!checked.ok) throw new Error(checked.problems.join('; '));
  const decode = createDecode();
  const startedMs = performance.now();
  let frames = 0;
  await new Promise<void>((resolve) => {
    void decode.init({
      camera: () => undefined,
      forward(stream, value) {
        if (stream !== 'frames' || !('sequence' in value) || !('frame' in value)) return;
        const { cameraId, runId, sequence, kind, runEpoch } = value;
        if (kind === 'frame') frames++;
        void decode.process({ kind: 'acknowledge', cameraId, runId, sequence }, metadata);
        if (kind === 'runEnded' && runEpoch === loops) resolve();
      },
    });
    const run = { runId: 'bench-1', runEpoch: 1 };
    void decode.process(
      { kind: 'play', document: checked.value, credentials: null, configVersion: 1, run },
      metadata,
    );
  });
  const fps = (frames * 1000) / (performance.now() - startedMs);
  await decode.close();
  return fps;
};

/** The same work by the ffmpeg program, its output read from a pipe. */
const runFfmpeg = async ({ url, encoding, width, height }: Job, frames: number): Promise<number> => {
  const scale = `scale=${width}:${height}:flags=bilinear`;
  const output =
    encoding === 'jpeg'
      ? [
          '-vf',
          `${scale}:out_range=full,format=yuvj420p`,
          '-c:v',
          'mjpeg',
          '-q:v',
          '6',
          '-f',
          'mjpeg',
          'pipe:1',
        ]
      : ['-vf', `${scale},format=rgb24`, '-f', 'rawvideo', 'pipe:1'];
  const startedMs = performance.now();
  const child = spawn(
    'ffmpeg',
    ['-nostdin', '-loglevel', 'error', '-stream_loop', String(loops - 1), '-i', url, '-an', ...output],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  child.stdout.resume();
  await once(child, 'close');
  return (frames * 1000) / (performance.now() - startedMs);
};

const compare = async (context: BenchContext, job: Job, framesInClip: number): Promise<BenchFigure> => {
  const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    ours.push(await runOurs(job));
    if (hasFfmpeg) theirs.push(await runFfmpeg(job, framesInClip * loops));
    context.log(
      `${job.name}: ours ${ours.at(-1)?.toFixed(0)}, ffmpeg ${theirs.at(-1)?.toFixed(0) ?? '-'} fps`,
    );
  }
  const reference = hasFfmpeg ? median(theirs) : null;
  return {
    name: job.name,
    value: median(ours),
    unit: 'frames/s',
    reference,
    ratio: reference && median(ours) / reference,
    note: hasFfmpeg
      ? 'ffmpeg program: decode, scale, encode, through a pipe'
      : 'no ffmpeg program on this machine (apt-get install ffmpeg)',
  };
};

/** Files decoded, scaled, encoded and handed over, against the ffmpeg program doing the same. */
export const bench: Bench = async function* (context) {
  const url = join(context.dataDir, 'video/one-by-one-person-detection.mp4');
  const clip = { url, width: 416, height: 234 };
  yield await compare(context, { ...clip, name: 'decode.jpeg.416', encoding: 'jpeg' }, 1394);
  yield await compare(context, { ...clip, name: 'decode.rgb24.416', encoding: 'rgb24' }, 1394);
  const full = { url, width: 768, height: 432 };
  yield await compare(context, { ...full, name: 'decode.jpeg.768', encoding: 'jpeg' }, 1394);
};
