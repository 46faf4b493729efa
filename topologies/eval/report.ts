import type { ClipResult } from './clip.ts';
import { reasons } from './explain.ts';
import type { Reason } from './explain.ts';

export interface EvalReport {
  readonly clips: readonly ClipResult[];
  /** By scene, then class; and the mean over a scene's classes. */
  readonly precision: Readonly<
    Record<string, { readonly AP50: Record<string, number>; readonly mAP50: number }>
  >;
  readonly exactClips: number;
  readonly exactShare: number;
  readonly crossings: { readonly true: number; readonly counted: number };
  readonly errors: Readonly<Record<Reason, number>>;
  /** Mean over zones and clips of the error of total dwell, as a share. */
  readonly dwellErrorShareMean: number;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

export const reportOf = (
  clips: readonly ClipResult[],
  precisionByScene: ReadonlyMap<string, Record<string, number>>,
): EvalReport => {
  const errors = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
  for (const clip of clips) for (const { reason } of clip.errors) errors[reason]++;
  const lines = clips.flatMap((clip) => clip.lines);
  const exactClips = clips.filter(({ exact }) => exact).length;
  return {
    clips,
    precision: Object.fromEntries(
      [...precisionByScene].map(([scene, AP50]) => [scene, { AP50, mAP50: mean(Object.values(AP50)) }]),
    ),
    exactClips,
    exactShare: clips.length === 0 ? 0 : exactClips / clips.length,
    crossings: {
      true: lines.reduce((sum, { trueIn, trueOut }) => sum + trueIn + trueOut, 0),
      counted: lines.reduce((sum, line) => sum + line.in + line.out, 0),
    },
    errors,
    dwellErrorShareMean: mean(
      clips.flatMap(({ zones }) => zones.map(({ dwellErrorShare }) => dwellErrorShare)),
    ),
  };
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The report for people: one line a clip, its errors under it, the sums at the end. */
export const reportText = (report: EvalReport): string => {
  const rows = report.clips.flatMap(({ scene, seed, exact, lines, zones, errors }) => [
    [
      `${exact ? 'ok ' : '≠  '} ${scene} ${seed}`,
      ...lines.map((line) => `${line.line} in ${line.in}/${line.trueIn} out ${line.out}/${line.trueOut}`),
      ...zones.map(
        ({ zone, dwellMs, trueDwellMs }) =>
          `${zone} ${Math.round(dwellMs / 1000)}/${Math.round(trueDwellMs / 1000)} s`,
      ),
    ].join('  '),
    ...errors.map(({ reason, text }) => `      ${reason}: ${text}`),
  ]);
  const classes = Object.entries(report.precision).map(
    ([scene, { AP50, mAP50 }]) =>
      `${scene}: mAP@50 ${mAP50.toFixed(3)} (${Object.entries(AP50)
        .map(([name, value]) => `${name} ${value.toFixed(3)}`)
        .join(', ')})`,
  );
  return [
    ...rows,
    '',
    ...classes,
    `exact counts: ${report.exactClips} of ${report.clips.length} clips (${percent(report.exactShare)}); crossings ${report.crossings.counted} of ${report.crossings.true}`,
    `errors: ${Object.entries(report.errors)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ')}`,
    `dwell: total off by ${percent(report.dwellErrorShareMean)} on average`,
    '',
  ].join('\n');
};
