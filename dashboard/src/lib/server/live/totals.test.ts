import { describe, expect, it } from 'vitest';
import { localDay } from './local-day.ts';
import { createTotals } from './totals.ts';

const us = (text: string): number => Date.parse(text) * 1000;
const crossing = (at: string, direction = 'in', lineId = 'door') => ({
  cameraId: 'camera',
  lineId,
  direction,
  crossedAtUs: us(at),
});

describe('the day of a site', () => {
  it.each([
    ['UTC', '2026-11-22T13:00:00Z', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['Europe/Berlin', '2026-11-22T23:30:00Z', '2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z'],
    ['Asia/Kathmandu', '2026-11-22T13:00:00Z', '2026-11-21T18:15:00Z', '2026-11-22T18:15:00Z'],
    // The clocks go forward: 23 hours; and back: 25.
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ])('%s at %s', (timeZone, at, from, to) => {
    expect(localDay(timeZone, us(at))).toEqual({ fromUs: us(from), toUs: us(to) });
  });
});

describe('totals', () => {
  it('adds stored and live crossings by line and direction within the day', () => {
    const totals = createTotals();
    const { fromUs, toUs } = localDay('Asia/Kathmandu', us('2026-11-22T13:00:00Z'));
    totals.add(crossing('2026-11-22T10:00:00Z'), 40);
    totals.add(crossing('2026-11-22T10:01:00Z'));
    totals.add(crossing('2026-11-22T10:01:00Z', 'out'));
    totals.add(crossing('2026-11-22T10:01:00Z', 'in', 'other'));
    totals.add(crossing('2026-11-21T18:14:59Z'));
    totals.add(crossing('2026-11-22T18:15:00Z'));
    expect(totals.between('camera', 'door', fromUs, toUs)).toEqual({ in: 41, out: 1 });
    expect(totals.between('camera', 'unknown', fromUs, toUs)).toEqual({ in: 0, out: 0 });
  });

  it('forgets whole quarters that are over', () => {
    const totals = createTotals();
    totals.add(crossing('2026-11-20T10:00:00Z'));
    totals.add(crossing('2026-11-20T10:15:00Z'));
    totals.forgetBefore(us('2026-11-20T10:15:00Z'));
    expect(totals.between('camera', 'door', 0, us('2027-01-01T00:00:00Z'))).toEqual({ in: 1, out: 0 });
  });
});
