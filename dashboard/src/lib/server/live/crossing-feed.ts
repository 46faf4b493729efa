import type { Crossing } from '#schemas';

/** Single crossings for programs that subscribe. Each has a queue of its own; one that is full loses its oldest. */
export interface CrossingFeed {
  publish(crossing: Crossing): void;
  subscribe(cameraId: string): AsyncGenerator<Crossing, void, void>;
  dropped(): number;
}

const queueMax = 1_000;

interface Subscriber {
  readonly cameraId: string;
  readonly queue: Crossing[];
  wake: (() => void) | undefined;
}

export const createCrossingFeed = (): CrossingFeed => {
  const subscribers = new Set<Subscriber>();
  let droppedTotal = 0;
  return {
    publish(crossing) {
      for (const subscriber of subscribers) {
        if (subscriber.cameraId !== crossing.cameraId) continue;
        subscriber.queue.push(crossing);
        if (subscriber.queue.length > queueMax) {
          subscriber.queue.shift();
          droppedTotal++;
        }
        subscriber.wake?.();
      }
    },
    subscribe(cameraId) {
      const subscriber: Subscriber = { cameraId, queue: [], wake: undefined };
      let ended = false;
      subscribers.add(subscriber);
      const end = (): void => {
        ended = true;
        subscribers.delete(subscriber);
        subscriber.wake?.();
      };
      const generator = (async function* (): AsyncGenerator<Crossing, void, void> {
        try {
          while (!ended) {
            const next = subscriber.queue.shift();
            if (next) yield next;
            else
              await new Promise<void>((resolve) => {
                subscriber.wake = resolve;
              });
          }
        } finally {
          end();
        }
      })();
      // A generator that waits cannot be returned from outside; waking it first lets it end.
      const giveBack = generator.return.bind(generator);
      generator.return = (value) => {
        end();
        return giveBack(value);
      };
      return generator;
    },
    dropped: () => droppedTotal,
  };
};
