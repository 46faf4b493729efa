import type { Hours } from '#lib/api/types.ts';

/** One hour of the day as the chart draws it. */
export interface HourBar {
  readonly atUs: number;
  /** Hour of the clock on the site, e.g. `14`. */
  readonly label: string;
  /** `gap`: nobody watched, so nothing is known. `future`: it has not begun. */
  readonly kind: 'watched' | 'gap' | 'future';
  readonly in: number;
  readonly out: number;
  /** Share of the hour (so far, for the present one) that was watched, 0–1. */
  readonly watched: number;
}

const hourUs = 3_600_000_000;

/** Every hour of the day in order; a gap is a gap and never a zero. `lineId` null: all lines together. */
export const hourBars = (day: Hours, lineId: string | null, nowUs: number): HourBar[] => {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: day.timeZone, hour: '2-digit' });
  const bars: HourBar[] = [];
  for (let atUs = day.dayFromUs; atUs < day.dayToUs; atUs += hourUs) {
    const own = day.hours.filter(
      (hour) => hour.hourAtUs === atUs && (lineId === null || hour.lineId === lineId),
    );
    const sums = { in: 0, out: 0, observedMs: 0 };
    for (const hour of own) {
      sums.in += hour.in;
      sums.out += hour.out;
      sums.observedMs = Math.max(sums.observedMs, hour.observedMs);
    }
    const passedMs = Math.min(hourUs, Math.max(0, nowUs - atUs)) / 1000;
    // The minute that is going on is told of when it is over, crossings at once.
    const known = sums.observedMs > 0 || sums.in + sums.out > 0;
    bars.push({
      atUs,
      label: clock.format(atUs / 1000),
      kind: known ? 'watched' : passedMs <= 0 ? 'future' : 'gap',
      in: sums.in,
      out: sums.out,
      watched: passedMs <= 0 ? 0 : Math.min(1, sums.observedMs / passedMs),
    });
  }
  return bars;
};

/** A round number at or above the highest bar that four steps divide, so that the axis has whole numbers. */
export const axisTop = (highest: number): number => {
  for (let size = 1; ; size *= 10)
    for (const step of [4, 8, 12, 20]) if (step * size >= highest) return step * size;
};
