import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { filterAbortedMessages, groupMessagesPerPartition } from './kafkajs-patches.ts';
import { Batch, createCluster, kafkajs, transactionRetry } from './kafkajs-patches.ts';
import type { InternalBroker, InternalCluster, InternalMessage } from './kafkajs-internals.ts';

/** What kafkajs itself loads after the patches: each test fails when its patch is taken away. */
const require = createRequire(import.meta.url);
const loaded = (path: string): unknown => require(`kafkajs/src/${path}`);

const quiet = { brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING };

test('the library is the version that was patched', () => {
  expect((require('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
});

describe('grouping messages by partition', () => {
  type Group = typeof groupMessagesPerPartition;
  const group = loaded('producer/groupMessagesPerPartition') as Group;
  const messages = Array.from({ length: 100 }, (_, index) => ({ partition: index % 3 }));
  const partitioner = ({ message }: { message?: { partition: number } }): number => message?.partition ?? 0;
  const input = {
    topic: 'topic',
    partitionMetadata: [{}, {}, {}],
    messages,
    partitioner,
  } as Parameters<Group>[0];

  test('keeps every message in order on its partition', () => {
    const groups = group(input) as Record<number, typeof messages>;
    expect(Object.keys(groups)).toEqual(['0', '1', '2']);
    expect(Object.values(groups).map((list) => list.length)).toEqual([34, 33, 33]);
    expect(groups[1]).toEqual(messages.filter(({ partition }) => partition === 1));
  });

  test('does not copy what it has grouped: the stock one does, for each message', () => {
    const iterate = Array.prototype[Symbol.iterator];
    let copied = 0;
    Array.prototype[Symbol.iterator] = function (this: unknown[]) {
      if (this !== messages) copied += this.length;
      return iterate.call(this);
    };
    try {
      group(input);
    } finally {
      Array.prototype[Symbol.iterator] = iterate;
    }
    expect(copied).toBe(0);
  });

  test('gives nothing for a topic without metadata, as the library expects', () => {
    expect(group({ ...input, partitionMetadata: [] })).toEqual({});
  });
});

describe('leaving out aborted records', () => {
  type Filter = typeof filterAbortedMessages;
  const filter = loaded('consumer/filterAbortedMessages') as Filter;
  const data = (offset: number, producerId: string, inTransaction = true): InternalMessage => ({
    offset: String(offset),
    timestamp: '0',
    key: null,
    value: null,
    isControlRecord: false,
    batchContext: { producerId, inTransaction },
  });
  const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): InternalMessage => ({
    ...data(offset, producerId),
    isControlRecord: true,
    key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  });
  const offsetsOf = (messages: readonly InternalMessage[]): number[] =>
    messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));

  test('holds when two producers interleave and the later one aborts first', () => {
    const messages = [
      data(0, 'one'),
      data(1, 'two'),
      data(2, 'one'),
      marker(3, 'two', 'abort'),
      data(4, 'two'),
      data(5, 'one'),
      marker(6, 'one', 'abort'),
      marker(7, 'two', 'commit'),
    ];
    const abortedTransactions = [
      { producerId: 'two', firstOffset: '1' },
      { producerId: 'one', firstOffset: '0' },
    ];
    expect(offsetsOf(filter({ messages, abortedTransactions }))).toEqual([4]);
  });

  test('leaves out two transactions that begin before the first record fetched', () => {
    const messages = [
      data(10, 'one'),
      data(11, 'two'),
      marker(12, 'one', 'abort'),
      marker(13, 'two', 'abort'),
    ];
    const abortedTransactions = [
      { producerId: 'one', firstOffset: '3' },
      { producerId: 'two', firstOffset: '4' },
    ];
    expect(offsetsOf(filter({ messages, abortedTransactions }))).toEqual([]);
  });

  test('does not take a data record whose key looks like an abort marker for one', () => {
    const disguised = { ...data(1, 'one'), key: Buffer.from([0, 0, 0, 0]) };
    const messages = [data(0, 'one'), disguised, data(2, 'one'), marker(3, 'one', 'abort')];
    const abortedTransactions = [{ producerId: 'one', firstOffset: '0' }];
    expect(offsetsOf(filter({ messages, abortedTransactions }))).toEqual([]);
  });

  test('keeps what the same producer wrote outside of transactions, and everything when nothing was aborted', () => {
    const messages = [data(0, 'one', false), data(1, 'two')];
    expect(
      offsetsOf(filter({ messages, abortedTransactions: [{ producerId: 'one', firstOffset: '0' }] })),
    ).toEqual([0, 1]);
    expect(offsetsOf(filter({ messages, abortedTransactions: [] }))).toEqual([0, 1]);
  });

  test('is what batches use', () => {
    const messages = [data(0, 'one'), marker(1, 'one', 'abort')];
    const abortedTransactions = [{ producerId: 'one', firstOffset: '0' }];
    const partition = { partition: 0, highWatermark: '2', messages, abortedTransactions };
    expect(new Batch('topic', '0', partition).messages).toEqual([]);
  });
});

describe('the request queue', () => {
  interface Queue {
    pending: unknown[];
    throttleCheckTimeoutId: unknown;
    scheduleCheckPendingRequests(): void;
    destroy(): void;
  }
  const RequestQueue = loaded('network/requestQueue') as new (options: object) => Queue;
  const create = (): Queue =>
    new RequestQueue({ requestTimeout: 1000, enforceRequestTimeout: false, logger: { debug() {} } });

  test('arms no timer when nothing waits: the stock one does so after every response, for ever', () => {
    const queue = create();
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  test('looks again when something waits', () => {
    const queue = create();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});

test('fencing waits as transactions do: the stock library forgets the settings', () => {
  const cluster = createCluster(new kafkajs.Kafka(quiet)) as InternalCluster;
  expect(cluster.retry).toBe(transactionRetry);
});

describe('the coordinator', () => {
  const transaction = 1;
  const group = 0;

  const createCounting = (): {
    cluster: InternalCluster;
    broker: { connected: boolean };
    lookUps: () => number;
  } => {
    const broker = { nodeId: 7, connected: true, isConnected: () => broker.connected };
    let count = 0;
    const cluster = createCluster(new kafkajs.Kafka(quiet));
    Object.assign(cluster, {
      findGroupCoordinatorMetadata: () => {
        count++;
        return Promise.resolve({ coordinator: { nodeId: 7 } });
      },
      findBroker: () => Promise.resolve(broker as unknown as InternalBroker),
    });
    cluster.brokerPool.brokers[7] = broker as unknown as InternalBroker;
    return { cluster, broker, lookUps: () => count };
  };

  test.each([
    ['of a transaction is looked up once', transaction, true, 1],
    ['of a transaction is looked up again when its connection is gone', transaction, false, 2],
    ['of a group is looked up each time: it may move while its connection lives', group, true, 2],
  ])('%s', async (_name, coordinatorType, connected, lookUps) => {
    const counting = createCounting();
    await counting.cluster.findGroupCoordinator({ groupId: 'id', coordinatorType });
    counting.broker.connected = connected;
    await counting.cluster.findGroupCoordinator({ groupId: 'id', coordinatorType });
    expect(counting.lookUps()).toBe(lookUps);
  });
});

describe('CRC-32C', () => {
  const crc = loaded('protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

  test('gives the check value of the polynomial (RFC 3720, appendix B.4)', () => {
    expect(crc(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc(Buffer.alloc(32))).toBe(0x8a9136aa);
  });

  test('is the native one', () => {
    const inner = loaded('protocol/recordBatch/crc32C/crc32C') as { name: string };
    expect(inner.name).toBe('nativeCrc');
  });
});
