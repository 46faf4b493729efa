import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FrameRecord } from '#schemas';
import { dataFolder, play, playToEnd, startAtUs, videoPath } from './testing/player.ts';
import type { Play, Player } from './testing/player.ts';

/** Evaluation data is not part of the repository; where it lies beside it, nothing is skipped. */
const noData = !existsSync(dataFolder);
const folder = mkdtempSync(join(tmpdir(), 'decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, rest: Partial<Play> = {}): Play => ({
  source: { kind: 'file', url: videoPath(name), startAtUs },
  document: { frameWidth: 64, encoding: 'rgb24' },
  ...rest,
});
const frames = ({ records }: Player): FrameRecord[] => records.filter(({ kind }) => kind === 'frame');
const plain = (record: FrameRecord): unknown => ({
  ...record,
  frame: record.frame && {
    ...record.frame,
    decodedAtUs: 0,
    data: Buffer.from(record.frame.data).toString('base64'),
  },
});

describe.skipIf(noData)(`video files${noData ? ` (skipped: no ${dataFolder})` : ''}`, () => {
  // The header of video03.avi says 1700; FFmpeg decodes 1699 (three packets hold no picture).
  it.each([
    { name: 'TUD-Campus.mp4', count: 71, fps: 25, width: 640, height: 480 },
    { name: 'bottle-detection.mp4', count: 1189, fps: 29.8, width: 640, height: 360 },
    { name: 'car-detection.mp4', count: 377, fps: 12.5, width: 768, height: 432 },
    { name: 'one-by-one-person-detection.mp4', count: 1394, fps: 10, width: 768, height: 432 },
    { name: 'video03.avi', count: 1699, fps: 60, width: 320, height: 240 },
    { name: 'vtest_480x360.avi', count: 795, fps: 10, width: 480, height: 360 },
    { name: 'vtest_480x360.mp4', count: 795, fps: 10, width: 480, height: 360 },
  ])('$name is read to its last frame, on time', async ({ name, count, fps, width, height }) => {
    const player = await playToEnd(file(name));
    const pictures = frames(player);
    expect(pictures).toHaveLength(count);
    expect(pictures[0]).toMatchObject({ capturedAtUs: startAtUs, sequence: 0, live: false });
    expect(pictures[0]?.frame).toMatchObject({ sourceWidth: width, sourceHeight: height, width: 64 });
    const times = player.records.map(({ capturedAtUs }) => capturedAtUs);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] as number))).toBe(true);
    expect(player.records.map(({ sequence }) => sequence)).toEqual(player.records.map((_, index) => index));
    const lastUs = (pictures.at(-1)?.capturedAtUs ?? 0) - startAtUs;
    expect(Math.abs(lastUs - ((count - 1) * 1e6) / fps)).toBeLessThan(0.02 * lastUs);
    expect(player.records.filter(({ kind }) => kind === 'tick')).toHaveLength(
      Math.floor(((player.records.at(-1)?.capturedAtUs ?? 0) - startAtUs) / 1e6),
    );
    expect(player.records.at(-1)).toMatchObject({ kind: 'runEnded', ended: { reason: 'endOfFile' } });
    expect(player.statuses.at(-1)).toMatchObject({
      state: 'ended',
      message: '',
      framesIn: count,
      position: 1,
    });
    expect(player.checkpoints.at(-1)?.ended).toBe(true);
  });

  it.each([
    { name: 'one-by-one-person-detection.mp4', fps: 5 },
    { name: 'vtest_480x360.avi', fps: 10 },
    { name: 'video03.avi', fps: 7 },
    { name: 'TUD-Campus.mp4', fps: 0 },
  ])('$name goes on after any checkpoint with the very same records', async ({ name, fps }) => {
    const document = { frameWidth: 64, encoding: 'rgb24', fps } as const;
    const whole = await playToEnd(file(name, { document }));
    const expected = whole.records.map(plain);
    const marks = whole.checkpoints.filter(({ sequence }) => sequence >= 0);
    for (const share of [0, 0.37, 0.81, 1]) {
      const resume = marks[Math.floor(share * (marks.length - 2))];
      const rest = await playToEnd(
        file(name, { document, run: { runId: 'other', runEpoch: 9, ...(resume ? { resume } : {}) } }),
      );
      expect(rest.records.map(plain)).toEqual(expected.slice((resume?.sequence ?? 0) + 1));
    }
  });

  it('keeps at most the window of frames in flight until they are acknowledged', async () => {
    const player = play(file('TUD-Campus.mp4', { acknowledge: false, options: { windowFrames: 8 } }));
    await player.until('a full window', () => frames(player).length === 8);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(frames(player)).toHaveLength(8);
    await player.close();
  });

  it('gives every frame once when its process is killed again and again', async () => {
    const name = 'one-by-one-person-detection.mp4';
    const whole = await playToEnd(file(name));
    let killed = 0;
    const player = await playToEnd(
      file(name, {
        onRecord: ({ sequence }) => {
          if (sequence !== 200 && sequence !== 700) return;
          killed++;
          process.kill(childProcess(), 'SIGSEGV');
        },
      }),
    );
    expect(killed).toBe(2);
    expect(player.statuses.some(({ message }) => message.includes('SIGSEGV'))).toBe(true);
    expect(player.records.map(plain)).toEqual(whole.records.map(plain));
  });

  it('hands large raw pictures over whole, in every run the same', async () => {
    const document = { frameWidth: 0, encoding: 'rgb24', fps: 5 } as const;
    const [one, two] = await Promise.all([1, 2].map(() => playToEnd(file('TUD-Campus.mp4', { document }))));
    expect(frames(one as Player).map(({ frame }) => frame?.data.length)).toEqual(
      Array(15).fill(640 * 480 * 3),
    );
    expect((one as Player).records.map(plain)).toEqual((two as Player).records.map(plain));
  });

  it('thins by slots of capture time', async () => {
    const player = await playToEnd(
      file('vtest_480x360.mp4', { document: { frameWidth: 64, encoding: 'rgb24', fps: 2 } }),
    );
    const times = frames(player).map(({ capturedAtUs }) => capturedAtUs - startAtUs);
    expect(times).toEqual(Array.from({ length: 159 }, (_, index) => index * 500_000));
    expect(frames(player)[0]?.frame?.fps).toBe(2);
  });

  it('begins no other round before this one is acknowledged to its last frame', async () => {
    const player = play({
      source: { kind: 'file', url: videoPath('TUD-Campus.mp4'), startAtUs, loop: true },
      options: { windowFrames: 100 },
      acknowledge: false,
    });
    await player.until('the first round ends', () => player.records.some(({ ended }) => ended !== null));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(new Set(player.records.map(({ runId }) => runId)).size).toBe(1);
    expect(player.checkpoints.filter(({ sequence }) => sequence === -1)).toHaveLength(1);
    await player.close();
  });

  it('loops on one growing time line, each round a run of its own', async () => {
    const player = play(
      file('TUD-Campus.mp4', {
        source: { kind: 'file', url: videoPath('TUD-Campus.mp4'), startAtUs, loop: true },
      }),
    );
    await player.until('three rounds', () => player.records.some(({ runEpoch }) => runEpoch === 3));
    await player.close();
    const firsts = [1, 2, 3].map((epoch) => player.records.find(({ runEpoch }) => runEpoch === epoch));
    expect(firsts.map((record) => record?.runId)).toEqual(['camera-1', 'camera-2', 'camera-3']);
    expect(firsts.map((record) => record?.sequence)).toEqual([0, 0, 0]);
    expect(firsts.map((record) => (record?.capturedAtUs ?? 0) - startAtUs)).toEqual([
      0, 2_840_000, 5_680_000,
    ]);
  });

  it('paints masks before a frame leaves the process, in both encodings', async () => {
    const masks = [
      {
        maskId: 'left',
        name: 'left',
        polygon: [
          { x: 0, y: 0 },
          { x: 0.5, y: 0 },
          { x: 0.5, y: 1 },
          { x: 0, y: 1 },
        ],
      },
    ];
    const raw = await playToEnd(
      file('TUD-Campus.mp4', { document: { frameWidth: 64, encoding: 'rgb24', masks } }),
    );
    for (const { frame } of frames(raw)) {
      const rows = Array.from(
        { length: 48 },
        (_, row) => frame?.data.subarray(row * 192, row * 192 + 96) ?? [],
      );
      expect(rows.every((row) => row.every((value) => value === 0))).toBe(true);
      expect(frame?.data.some((value) => value > 0)).toBe(true);
    }
    const open = await playToEnd(file('TUD-Campus.mp4', { document: { frameWidth: 64, encoding: 'jpeg' } }));
    const masked = await playToEnd(
      file('TUD-Campus.mp4', { document: { frameWidth: 64, encoding: 'jpeg', masks } }),
    );
    const bytes = (player: Player): number =>
      frames(player).reduce((sum, { frame }) => sum + (frame?.data.length ?? 0), 0);
    expect(bytes(masked)).toBeLessThan(0.85 * bytes(open));
  });

  it.each(['vtest_480x360.avi', 'one-by-one-person-detection.mp4'])(
    'reads what there is of a cut-off %s, and says so',
    async (name) => {
      const path = join(folder, `cut-${name}`);
      const whole = readFileSync(videoPath(name));
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      const player = await playToEnd(file('', { source: { kind: 'file', url: path, startAtUs } }));
      if (frames(player).length === 0) {
        // An MP4 may have its index at the end: without it nothing can be read.
        expect(player.statuses.at(-1)).toMatchObject({ state: 'failed' });
        expect(player.statuses.at(-1)?.message).toContain('cut off before its index was written');
        return;
      }
      expect(frames(player).length).toBeGreaterThan(200);
      expect(player.records.at(-1)).toMatchObject({ kind: 'runEnded' });
      expect(player.statuses.at(-1)?.message).toMatch(/cut off or damaged: \d+ of \d+ frames/);
    },
  );
});

describe('files that cannot be played', () => {
  it.each([
    { what: 'a missing file', name: 'nowhere.mp4', bytes: null, message: 'no such file' },
    { what: 'text', name: 'notes.mp4', bytes: 'not a video at all\n'.repeat(100), message: 'not a video' },
    { what: 'an empty file', name: 'empty.mp4', bytes: '', message: 'not a video' },
  ])('$what ends with a clear error', async ({ name, bytes, message }) => {
    const path = join(folder, name);
    if (bytes !== null) writeFileSync(path, bytes);
    const player = await playToEnd(file('', { source: { kind: 'file', url: path } }));
    expect(player.statuses.at(-1)).toMatchObject({ state: 'failed' });
    expect(player.statuses.at(-1)?.message).toContain(message);
    expect(player.records).toEqual([]);
  });
});

/** The one camera process this test has started. */
const childProcess = (): number => {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const camera = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('decode/child.ts'),
  );
  if (!camera) throw new Error('no camera process');
  return camera;
};
