import { describe, expect, it } from 'vitest';
import { createAcknowledgementWindow } from './acknowledgement-window.ts';

describe('acknowledgement window', () => {
  it('is safe up to the highest record that came back', () => {
    const window = createAcknowledgementWindow();
    for (const sequence of [0, 1, 2, 3]) window.sent(sequence, 10);
    expect(window.safeThrough()).toBe(-1);
    expect(window.acknowledge(1, 20)).toBe(true);
    expect(window.safeThrough()).toBe(1);
    expect([window.acknowledge(0, 30), window.acknowledge(1, 30)]).toEqual([false, false]);
    expect(window.acknowledge(3, 40)).toBe(true);
    expect(window.safeThrough()).toBe(3);
  });

  it('goes on after the sequence it was resumed from', () => {
    const window = createAcknowledgementWindow(41);
    expect([window.safeThrough(), window.waitingSinceMs()]).toEqual([41, undefined]);
    window.sent(41, 0);
    expect(window.waitingSinceMs()).toBeUndefined();
    window.sent(42, 0);
    expect([window.acknowledge(41, 1), window.acknowledge(42, 1), window.acknowledge(42, 1)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('believes no more than it has sent itself', () => {
    const window = createAcknowledgementWindow(10);
    window.sent(11, 0);
    window.acknowledge(25, 1);
    expect(window.safeThrough()).toBe(11);
  });

  it('waits only while something is outstanding, since the last progress', () => {
    const window = createAcknowledgementWindow();
    expect(window.waitingSinceMs()).toBeUndefined();
    window.sent(0, 100);
    window.sent(1, 150);
    expect(window.waitingSinceMs()).toBe(100);
    window.acknowledge(0, 400);
    expect(window.waitingSinceMs()).toBe(400);
    window.acknowledge(1, 500);
    expect(window.waitingSinceMs()).toBeUndefined();
    window.sent(2, 9000);
    expect(window.waitingSinceMs()).toBe(9000);
    window.restartWaiting(9500);
    expect(window.waitingSinceMs()).toBe(9500);
  });
});
