import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Summary } from './summary.ts';
import { runCommand } from '../testing/installation.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');
const clip = join(data, 'video/TUD-Campus.mp4');
const yolox = join(data, 'onnx/yolox_nano_416.onnx');
const line = ['--line', 'mid:0.5,0,0.5,1'];
const folder = mkdtempSync(join(tmpdir(), 'sightline-analyze-'));
const file = (name: string, bytes: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(existsSync(data))('analyze', () => {
  it('prints one JSON object and writes every event', async () => {
    const events = join(folder, 'events.jsonl');
    const options = [
      '--model',
      yolox,
      ...line,
      '--zone',
      'floor:0,0.5;1,0.5;1,1;0,1',
      '--json',
      '--events',
      events,
    ];
    const { code, stdout, stderr } = await runCommand('analyze', clip, ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const summary = JSON.parse(stdout) as Summary;
    expect(summary).toMatchObject({ frames: 71, fps: 25, durationMs: 2840 });
    const written = readFileSync(events, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { topic: string; direction?: string; phase?: string });
    const mid = summary.lines['mid'];
    expect(written.filter(({ topic }) => topic === 'crossings').length).toBe(
      (mid?.in ?? 0) + (mid?.out ?? 0),
    );
    expect(written.filter(({ phase }) => phase === 'left').length).toBe(summary.zones['floor']?.visits);
    expect(summary.zones['floor']?.visits).toBeGreaterThan(0);
  });

  it('gives the same bytes twice', async () => {
    const run = () => runCommand('analyze', clip, '--model', yolox, ...line, '--json', '--fps', '10');
    expect((await run()).stdout).toBe((await run()).stdout);
  });

  it('counts what a truncated video still has and says that it is truncated', async () => {
    const whole = readFileSync(join(data, 'video/vtest_480x360.avi'));
    const cut = file('cut.avi', whole.subarray(0, whole.length >> 3));
    const { code, stdout, stderr } = await runCommand(
      'analyze',
      cut,
      '--model',
      yolox,
      ...line,
      '--json',
      '--fps',
      '2',
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Summary).frames).toBeGreaterThan(5);
    expect(stderr).toMatch(/cut off/);
  });

  const wrong: [string, () => string[], number, RegExp][] = [
    ['a missing video', () => ['nowhere.mp4', '--model', yolox, ...line], 2, /nowhere\.mp4 does not exist/],
    ['a missing model', () => [clip, '--model', 'none.onnx', ...line], 2, /none\.onnx does not exist/],
    [
      'something that is no video',
      () => [file('text.mp4', 'hello '.repeat(999)), '--model', yolox, ...line],
      1,
      /text\.mp4/,
    ],
    ['a corrupt model', () => [clip, '--model', file('broken.onnx', 'no model'), ...line], 2, /broken\.onnx/],
    [
      'a model of another layout',
      () => [clip, '--model', yolox, '--model-type', 'nanodet', ...line],
      2,
      /nanodet/,
    ],
    [
      'a zone with two points',
      () => [clip, '--model', yolox, '--zone', 'till:0.1,0.1;0.9,0.9'],
      2,
      /at least three points/,
    ],
    ['a line in pixels', () => [clip, '--model', yolox, '--line', 'door:10,20,300,400'], 2, /not pixels/],
    [
      'an instant that is none',
      () => [clip, '--model', yolox, ...line, '--start', 'yesterday'],
      2,
      /--start yesterday/,
    ],
    ['no model at all', () => [clip], 2, /--model/],
  ];
  it.each(wrong)('refuses %s and says what to do', async (_what, args, exitCode, message) => {
    const { code, stdout, stderr } = await runCommand('analyze', ...args());
    expect({ code, stdout }, stderr).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('reads a folder of pictures in the order of their names', async () => {
    const pictures = join(data, 'defects/bsdata');
    const { code, stderr } = await runCommand(
      'analyze',
      pictures,
      '--model',
      yolox,
      '--zone',
      'all:0,0;1,0;1,1;0,1',
      '--json',
    );
    expect(code, stderr).toBe(0);
  });
});

describe('the command line', () => {
  it.each(['analyze', 'track', 'count', 'camera add', 'describe', 'run', 'migrate'])(
    '%s --help has examples',
    async (name) => {
      const { code, stdout } = await runCommand(...name.split(' '), '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?:/);
    },
  );

  it('an unknown command exits with 2', async () => {
    expect((await runCommand('fly')).code).toBe(2);
  });
});
