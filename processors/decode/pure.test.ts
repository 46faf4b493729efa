import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from './back-off.ts';
import { withoutCredentials } from './failures.ts';
import { createLiveClock } from './live-clock.ts';
import { createLiveOutbox } from './live-outbox.ts';
import { paint, rasterize } from './mask-raster.ts';
import type { FromCamera } from './protocol.ts';
import { createTimeline, startTimeline } from './run-timeline.ts';
import { nextPosition, startPosition } from './source-clock.ts';
import { createWindow } from './window.ts';

const second = 1_000_000;

describe('the time line of a run', () => {
  it('ticks once a second of capture time, a microsecond before a frame on the very second', () => {
    const timeline = createTimeline(startTimeline(0), 0);
    const out: [string, number, number][] = [];
    for (const atUs of [0, 0.5 * second, second, 1.5 * second, 3.7 * second]) {
      for (const tick of timeline.ticksBefore(atUs)) out.push(['tick', tick.sequence, tick.capturedAtUs]);
      const { sequence, capturedAtUs } = timeline.stamp(atUs);
      out.push(['frame', sequence, capturedAtUs]);
    }
    expect(out).toEqual([
      ['frame', 0, 0],
      ['frame', 1, 500_000],
      ['tick', 2, 999_999],
      ['frame', 3, 1_000_000],
      ['frame', 4, 1_500_000],
      ['tick', 5, 2_000_000],
      ['tick', 6, 3_000_000],
      ['frame', 7, 3_700_000],
    ]);
  });

  it('goes on from a saved state with the numbers of an undisturbed run, and only grows', () => {
    const steps = fc.array(fc.integer({ min: -2000, max: 2_500_000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat(59), fc.constantFrom(0, 2, 7.5), (deltas, cut, fps) => {
        const run = (from: number, to: number, timeline: ReturnType<typeof createTimeline>): number[][] => {
          const out: number[][] = [];
          let atUs = deltas.slice(0, from).reduce((sum, delta) => sum + delta, 0);
          for (const delta of deltas.slice(from, to)) {
            atUs += delta;
            if (!timeline.wants(Math.max(0, atUs))) continue;
            for (const tick of timeline.ticksBefore(atUs)) out.push([tick.sequence, tick.capturedAtUs]);
            const { sequence, capturedAtUs } = timeline.stamp(atUs);
            out.push([sequence, capturedAtUs]);
          }
          return out;
        };
        const whole = run(0, deltas.length, createTimeline(startTimeline(0), fps));
        const first = createTimeline(startTimeline(0), fps);
        const at = Math.min(cut, deltas.length);
        const head = run(0, at, first);
        const tail = run(at, deltas.length, createTimeline(first.state, fps));
        expect([...head, ...tail]).toEqual(whole);
        expect(
          whole.every(
            ([, time], index) => index === 0 || (time as number) > (whole[index - 1]?.[1] as number),
          ),
        ).toBe(true);
      }),
    );
  });

  it.each([
    { source: 10, fps: 5, taken: [0, 2, 4, 6, 8] },
    { source: 10, fps: 3, taken: [0, 4, 7] },
    { source: 10, fps: 25, taken: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { source: 10, fps: 0, taken: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ])('takes the first frame of each slot: $source fps to $fps', ({ source, fps, taken }) => {
    const timeline = createTimeline(startTimeline(0), fps);
    const frames = Array.from({ length: 10 }, (_, index) => index);
    expect(frames.filter((index) => timeline.wants(Math.round((index * second) / source)))).toEqual(taken);
  });
});

describe('timestamps of a file', () => {
  const offsets = (pts: (number | null)[]): number[] => {
    let position = startPosition;
    return pts.map((ptsUs) => (position = nextPosition(position, ptsUs, 100_000)).offsetUs);
  };
  it.each([
    { what: 'begin anywhere', pts: [500_000, 600_000, 700_000], expected: [0, 100_000, 200_000] },
    { what: 'are missing', pts: [null, null, null], expected: [0, 100_000, 200_000] },
    { what: 'are missing in the middle', pts: [0, null, 200_000], expected: [0, 100_000, 200_000] },
    { what: 'repeat', pts: [0, 100_000, 100_000, 200_000], expected: [0, 100_000, 100_001, 200_000] },
    { what: 'begin anew', pts: [9_000_000, 9_100_000, 0, 100_000], expected: [0, 100_000, 200_000, 300_000] },
    {
      what: 'jump far ahead',
      pts: [0, 100_000, 9e12, 9e12 + 100_000],
      expected: [0, 100_000, 200_000, 300_000],
    },
    { what: 'pause', pts: [0, 100_000, 30_000_000], expected: [0, 100_000, 30_000_000] },
  ])('that $what give offsets that only grow', ({ pts, expected }) => {
    expect(offsets(pts)).toEqual(expected);
  });
  it('are exact only while all were there and grew', () => {
    const exact = (pts: (number | null)[]): boolean => {
      let position = startPosition;
      for (const ptsUs of pts) position = nextPosition(position, ptsUs, 100_000);
      return position.exact;
    };
    expect([exact([5, 10]), exact([5, null]), exact([null, 5]), exact([5, 5])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the clock of a live stream', () => {
  it('takes the jitter of the network away and never puts a frame after its arrival', () => {
    const clock = createLiveClock();
    const arrivals = [0, 130, 205, 390, 400, 512].map((ms, index) => ({
      pts: index * 100_000,
      arrived: ms * 1000,
    }));
    const captured = arrivals.map(({ pts, arrived }) => clock(pts, arrived));
    arrivals.forEach(({ arrived }, index) => expect(captured[index]).toBeLessThanOrEqual(arrived));
    const steps = captured.slice(1).map((time, index) => time - (captured[index] as number));
    expect(steps.every((step) => step > 90_000 && step < 110_000)).toBe(true);
  });
  it('falls back to the arrival when timestamps are missing, jump or wrap', () => {
    const clock = createLiveClock();
    expect([clock(0, 50), clock(null, 100_000), clock(-9e12, 200_000), clock(9e12, 300_000)]).toEqual([
      50, 100_000, 200_000, 300_000,
    ]);
  });
});

describe('masks', () => {
  const covered = (polygon: { x: number; y: number }[], width: number, height: number): string[] => {
    const data = new Uint8Array(width * height);
    paint(rasterize(polygon, width, height), [{ data, stride: width, pixelBytes: 1, shift: 0, value: 1 }]);
    return Array.from({ length: height }, (_, row) => data.subarray(row * width, (row + 1) * width).join(''));
  };
  it.each([
    {
      what: 'a rectangle',
      polygon: [
        [0.25, 0.25],
        [0.75, 0.25],
        [0.75, 0.75],
        [0.25, 0.75],
      ],
      rows: ['0000', '0110', '0110', '0000'],
    },
    {
      what: 'a triangle, every pixel it touches',
      polygon: [
        [0, 0],
        [1, 1],
        [0, 1],
      ],
      rows: ['1000', '1100', '1110', '1111'],
    },
    {
      what: 'the whole picture',
      polygon: [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      rows: ['1111', '1111', '1111', '1111'],
    },
    {
      what: 'a U, not its gap',
      polygon: [
        [0, 0],
        [0.25, 0],
        [0.25, 0.75],
        [0.75, 0.75],
        [0.75, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      rows: ['1001', '1001', '1001', '1111'],
    },
  ])('cover $what', ({ polygon, rows }) => {
    expect(
      covered(
        polygon.map(([x, y]) => ({ x: x as number, y: y as number })),
        4,
        4,
      ),
    ).toEqual(rows);
  });
  it('cover every colour sample a masked pixel shares', () => {
    const data = new Uint8Array(2 * 2);
    paint([{ row: 1, from: 1, to: 3 }], [{ data, stride: 2, pixelBytes: 1, shift: 1, value: 9 }]);
    expect([...data]).toEqual([9, 9, 0, 0]);
  });
});

describe('what holds back and what is dropped', () => {
  it('a window lets in as many as were released', async () => {
    const window = createWindow(1);
    await window.room();
    let entered = false;
    const waiting = window.room().then(() => (entered = true));
    await Promise.resolve();
    expect(entered).toBe(false);
    window.release(1);
    await waiting;
    expect(entered).toBe(true);
  });

  it('a full pipe keeps only the newest frame, and every tick in its place', () => {
    const written: string[] = [];
    const done: (() => void)[] = [];
    const drops: string[] = [];
    let freed = 0;
    const message = (text: string): FromCamera => ({ kind: text }) as unknown as FromCamera;
    const outbox = createLiveOutbox(
      (item, callback) => {
        written.push(item.kind);
        done.push(callback);
      },
      (reason) => drops.push(reason),
    );
    const frame = (text: string): void => outbox.frame({ make: () => message(text), free: () => freed++ });
    for (const text of ['frame1', 'frame2', 'frame3', 'frame4']) frame(text);
    outbox.message(message('tick'));
    frame('frame5');
    while (done.length > 0) done.shift()?.();
    expect(written).toEqual(['frame1', 'frame2', 'tick', 'frame5']);
    expect(drops).toEqual(['outputBusy', 'outputBusy']);
    expect(freed).toBe(5);
  });

  it('back-off doubles up to its most, with jitter', () => {
    expect([1, 2, 3, 9].map((attempt) => backOffMs(attempt, 500, 3000, 1))).toEqual([500, 1000, 2000, 3000]);
    expect(backOffMs(1, 500, 3000, 0)).toBe(250);
  });

  it('credentials are cut out of URLs', () => {
    expect(withoutCredentials('rtsp://user:p%40ss@host:554/a@b')).toBe('rtsp://host:554/a@b');
    expect(withoutCredentials('rtsp://host/a@b')).toBe('rtsp://host/a@b');
  });
});
