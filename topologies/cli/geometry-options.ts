import { validateCamera } from '#schemas';
import type { CameraDocument, CameraDocumentInput, Point } from '#schemas';
import { UsageError } from './failure.ts';

/** A line or zone as it was typed: its name and its points. */
export interface NamedPoints {
  readonly name: string;
  readonly points: readonly Point[];
}

const lineForm = 'NAME:x1,y1,x2,y2 with coordinates from 0 to 1, e.g. --line door:0.2,0.5,0.8,0.5';
const zoneForm =
  'NAME:x1,y1;x2,y2;x3,y3… with coordinates from 0 to 1, e.g. --zone till:0.1,0.4;0.5,0.4;0.5,0.9';

/** Points of `NAME:numbers`; the name may itself hold colons, coordinates never do. */
const parse = (option: string, form: string, text: string): NamedPoints => {
  const colon = text.lastIndexOf(':');
  const name = text.slice(0, Math.max(0, colon)).trim();
  const numbers = text
    .slice(colon + 1)
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number);
  const fail = (problem: string): UsageError =>
    new UsageError(`${option} "${text}": ${problem}. Write ${form}`);
  if (name === '') throw fail('it has no name');
  if (numbers.some((value) => !Number.isFinite(value))) throw fail('a coordinate is not a number');
  if (numbers.length % 2 === 1) throw fail('a coordinate is missing: they come in pairs');
  const points: Point[] = [];
  for (let index = 0; index < numbers.length; index += 2)
    points.push({ x: numbers[index] as number, y: numbers[index + 1] as number });
  return { name, points };
};

/** Commander's collector for a repeatable `--line`. Throws UsageError. */
export const collectLine = (text: string, before: readonly NamedPoints[] = []): NamedPoints[] => {
  const line = parse('--line', lineForm, text);
  if (line.points.length !== 2)
    throw new UsageError(
      `--line "${text}": a line has two points, here are ${line.points.length}. Write ${lineForm}`,
    );
  return [...before, line];
};

/** Commander's collector for a repeatable `--zone`. How many points a zone needs is the validator's to say. */
export const collectZone = (text: string, before: readonly NamedPoints[] = []): NamedPoints[] => [
  ...before,
  parse('--zone', zoneForm, text),
];

/** A number of at least `least`, for options such as --fps and --grace-ms. Throws UsageError. */
export const parseNumber =
  (option: string, least: number, isWhole = false) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const isFine = Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value));
    if (isFine) return value;
    const kind = isWhole ? 'a whole number' : 'a number';
    throw new UsageError(`${option} "${text}": must be ${kind} of at least ${least}`);
  };

/** `1920x1080`. Throws UsageError. */
export const parseSize = (text: string): { width: number; height: number } => {
  const match = /^(\d+)[xX×](\d+)$/.exec(text.trim());
  const [width, height] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (width > 0 && height > 0) return { width, height };
  throw new UsageError(`--size "${text}": write the picture's pixels as WIDTHxHEIGHT, e.g. --size 1920x1080`);
};

/** What every line or zone of the command shares; left out: the defaults of schemas/defaults.ts. */
export interface GeometrySettings {
  readonly hysteresis?: number | undefined;
  readonly confirmMs?: number | undefined;
  readonly observationsMin?: number | undefined;
  readonly enterMs?: number | undefined;
  readonly graceMs?: number | undefined;
}

/** Keeps only the settings that were given, so that the validator fills in the others. */
const given = <T extends object>(settings: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as never;

/** The option behind each setting of a line or zone, for messages about it. */
const optionOf: Readonly<Record<string, string>> = {
  hysteresis: '--hysteresis',
  confirmMs: '--confirm-ms',
  enterMs: '--confirm-ms',
  graceMs: '--grace-ms',
};

/** `--line door` instead of `lines.0.a.x`, so that the message names what was typed. */
const inWordsOfTheOptions = (
  problem: string,
  lines: readonly NamedPoints[],
  zones: readonly NamedPoints[],
): string =>
  problem.replace(
    /^(lines|zones)(?:\.(\d+))?(?:\.([\w.]+))?(?=:)/,
    (_path, kind: string, index?: string, field = '') => {
      const option = kind === 'lines' ? '--line' : '--zone';
      const name = (kind === 'lines' ? lines : zones)[Number(index)]?.name;
      return optionOf[field] ?? (name === undefined ? option : `${option} ${name}`);
    },
  );

const refuseEqualNames = (option: string, items: readonly NamedPoints[]): void => {
  const twice = items.find((item, index) => items.findIndex(({ name }) => name === item.name) !== index);
  if (twice) throw new UsageError(`${option} ${twice.name}: the name is used twice; give each its own`);
};

/**
 * The camera document of a command without a database: made of the options, checked by the one validator.
 * Throws UsageError with every problem in the words of the options.
 */
export const documentOfOptions = (
  camera: Omit<CameraDocumentInput, 'lines' | 'zones'>,
  lines: readonly NamedPoints[],
  zones: readonly NamedPoints[],
  settings: GeometrySettings = {},
): CameraDocument => {
  refuseEqualNames('--line', lines);
  refuseEqualNames('--zone', zones);
  const { hysteresis, confirmMs, observationsMin, enterMs, graceMs } = settings;
  const validated = validateCamera({
    ...camera,
    lines: lines.map(({ name, points: [a, b] }, index) => ({
      lineId: `line-${index + 1}`,
      name,
      a,
      b,
      ...given({ hysteresis, confirmMs, observationsMin }),
    })),
    zones: zones.map(({ name, points }, index) => ({
      zoneId: `zone-${index + 1}`,
      name,
      polygon: points,
      ...given({ enterMs, graceMs }),
    })),
  });
  if (validated.ok) return validated.value;
  const problems = validated.problems.map((problem) => inWordsOfTheOptions(problem, lines, zones));
  throw new UsageError([...new Set(problems)].join('\n'));
};
