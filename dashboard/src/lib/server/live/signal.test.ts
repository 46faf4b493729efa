import { describe, expect, it } from 'vitest';
import type { Crossing } from '#schemas';
import { createCrossingFeed } from './crossing-feed.ts';
import { createSignal } from './signal.ts';

describe('a signal', () => {
  it('is one change to a slow listener, however often it is raised', async () => {
    const signal = createSignal();
    const abort = new AbortController();
    const changes = signal.changes(0, abort.signal);
    await changes.next();
    for (let index = 0; index < 1_000; index++) signal.raise();
    await changes.next();
    let more = false;
    void changes.next().then(({ done }) => (more = done !== true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(more).toBe(false);
    abort.abort();
  });

  it('forgets a listener that leaves', async () => {
    const signal = createSignal();
    const abort = new AbortController();
    const changes = signal.changes(0, abort.signal);
    await changes.next();
    expect(signal.listeners()).toBe(1);
    abort.abort();
    expect(await changes.next()).toMatchObject({ done: true });
    expect(signal.listeners()).toBe(0);
  });
});

describe('the feed of crossings', () => {
  const crossing = (eventId: string, cameraId = 'door'): Crossing => ({ eventId, cameraId }) as Crossing;

  it('gives each subscriber the crossings of its camera, in order', async () => {
    const feed = createCrossingFeed();
    const subscription = feed.subscribe('door');
    feed.publish(crossing('a'));
    feed.publish(crossing('b', 'other'));
    feed.publish(crossing('c'));
    expect((await subscription.next()).value).toMatchObject({ eventId: 'a' });
    expect((await subscription.next()).value).toMatchObject({ eventId: 'c' });
  });

  it('drops the oldest of a subscriber that does not read, and counts them', async () => {
    const feed = createCrossingFeed();
    const subscription = feed.subscribe('door');
    for (let index = 0; index < 1_005; index++) feed.publish(crossing(String(index)));
    expect(feed.dropped()).toBe(5);
    expect((await subscription.next()).value).toMatchObject({ eventId: '5' });
  });

  it('ends when its reader leaves in the middle of waiting', async () => {
    const feed = createCrossingFeed();
    const subscription = feed.subscribe('door');
    const waiting = subscription.next();
    await subscription.return();
    expect(await waiting).toMatchObject({ done: true });
  });
});
