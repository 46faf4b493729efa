import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anchorOf, insidePolygon } from './geometry.ts';
import { crossingsOf, documentOf, frameOf, createBench } from './testing.ts';

/** Cases of supervision's LineZone and PolygonZone, through our processor. Directions are swapped (DESIGN.md §5). */
const folder = join(import.meta.dirname, '../../../shared/data/reference');
const hasData = existsSync(folder);
const read = (name: string): unknown => (hasData ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : {});

interface LineCase {
  vector: { start: { 0: number; 1: number }; end: { 0: number; 1: number } };
  xyxy_sequence: (number[] | number[][])[];
  anchors?: string[];
  triggering_anchors?: string[];
  minimum_crossing_threshold?: number;
  expected_crossed_in: (boolean | boolean[])[];
  expected_crossed_out: (boolean | boolean[])[];
}

/** BOTTOM_CENTER → bottomCenter. */
const anchorName = (name: string): string =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The cases draw around (0, 0); a picture of 200 × 200 around it holds them all. */
const share = (value: number): number => (value + 100) / 200;

const boxesOf = (entry: number[] | number[][]): number[][] =>
  (Array.isArray(entry[0]) ? entry : [entry]) as number[][];
const flagsOf = (entry: boolean | boolean[]): boolean[] => (Array.isArray(entry) ? entry : [entry]);

/** One of our crossings a frame and box, or none: [in, out] in supervision's words. */
const crossedBy = ({ vector, xyxy_sequence, ...settings }: LineCase): [boolean[][], boolean[][]] => {
  const anchors = settings.anchors ?? settings.triggering_anchors ?? [];
  const point = (of: { 0: number; 1: number }) => ({ x: share(of[0]), y: share(of[1]) });
  const document = documentOf(
    [
      {
        lineId: 'line',
        a: point(vector.start),
        b: point(vector.end),
        triggeringAnchor: anchors.length === 1 ? anchorName(anchors[0] as string) : 'bottomCenter',
        observationsMin: settings.minimum_crossing_threshold ?? 1,
      },
    ],
    [],
  );
  const bench = createBench(() => ({ version: 1, document }));
  const frames = xyxy_sequence.map((entry, index) => {
    const boxes = boxesOf(entry);
    const tracks = boxes.map(([x1 = 0, y1 = 0, x2 = 0, y2 = 0], id) => ({
      trackId: String(id),
      state: 'confirmed',
      x1: Math.fround(share(x1)),
      y1: Math.fround(share(y1)),
      x2: Math.fround(share(x2)),
      y2: Math.fround(share(y2)),
      confidence: 1,
      classId: 0,
      className: 'person',
      firstSeenAtUs: 0,
    }));
    const crossings = crossingsOf(bench.process(frameOf(index * 100, tracks)));
    const has = (direction: string) =>
      boxes.map((_, id) =>
        crossings.some((event) => event.trackId === String(id) && event.direction === direction),
      );
    return { in: has('out'), out: has('in') };
  });
  return [frames.map((frame) => frame.in), frames.map((frame) => frame.out)];
};

const corners =
  'needs all of several anchors to cross; here one anchor decides, the bottom centre by default';
const strip =
  'wants both ends of the step in the strip beside the segment; here the path must meet the segment';
/** The cases whose meaning differs by decision. */
const different: Readonly<Record<string, string>> = {
  'test_line_zone_one_detection 0': corners,
  'test_line_zone_one_detection 4': corners,
  'test_line_zone_one_detection_default_anchors 11': strip,
  'test_line_zone_one_detection_default_anchors 12': strip,
  'test_line_zone_one_detection_default_anchors 13': strip,
  'test_line_zone_one_detection_default_anchors 14': strip,
};

const reference = read('linezone_vectors.json') as { cases?: Record<string, LineCase[]> };
const lineCases = Object.entries(reference.cases ?? {}).flatMap(([name, cases]) =>
  cases.map((lineCase, index) => [`${name} ${index}`, lineCase] as const),
);

const agrees = (lineCase: LineCase): boolean => {
  const [foundIn, foundOut] = crossedBy(lineCase);
  return (
    JSON.stringify(foundIn) === JSON.stringify(lineCase.expected_crossed_in.map(flagsOf)) &&
    JSON.stringify(foundOut) === JSON.stringify(lineCase.expected_crossed_out.map(flagsOf))
  );
};

test.runIf(hasData)('line cases agree but for exactly the listed ones', () => {
  expect(lineCases).toHaveLength(34);
  const differing = lineCases.filter(([, lineCase]) => !agrees(lineCase)).map(([name]) => name);
  expect(differing).toEqual(Object.keys(different));
});

interface PolygonCase {
  polygon: [number, number][];
  anchors: string[];
  xyxy: number[][];
  expected: boolean[];
}
const polygons = read('polygonzone_vectors.json') as { cases?: PolygonCase[] };

test.runIf(hasData).each((polygons.cases ?? []).map((polygonCase, index) => [index, polygonCase] as const))(
  'polygon case %i: inside when every anchor is',
  (_index, { polygon, anchors, xyxy, expected }) => {
    const points = polygon.map(([x, y]) => ({ x: x / 1000, y: y / 1000 }));
    const found = xyxy.map(([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) => {
      const box = { x1: x1 / 1000, y1: y1 / 1000, x2: x2 / 1000, y2: y2 / 1000 };
      return anchors.every((anchor) => insidePolygon(points, anchorOf(box, anchorName(anchor))));
    });
    expect(found).toEqual(expected);
  },
);

test('a point on an edge is inside on the left and upper side, outside on the right and lower', () => {
  const square = [
    { x: 0.2, y: 0.2 },
    { x: 0.4, y: 0.2 },
    { x: 0.4, y: 0.4 },
    { x: 0.2, y: 0.4 },
  ];
  expect(insidePolygon(square, { x: 0.2, y: 0.3 })).toBe(true);
  expect(insidePolygon(square, { x: 0.3, y: 0.2 })).toBe(true);
  expect(insidePolygon(square, { x: 0.4, y: 0.3 })).toBe(false);
  expect(insidePolygon(square, { x: 0.3, y: 0.4 })).toBe(false);
});
