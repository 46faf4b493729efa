import { describe, expect, it } from 'vitest';
import { axisTop, hourBars } from './hours.ts';

const us = (text: string): number => Date.parse(text) * 1000;
const day = {
  dayFromUs: us('2026-11-22T00:00:00Z'),
  dayToUs: us('2026-11-23T00:00:00Z'),
  timeZone: 'UTC',
  hours: [
    { lineId: 'a', hourAtUs: us('2026-11-22T08:00:00Z'), in: 5, out: 2, observedMs: 3_600_000 },
    { lineId: 'b', hourAtUs: us('2026-11-22T08:00:00Z'), in: 1, out: 0, observedMs: 1_800_000 },
    { lineId: 'a', hourAtUs: us('2026-11-22T09:00:00Z'), in: 0, out: 0, observedMs: 900_000 },
    { lineId: 'a', hourAtUs: us('2026-11-22T11:00:00Z'), in: 1, out: 0, observedMs: 0 },
  ],
};
const nowUs = us('2026-11-22T11:30:00Z');

describe('hours of a day', () => {
  it('are gaps where nobody watched, zeros where somebody did, and open where they have not begun', () => {
    const kinds = hourBars(day, null, nowUs).map(({ kind }) => kind);
    expect(kinds).toHaveLength(24);
    expect([7, 8, 9, 10, 11, 12].map((hour) => kinds[hour])).toEqual([
      'gap',
      'watched',
      'watched',
      'gap',
      'watched',
      'future',
    ]);
  });

  it('add up lines, or show one', () => {
    expect(hourBars(day, null, nowUs)[8]).toMatchObject({ label: '08', in: 6, out: 2, watched: 1 });
    expect(hourBars(day, 'b', nowUs)[8]).toMatchObject({ in: 1, out: 0, watched: 0.5 });
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('are as many as the day of %s has', (_, hours) => {
    const length = { ...day, dayToUs: day.dayFromUs + hours * 3_600_000_000 };
    expect(hourBars(length, null, nowUs)).toHaveLength(hours);
  });

  it.each([
    [0, 4],
    [4, 4],
    [5, 8],
    [11, 12],
    [40, 40],
    [41, 80],
    [999, 1200],
  ])('of at most %d have an axis up to %d', (highest, top) => {
    expect(axisTop(highest)).toBe(top);
  });
});
