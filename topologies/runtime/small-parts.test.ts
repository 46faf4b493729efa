import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '#schemas';
import { describe, expect, test } from 'vitest';
import { SightlineError, isRetriable, protocolErrorOf } from './errors.ts';
import { kafkaLogLevel } from './kafka.ts';
import { kafkajs } from './kafkajs-patches.ts';
import { createOutbox } from './outbox.ts';
import { createPacer } from './pacer.ts';
import { partitionOf, placementOf } from './partition.ts';
import { createProgress } from './progress.ts';
import type { RecordFormat } from './registry.ts';
import { createStateStore } from './state-store.ts';
import { chunksOf } from './transaction.ts';

describe('placing records', () => {
  test.each(['gate', 'camera-1', '', 'ä', 'x'.repeat(33)])(
    'agrees with the clients of Kafka on "%s"',
    (key) => {
      const partitioner = kafkajs.Partitioners.DefaultPartitioner();
      const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId, leader: 1 }));
      const message = { key, value: '' };
      const theirs = partitioner({ topic: 'topic', partitionMetadata: partitionMetadata as never, message });
      expect(partitionOf(key, 7)).toBe(theirs);
    },
  );

  test('keeps versions of a document apart by key and together by partition', () => {
    const record = {
      kind: 'camera',
      id: 'gate',
      version: 3,
      effectiveFromUs: 0,
      deleted: true,
      camera: null,
      site: null,
    };
    expect(placementOf(topics.config, record)).toEqual({ key: 'camera/gate/3', partitionKey: 'gate' });
  });
});

describe('errors', () => {
  test('tell whether trying again helps, ours and those of kafkajs', () => {
    expect(isRetriable(new SightlineError('REGISTRY_UNAVAILABLE', 'down'))).toBe(true);
    expect(isRetriable(new SightlineError('RECORD_DAMAGED', 'bytes'))).toBe(false);
    expect(isRetriable(new TypeError('bug'))).toBe(false);
  });

  test('carry the protocol error of their cause', () => {
    const cause = Object.assign(new Error('fenced'), { type: 'INVALID_PRODUCER_EPOCH' });
    expect(protocolErrorOf(new SightlineError('TRANSACTION_FAILED', 'late', cause))).toBe(
      'INVALID_PRODUCER_EPOCH',
    );
    expect(protocolErrorOf(new Error('plain'))).toBeUndefined();
  });
});

test.each([
  [
    'a wait for the transaction before',
    1,
    'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing',
    'debug',
  ],
  ['something that is tried again', 1, 'Connection error: connect ECONNREFUSED', 'warn'],
  ['a warning', 2, 'Consumer is not aware of all assigned partitions', 'info'],
  ['news', 4, 'Consumer has joined the group', 'debug'],
])('kafkajs’ log: %s is no more than it is', (_what, level, message, expected) => {
  expect(kafkaLogLevel({ level, log: { message } })).toBe(expected);
});

describe('progress out of order', () => {
  test('is the oldest record that is not done', () => {
    const progress = createProgress();
    expect([progress.done, progress.next]).toEqual([undefined, undefined]);
    for (const offset of [5, 6, 7]) progress.begin(offset);
    progress.end(6);
    expect(progress.take()).toBe(5);
    expect(progress.take()).toBeUndefined();
    progress.end(5);
    expect(progress.take()).toBe(7);
    progress.end(7);
    progress.skipTo(9);
    expect([progress.take(), progress.next]).toEqual([9, 9]);
  });
});

describe('state', () => {
  const codec = {
    encode: (text: string) => Buffer.from(text),
    decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  };

  test('is written for the cameras touched, deleted ones as tombstones, each once', () => {
    const store = createStateStore('track', codec);
    store.restore('a', Buffer.from('old'));
    store.restore('b', Buffer.from('old'));
    expect(store.get('a')).toBe('old');
    store.set('c', 'new');
    store.delete('b');
    store.delete('unknown');
    const changes = store
      .takeChanges()
      .map(({ cameraId, bytes }) => [cameraId, bytes && Buffer.from(bytes).toString()]);
    expect(changes).toEqual([
      ['a', 'old'],
      ['c', 'new'],
      ['b', null],
    ]);
    expect(store.takeChanges()).toEqual([]);
  });

  test('over the limit is an error that names the camera', () => {
    const store = createStateStore('track', codec);
    store.set('gate', 'x'.repeat(65 * 1024));
    expect(() => store.takeChanges()).toThrow(expect.objectContaining({ code: 'STATE_TOO_LARGE' }));
  });
});

test('a record larger than the broker takes is an error of the record, not of the broker', () => {
  const format = { encode: () => Buffer.alloc(1_000_001) } as unknown as RecordFormat;
  const outbox = createOutbox({ format, topicPrefix: '', partition: 0 });
  const put = (): void => outbox.put(topics.deadLetters, 'key', {} as never);
  expect(put).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  expect(outbox.outputs.size).toBe(0);
});

test('a transaction larger than a request is cut into requests that keep each topic in order', () => {
  const message = (name: string, bytes: number) => ({ key: name, value: Buffer.alloc(bytes), partition: 0 });
  const outputs = new Map([
    ['tracks', [message('1', 500_000), message('2', 500_000), message('3', 10)]],
    ['visits', [message('4', 10)]],
  ]);
  const keys = chunksOf(outputs).map((chunk) =>
    [...chunk].map(([topic, list]) => [topic, list.map(({ key }) => key)]),
  );
  expect(keys).toEqual([
    [
      ['tracks', ['1']],
      ['visits', ['4']],
    ],
    [['tracks', ['2', '3']]],
  ]);
});

describe('pacing', () => {
  const create = (paceMs: number) => {
    const log: string[] = [];
    let work = 0;
    const pacer = createPacer({
      paceMs,
      hasWork: () => work > 0,
      async commit() {
        log.push(`begin ${work}`);
        work = 0;
        await sleep(1);
        log.push('end');
      },
      onError: (error) => log.push(String(error)),
    });
    const add = (count = 1, full = false): void => {
      work += count;
      pacer.wake(full);
    };
    return { log, add, pacer };
  };

  test('commits the first record at once, and what comes meanwhile together', async () => {
    const { log, add, pacer } = create(10);
    for (let record = 0; record < 5; record++) add();
    expect(log).toEqual(['begin 1']);
    await pacer.idle();
    expect(log).toEqual(['begin 1', 'end', 'begin 4', 'end']);
  });

  test('does not wait for the pace when there is enough', async () => {
    const { log, add, pacer } = create(60_000);
    add();
    await pacer.idle();
    add(1);
    expect(log).toEqual(['begin 1', 'end']);
    add(1, true);
    expect(log).toEqual(['begin 1', 'end', 'begin 2']);
    await pacer.idle();
    pacer.stop();
  });

  test('begins nothing after a commit has failed', async () => {
    const errors: unknown[] = [];
    let commits = 0;
    const pacer = createPacer({
      paceMs: 0,
      hasWork: () => true,
      commit: () => {
        commits++;
        return Promise.reject(new Error('no'));
      },
      onError: (error) => errors.push(error),
    });
    pacer.wake();
    await pacer.idle();
    pacer.wake(true);
    expect([commits, errors.length]).toEqual([1, 1]);
  });
});
