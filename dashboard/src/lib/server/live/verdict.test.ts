import { describe, expect, it } from 'vitest';
import type { CameraStatus } from '#schemas';
import { judge, outagesOf, silenceAfterUs } from './verdict.ts';
import type { Heard, VerdictInput } from './verdict.ts';

const second = 1_000_000;
const nowUs = 1_000 * second;
const status = (state: string, message = ''): CameraStatus => ({
  cameraId: 'door',
  reporter: 'decode',
  reportedAtUs: nowUs,
  state,
  stateSinceUs: nowUs - 60 * second,
  message,
  fpsIn: 10,
  fpsOut: 10,
  framesIn: 1,
  framesOut: 1,
  drops: {},
  reconnects: 0,
  latencyMs: 1,
  codec: 'h264',
  width: 4,
  height: 4,
  runId: 'run',
  runEpoch: 1,
  position: -1,
  device: '',
  configVersion: 1,
});
const heard: Heard = {
  decodeAtUs: nowUs - second,
  inferAtUs: nowUs - second,
  tracksAtUs: nowUs - second,
  brokerAtUs: nowUs,
  listeningSinceUs: nowUs - 600 * second,
};
const input = (over: Partial<VerdictInput> = {}): VerdictInput => ({
  enabled: true,
  hasModel: true,
  status: status('online'),
  heard,
  nowUs,
  ...over,
});
const longAgo = nowUs - silenceAfterUs - second;

describe('what is said of a camera', () => {
  it.each([
    ['online', 'live'],
    ['connecting', 'connecting'],
    ['stalled', 'offline'],
    ['unreachable', 'offline'],
    ['authFailed', 'offline'],
    ['failed', 'offline'],
    ['somethingNew', 'offline'],
    ['ended', 'ended'],
    ['disabled', 'paused'],
  ])('decode says %s, the page says %s', (state, said) => {
    expect(judge(input({ status: status(state) })).state).toBe(said);
  });

  it('says since when and what to do when it is offline', () => {
    expect(judge(input({ status: status('unreachable', 'no answer') }))).toEqual({
      state: 'offline',
      headline: 'Offline',
      detail: 'no answer',
      advice: 'Check power and network of the camera; it is tried again by itself.',
      sinceUs: nowUs - 60 * second,
    });
  });

  it('does not believe an old report', () => {
    expect(judge(input({ heard: { ...heard, decodeAtUs: longAgo } }))).toMatchObject({
      state: 'stale',
      sinceUs: longAgo,
    });
  });

  it('believes an old report that it is over', () => {
    const old = { ...heard, decodeAtUs: longAgo };
    expect(judge(input({ heard: old, status: status('ended') })).state).toBe('ended');
  });

  it('waits a moment for the first report, then says that nobody answers', () => {
    const none = { status: undefined };
    const fresh = { ...heard, decodeAtUs: undefined, listeningSinceUs: nowUs - second };
    expect(judge(input({ ...none, heard: fresh })).state).toBe('waiting');
    expect(judge(input({ ...none, heard: { ...fresh, listeningSinceUs: longAgo } })).state).toBe('stale');
  });

  it('calls a camera paused whatever its last report was', () => {
    expect(judge(input({ enabled: false })).state).toBe('paused');
  });
});

describe('what of the path is down', () => {
  it.each<[string, Partial<Heard>, string[]]>([
    ['nothing', {}, []],
    ['track says nothing', { tracksAtUs: longAgo }, ['counting']],
    ['infer says nothing either', { tracksAtUs: longAgo, inferAtUs: longAgo }, ['detection']],
    ['the broker says nothing', { brokerAtUs: longAgo, tracksAtUs: longAgo }, ['kafka']],
  ])('%s', (_, over, parts) => {
    expect(outagesOf(input({ heard: { ...heard, ...over } })).map(({ part }) => part)).toEqual(parts);
  });

  it('blames nobody while a camera has just come online', () => {
    const fresh = { ...status('online'), stateSinceUs: nowUs - second };
    expect(outagesOf(input({ status: fresh, heard: { ...heard, tracksAtUs: undefined } }))).toEqual([]);
  });

  it('expects no counting without a model, nor while the camera is away', () => {
    const silent = { ...heard, tracksAtUs: longAgo };
    expect(outagesOf(input({ heard: silent, hasModel: false }))).toEqual([]);
    expect(outagesOf(input({ heard: silent, status: status('unreachable') }))).toEqual([]);
  });
});
