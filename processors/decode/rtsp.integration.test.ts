import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { play } from './testing/player.ts';
import type { Player } from './testing/player.ts';
import { freePort, rtspMissing, startRtspServer } from './testing/rtsp-server.ts';

const missing = rtspMissing();
const closers: (() => unknown)[] = [];
const serve = async (port: number, options: string[] = []): Promise<ChildProcess> => {
  const server = await startRtspServer(port, options);
  closers.push(() => server.kill('SIGKILL'));
  return server;
};
const watch = (port: number, rest: { credentials?: string; fps?: number } = {}): Player => {
  const url = `rtsp://127.0.0.1:${port}/camera`;
  const player = play({
    source: { kind: 'rtsp', url, connectTimeoutMs: 3000, stallTimeoutMs: 1500 },
    document: { fps: rest.fps ?? 0 },
    ...(rest.credentials ? { credentials: rest.credentials } : {}),
  });
  closers.push(() => player.close());
  return player;
};
const states = (player: Player): string[] => [...new Set(player.statuses.map(({ state }) => state))];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe.skipIf(missing !== '')(`RTSP cameras${missing && ` (skipped: ${missing})`}`, () => {
  it('gives live frames and ticks whose capture time grows close to the clock', async () => {
    const port = await freePort();
    await serve(port);
    const player = watch(port);
    await player.until(
      'three seconds',
      () => player.records.filter(({ kind }) => kind === 'tick').length >= 3,
    );
    const times = player.records.map(({ capturedAtUs }) => capturedAtUs);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] as number))).toBe(true);
    expect(player.records.every(({ live, runEpoch }) => live && runEpoch === 1)).toBe(true);
    expect(player.records.map(({ sequence }) => sequence)).toEqual(player.records.map((_, index) => index));
    const frame = player.records.findLast(({ kind }) => kind === 'frame')?.frame;
    expect(frame).toMatchObject({ encoding: 'jpeg', width: 320, height: 240, fps: 10 });
    expect(states(player)).toEqual(['connecting', 'online']);
  });

  it('heals when the camera goes away and comes back, as a new run', async () => {
    const port = await freePort();
    const first = await serve(port);
    const player = watch(port);
    await player.until('frames', () => player.records.length > 5);
    first.kill('SIGKILL');
    await player.until('the end of the run', () => player.records.at(-1)?.kind === 'runEnded');
    expect(player.records.at(-1)?.ended).toEqual({ reason: 'stalled' });
    await player.until('an unreachable camera', () => player.statuses.at(-1)?.state === 'unreachable');
    await serve(port);
    await player.until('the next run', () => player.records.some(({ runEpoch }) => runEpoch === 2));
    const [again] = player.records.filter(({ runEpoch }) => runEpoch === 2);
    expect(again).toMatchObject({ runId: 'camera-2', sequence: 0, kind: 'frame' });
    await player.until('online', () => player.statuses.at(-1)?.state === 'online');
    expect(player.statuses.at(-1)?.reconnects).toBeGreaterThan(0);
    expect(player.checkpoints.map(({ runEpoch }) => runEpoch)).toEqual([1, 2]);
  });

  it('notices a frozen camera by its missing pictures', async () => {
    const port = await freePort();
    const server = await serve(port);
    const player = watch(port);
    await player.until('frames', () => player.records.length > 5);
    server.kill('SIGSTOP');
    await player.until('the end of the run', () => player.records.at(-1)?.kind === 'runEnded');
    const kinds = player.records.slice(-2).map(({ kind }) => kind);
    expect(kinds).toEqual(['tick', 'runEnded']);
    server.kill('SIGCONT');
    await player.until('the next run', () => player.records.some(({ runEpoch }) => runEpoch === 2));
  });

  it('says that the password is wrong, and shows it to nobody', async () => {
    const port = await freePort();
    await serve(port, ['--user', 'viewer', '--password', 'right']);
    const player = watch(port, { credentials: 'viewer:wr0ng@:/' });
    await player.until('a refusal', () => player.statuses.at(-1)?.state === 'authFailed');
    expect(JSON.stringify(player.statuses)).not.toContain('wr0ng');
    const right = watch(port, { credentials: 'viewer:right' });
    await right.until('frames', () => right.records.length > 3);
  });

  it('says that a host is unreachable, or accepts and never answers', async () => {
    const closed = watch(await freePort());
    await closed.until('unreachable', () => closed.statuses.at(-1)?.state === 'unreachable');
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    closers.push(() => mute.close());
    const address = mute.address();
    const waiting = watch(typeof address === 'object' && address ? address.port : 0);
    await waiting.until('no answer', () => waiting.statuses.at(-1)?.state === 'unreachable');
    expect(waiting.statuses.at(-1)?.message).toContain('no answer in time');
  });

  it('thins to the rate asked for', async () => {
    const port = await freePort();
    await serve(port);
    const player = watch(port, { fps: 2 });
    const frames = (): number => player.records.filter(({ kind }) => kind === 'frame').length;
    await player.until('five frames', () => frames() >= 5);
    const last = player.records.at(-1)?.capturedAtUs ?? 0;
    expect(frames() / ((last - (player.records[0]?.capturedAtUs ?? 0)) / 1e6)).toBeLessThan(3);
  });
});
