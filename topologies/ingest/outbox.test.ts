import { describe, expect, it } from 'vitest';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';

interface Item {
  readonly name: string;
  readonly bytes: number;
  readonly keep: boolean;
}
const item = (name: string, bytes = 10, keep = false): Item => ({ name, bytes, keep });

/** An outbox whose requests are answered by hand. */
const byHand = (): {
  outbox: Outbox<Item>;
  requests: string[][];
  dropped: string[];
  answer(error?: Error): Promise<void>;
} => {
  const requests: string[][] = [];
  const dropped: string[] = [];
  const open: { resolve(): void; reject(error: Error): void }[] = [];
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const outbox = createOutbox<Item>({
    send(items) {
      requests.push(items.map(({ name }) => name));
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
    bytesOf: ({ bytes }) => bytes,
    requestBytesMax: 25,
    queueBytesMax: 60,
    isDroppable: ({ keep }) => !keep,
    onDropped: ({ name }) => dropped.push(name),
  });
  const answer = async (error?: Error): Promise<void> => {
    await settled();
    const request = open.shift();
    if (error) request?.reject(error);
    else request?.resolve();
    await settled();
  };
  return { outbox, requests, dropped, answer };
};

describe('outbox', () => {
  it('sends in order, one request at a time, gathering what comes meanwhile', async () => {
    const { outbox, requests, answer } = byHand();
    const sent = ['a', 'b', 'c', 'd'].map((name) => outbox.push(item(name)));
    await answer();
    expect(requests).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    await answer();
    expect(await Promise.all(sent)).toEqual([true, true, true, true]);
    await outbox.drained();
    expect(outbox.pendingBytes()).toBe(0);
  });

  it('sends a record larger than a request alone', async () => {
    const { outbox, requests, answer } = byHand();
    const large = outbox.push(item('large', 30));
    const small = outbox.push(item('small'));
    await answer();
    await answer();
    expect([await large, await small, requests]).toEqual([true, true, [['large'], ['small']]]);
  });

  it('drops the oldest that may be dropped when too much waits, and says so', async () => {
    const { outbox, requests, dropped, answer } = byHand();
    const first = outbox.push(item('first', 20));
    await new Promise((resolve) => setImmediate(resolve));
    const [tick, old, recent] = [item('tick', 10, true), item('old', 20), item('recent', 20)].map((next) =>
      outbox.push(next),
    );
    expect(dropped).toEqual(['old']);
    expect(await old).toBe(false);
    await answer();
    await answer();
    await answer();
    expect([await first, await tick, await recent]).toEqual([true, true, true]);
    expect(requests.flat()).toEqual(['first', 'tick', 'recent']);
  });

  it('takes what may not be dropped however full it is', () => {
    const { outbox, dropped } = byHand();
    for (let index = 0; index < 20; index++) void outbox.push(item(`run end ${index}`, 10, true));
    expect([dropped, outbox.pendingBytes()]).toEqual([[], 200]);
  });

  it('fails everything that waits behind a failed request, so that order is kept', async () => {
    const { outbox, requests, answer } = byHand();
    const sent = ['a', 'b', 'c'].map((name) => outbox.push(item(name)));
    const outcome = Promise.allSettled(sent);
    await answer(new Error('broker gone'));
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(requests).toEqual([['a', 'b']]);
    const later = outbox.push(item('d'));
    await answer();
    expect(await later).toBe(true);
  });
});
