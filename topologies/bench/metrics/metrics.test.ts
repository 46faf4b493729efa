import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseMot } from '../../cli/mot.ts';
import { clearMetrics, combineHota, compareBoxes, hotaMetrics, identityMetrics, overlap } from './index.ts';
import type { ScoredSequence } from './index.ts';

const data = join(import.meta.dirname, '../../../../shared/data');
const hasData = existsSync(data);
const read = (path: string): string => (hasData ? readFileSync(join(data, path), 'utf8') : '{}');

interface Vector {
  gt_ids: number[][];
  tracker_ids: number[][];
  similarity_scores: number[][][];
  threshold?: number;
  expected: Record<string, number>;
}

const sequenceOf = ({ gt_ids, tracker_ids, similarity_scores }: Omit<Vector, 'expected'>): ScoredSequence => {
  const number = (frames: number[][]): [number[][], number] => {
    const known = [...new Set(frames.flat())];
    return [frames.map((ids) => ids.map((id) => known.indexOf(id))), known.length];
  };
  const [truth, truthCount] = number(gt_ids);
  const [tracked, trackedCount] = number(tracker_ids);
  const similarity = similarity_scores.map((rows) => Float64Array.from(rows.flat()));
  return { truth, tracked, truthCount, trackedCount, similarity };
};

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** Every figure under the names TrackEval gives them; HOTA's counts are summed over the thresholds. */
const figuresOf = (sequence: ScoredSequence, threshold?: number): Record<string, number> => {
  const clear = clearMetrics(sequence, threshold);
  const identity = identityMetrics(sequence, threshold);
  const hota = hotaMetrics(sequence);
  return {
    CLR_TP: clear.truePositives,
    CLR_FN: clear.falseNegatives,
    CLR_FP: clear.falsePositives,
    IDSW: clear.idSwitches,
    MOTA: clear.mota,
    MOTP: clear.motp,
    MT: clear.mostlyTracked,
    PT: clear.partlyTracked,
    ML: clear.mostlyLost,
    Frag: clear.fragments,
    CLR_Re: clear.truePositives / (clear.truePositives + clear.falseNegatives),
    CLR_Pr: clear.truePositives / (clear.truePositives + clear.falsePositives),
    IDTP: identity.truePositives,
    IDFN: identity.falseNegatives,
    IDFP: identity.falsePositives,
    IDF1: identity.idf1,
    IDP: identity.precision,
    IDR: identity.recall,
    HOTA: hota.hota,
    DetA: hota.detection,
    AssA: hota.association,
    LocA: hota.localisation,
    HOTA_TP: sum(hota.truePositives),
    HOTA_FN: sum(hota.falseNegatives),
    HOTA_FP: sum(hota.falsePositives),
    DetRe: sum(hota.truePositives) / Math.max(1, sum(hota.truePositives) + sum(hota.falseNegatives)),
    DetPr: sum(hota.truePositives) / Math.max(1, sum(hota.truePositives) + sum(hota.falsePositives)),
  };
};

/** `IDTP: 4` wants 4 to 1e-3; `IDTP_min: 2` and `AssA_max: 0.8` are bounds. */
const expectFigures = (figures: Record<string, number>, expected: Record<string, number>): void => {
  for (const [key, value] of Object.entries(expected)) {
    const [, name = key, bound] = /^(\w+?)(?:_(min|max))?$/.exec(key) ?? [];
    const figure = figures[name];
    expect(figure, `${name} is not computed`).toBeDefined();
    if (bound === 'min') expect(figure, key).toBeGreaterThanOrEqual(value);
    else if (bound === 'max') expect(figure, key).toBeLessThanOrEqual(value);
    else expect(Math.abs((figure as number) - value), `${key}: ${figure} is not ${value}`).toBeLessThan(1e-3);
  }
};

test('a tracker that is right everywhere scores 1', () => {
  const boxes = [0, 1, 2].map((t) => [{ id: 'a', x: t, y: 0, width: 10, height: 20 }]);
  const figures = figuresOf(compareBoxes(boxes, boxes, 3));
  expect(figures).toMatchObject({ MOTA: 1, IDF1: 1, IDSW: 0 });
  expect(figures['HOTA']).toBeCloseTo(1, 9);
});

test('no sequence at all scores 0', () => {
  expect(combineHota([]).hota).toBe(0);
});

describe.runIf(hasData)('reference vectors', () => {
  const vectors = JSON.parse(read('reference/mot_metric_vectors.json')) as Record<string, Vector[]>;
  const families = [
    'clear::test_compute_clear_metrics',
    'hota::test_compute_hota_metrics',
    'identity::test_compute_identity_metrics',
  ];
  test.each(
    families.flatMap((family) =>
      (vectors[family] ?? []).map((vector, index) => [family, index, vector] as const),
    ),
  )('%s %i', (_family, _index, vector) =>
    expectFigures(figuresOf(sequenceOf(vector), vector.threshold), vector.expected),
  );

  const boxVectors = ['box::test_box_iou', 'box::test_box_iou_floating_point'].flatMap(
    (family) =>
      (vectors[family] ?? []) as unknown as {
        boxes1: number[][];
        boxes2: number[][];
        box_format?: string;
        expected_iou: number[][];
      }[],
  );
  test.each(boxVectors.map((vector, index) => [index, vector] as const))(
    'box overlap %i',
    (_index, vector) => {
      const boxes = (rows: number[][]) =>
        rows.map(([x = 0, y = 0, c = 0, d = 0]) =>
          vector.box_format === 'xywh'
            ? { id: '', x, y, width: c, height: d }
            : { id: '', x, y, width: c - x, height: d - y },
        );
      const found = boxes(vector.boxes1).map((a) => boxes(vector.boxes2).map((b) => overlap(a, b)));
      found
        .flat()
        .forEach((value, index) => expect(value).toBeCloseTo(vector.expected_iou.flat()[index] as number, 3));
    },
  );

  const small = JSON.parse(read('reference/trackeval_small_vectors.json')) as {
    cases: Record<
      string,
      {
        data: Omit<Vector, 'expected'>;
        expected: { clear: Record<string, number>; identity: Record<string, number> };
      }
    >;
  };
  test.each(Object.entries(small.cases ?? {}))('TrackEval %s', (_name, { data: vector, expected }) =>
    expectFigures(figuresOf(sequenceOf(vector)), { ...expected.clear, ...expected.identity }),
  );

  test('scores the hypothesis file of py-motmetrics as TrackEval does', () => {
    const baselines = JSON.parse(read('reference/mot15_baselines.json')) as {
      results: Record<string, Record<string, Record<string, number>>>;
    };
    const truth = parseMot(read('mot15/TUD-Campus/gt/gt.txt'), 'gt.txt').map((rows) =>
      rows.filter(({ weight }) => weight !== 0),
    );
    const tracked = parseMot(read('mot15/TUD-Campus/pymotmetrics_test.txt'), 'test.txt');
    const expected = baselines.results['py-motmetrics test.txt']?.['TUD-Campus'];
    expectFigures(figuresOf(compareBoxes(truth, tracked, truth.length)), expected ?? { missing: 1 });
  });
});
