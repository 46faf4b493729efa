/**
 * Records of one topic partition on their way out, strictly in order: one request is in flight, and whatever has
 * gathered meanwhile is the next. An idle outbox sends at once, a busy one sends larger requests.
 */
export interface Outbox<Item> {
  /** Resolves to true when the broker has it, to false when it was dropped; rejects when sending failed for good. */
  push(item: Item): Promise<boolean>;
  /** Bytes waiting or in flight. */
  pendingBytes(): number;
  /** Resolves when everything pushed so far has been settled. */
  drained(): Promise<void>;
}

export interface OutboxOptions<Item> {
  /** One request; its promise resolves when the broker has acknowledged it. */
  send(items: readonly Item[]): Promise<void>;
  bytesOf(item: Item): number;
  /** A request holds at most this many bytes, but at least one record. */
  requestBytesMax: number;
  /** Above this the oldest droppable record waiting is dropped; what may not be dropped is always taken. */
  queueBytesMax: number;
  isDroppable(item: Item): boolean;
  onDropped(item: Item): void;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly bytes: number;
  settle(sent: boolean): void;
  fail(error: unknown): void;
}

/** Takes from the front as many records as one request holds. */
const takeRequest = <Item>(queue: Waiting<Item>[], bytesMax: number): Waiting<Item>[] => {
  let bytes = 0;
  const past = queue.findIndex((waiting, index) => (bytes += waiting.bytes) > bytesMax && index > 0);
  return queue.splice(0, past === -1 ? queue.length : past);
};

export const createOutbox = <Item>(options: OutboxOptions<Item>): Outbox<Item> => {
  let queue: Waiting<Item>[] = [];
  let pendingBytes = 0;
  let sending: Promise<void> | undefined;

  const dropOldest = (): void => {
    const index = queue.findIndex(({ item }) => options.isDroppable(item));
    if (index === -1) return;
    const [dropped] = queue.splice(index, 1);
    if (!dropped) return;
    pendingBytes -= dropped.bytes;
    options.onDropped(dropped.item);
    dropped.settle(false);
  };

  const sendAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const request = takeRequest(queue, options.requestBytesMax);
      try {
        await options.send(request.map(({ item }) => item));
        for (const waiting of request) waiting.settle(true);
      } catch (error) {
        // Sending on would put later records before these: everything waiting fails with them.
        const failed = [...request, ...queue];
        queue = [];
        pendingBytes = 0;
        for (const waiting of failed) waiting.fail(error);
        return;
      }
      for (const waiting of request) pendingBytes -= waiting.bytes;
    }
  };

  const start = (): void => {
    // Records pushed in one turn of the event loop leave in one request.
    sending ??= Promise.resolve()
      .then(sendAll)
      .finally(() => {
        sending = undefined;
        if (queue.length > 0) start();
      });
  };

  return {
    push(item) {
      const bytes = options.bytesOf(item);
      const settled = new Promise<boolean>((resolve, reject) => {
        queue.push({ item, bytes, settle: resolve, fail: reject });
      });
      pendingBytes += bytes;
      if (pendingBytes > options.queueBytesMax) dropOldest();
      start();
      return settled;
    },
    pendingBytes: () => pendingBytes,
    async drained() {
      while (sending) await sending;
    },
  };
};
