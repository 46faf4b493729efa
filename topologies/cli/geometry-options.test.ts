import { expect, test } from 'vitest';
import { UsageError } from './failure.ts';
import { collectLine, collectZone, documentOfOptions, parseNumber, parseSize } from './geometry-options.ts';

const camera = {
  cameraId: 'file',
  siteId: 'file',
  name: 'file',
  source: { kind: 'file', url: 'x' },
} as const;

test('a line is its name and two points', () => {
  expect(collectLine('door:0.1,0.2,0.3,0.4')).toEqual([
    {
      name: 'door',
      points: [
        { x: 0.1, y: 0.2 },
        { x: 0.3, y: 0.4 },
      ],
    },
  ]);
});

test('a name may hold colons and blanks', () => {
  expect(collectLine('door: left:0,0,1,1')[0]?.name).toBe('door: left');
});

test('what was given before is kept', () => {
  expect(collectZone('b:0,0;1,0;1,1', collectZone('a:0,0;1,0;1,1')).map(({ name }) => name)).toEqual([
    'a',
    'b',
  ]);
});

test.each([
  [() => collectLine('0.1,0.2,0.3,0.4'), /has no name/],
  [() => collectLine('door:0.1,0.2,0.3'), /come in pairs/],
  [() => collectLine('door:0.1,0.2,0.3,0.4,0.5,0.6'), /has two points, here are 3/],
  [() => collectLine('door:0.1,abc,0.3,0.4'), /not a number/],
  [() => parseSize('1920'), /WIDTHxHEIGHT/],
  [() => parseSize('0x10'), /WIDTHxHEIGHT/],
  [() => parseNumber('--fps', 0.001)('0'), /--fps "0": must be a number of at least 0.001/],
  [() => parseNumber('--grace-ms', 0, true)('1.5'), /whole number/],
  [() => parseNumber('--fps', 1)(''), /must be a number/],
  [
    () => documentOfOptions(camera, [], collectZone('till:0,0;1,1')),
    /--zone till: a zone needs at least three points/,
  ],
  [
    () => documentOfOptions(camera, collectLine('door:0,0,700,1'), []),
    /--line door: x must be at most 1: .* not pixels/,
  ],
  [() => documentOfOptions(camera, collectLine('door:0,0,0,0'), []), /--line door: the line has no length/],
  [() => documentOfOptions(camera, [], collectZone('x:0,0;1,1;1,0;0,1')), /--zone x: the sides cross/],
  [
    () => documentOfOptions(camera, collectLine('a:0,0,1,1', collectLine('a:0,0,1,0')), []),
    /name is used twice/,
  ],
  [
    () => documentOfOptions(camera, collectLine('a:0,0,1,1'), [], { hysteresis: 2 }),
    /^--hysteresis: .*0\.5$/,
  ],
] as const)('refuses bad geometry %#', (act, message) => {
  expect(act).toThrow(UsageError);
  expect(act).toThrow(message);
});

test('settings that are not given are the defaults', () => {
  const { lines, zones } = documentOfOptions(camera, collectLine('l:0,0,1,1'), collectZone('z:0,0;1,0;1,1'), {
    graceMs: 0,
  });
  expect(lines[0]).toMatchObject({ hysteresis: 0.01, confirmMs: 200, observationsMin: 2 });
  expect(zones[0]).toMatchObject({ graceMs: 0, enterMs: 200 });
});
