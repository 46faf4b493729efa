import { describe, expect, it } from 'vitest';
import { createAcknowledgementWindow } from './acknowledgement-window.ts';

describe('acknowledgement window', () => {
  it('is safe up to the first record outstanding', () => {
    const window = createAcknowledgementWindow();
    for (const sequence of [0, 1, 2, 3]) window.sent(sequence, 10);
    expect(window.safeThrough()).toBe(-1);
    window.acknowledge(1, 20);
    expect(window.safeThrough()).toBe(-1);
    window.acknowledge(0, 30);
    expect([window.safeThrough(), window.outstanding()]).toEqual([1, 2]);
    window.acknowledge(2, 40);
    window.acknowledge(3, 50);
    expect([window.safeThrough(), window.outstanding()]).toEqual([3, 0]);
  });

  it('goes on after the sequence it was resumed from', () => {
    const window = createAcknowledgementWindow(41);
    expect(window.safeThrough()).toBe(41);
    window.sent(41, 0);
    expect(window.outstanding()).toBe(0);
    window.sent(42, 0);
    expect([window.acknowledge(41, 1), window.acknowledge(42, 1), window.acknowledge(42, 1)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(window.safeThrough()).toBe(42);
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
  });

  it('does not wait twice for a record that was sent again', () => {
    const window = createAcknowledgementWindow();
    window.sent(0, 0);
    window.sent(1, 0);
    window.acknowledge(0, 1);
    window.sent(0, 2);
    window.sent(1, 2);
    expect(window.outstanding()).toBe(1);
    window.acknowledge(1, 3);
    expect(window.safeThrough()).toBe(1);
  });
});
