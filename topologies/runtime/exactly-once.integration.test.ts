import { randomBytes } from 'node:crypto';
import { topics } from '#schemas';
import type { DeadLetter } from '#schemas';
import { afterEach, describe, expect, test } from 'vitest';
import { createKernelInstallation, expectedOccupancy, occupancyByCamera } from './testing/installation.ts';
import type { KernelInstallation } from './testing/installation.ts';

const cameras = ['gate', 'hall', 'dock', 'roof'];
let installation: KernelInstallation | undefined;
const install = async (name: string, partitions?: number): Promise<KernelInstallation> => {
  installation = await createKernelInstallation(name, partitions);
  return installation;
};
afterEach(async () => {
  await installation?.close();
});

/** The results of an undisturbed run, whatever happened. */
const expectExact = async (one: KernelInstallation, perCamera: number, timeoutMs?: number): Promise<void> => {
  const occupancy = await one.readAll(topics.occupancy, cameras.length * perCamera, timeoutMs);
  expect(occupancyByCamera(occupancy)).toEqual(expectedOccupancy(cameras, perCamera));
};

describe('a chain on Kafka', () => {
  test('gives the results of an undisturbed run after kill -9 in mid-stream, twice', async () => {
    const one = await install('killed');
    let worker = one.worker('counted', { instance: 'counted-0' });
    await worker.logged('worker ready');
    for (let round = 0; round < 2; round++) {
      const fed = one.feed(cameras, round * 1000, 1000);
      await one.seen(topics.tracks, round * 4000 + 200);
      worker.signal('SIGKILL');
      await worker.exited;
      await fed;
      worker = one.worker('counted', { instance: 'counted-0' });
      await worker.logged('worker ready');
    }
    await expectExact(one, 2000);
  });

  test('is not disturbed by a frozen worker that wakes up after its partitions were given away', async () => {
    const one = await install('frozen');
    const frozen = one.worker('counted');
    await frozen.logged('worker ready');
    const fed = one.feed(cameras, 0, 2000);
    await one.seen(topics.tracks, 1000);
    frozen.signal('SIGSTOP');
    await fed;
    const successor = one.worker('counted');
    await successor.logged('worker ready');
    await one.feed(cameras, 2000, 500);
    await one.seen(topics.occupancy, cameras.length * 2500);
    frozen.signal('SIGCONT');
    await one.feed(cameras, 2500, 500);
    await expectExact(one, 3000);
  });

  test('keeps its results when workers join and leave', async () => {
    const one = await install('rebalanced');
    const first = one.worker('counted');
    await first.logged('worker ready');
    const fed = one.feed(cameras, 0, 3000);
    const second = one.worker('counted');
    await second.logged('worker ready');
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    await fed;
    await expectExact(one, 3000);
  });

  test('writes the same fused and separate, and carries state over from one to the other', async () => {
    const one = await install('split');
    const stop = async (...workers: ReturnType<KernelInstallation['worker']>[]): Promise<void> => {
      for (const worker of workers) worker.signal('SIGTERM');
      await Promise.all(workers.map((worker) => worker.exited));
    };
    const fused = one.worker('counted');
    await one.feed(cameras, 0, 500);
    await one.seen(topics.occupancy, 2000);
    await stop(fused);
    const separate = [one.worker('counted', { nodes: 'track' }), one.worker('counted', { nodes: 'dwell' })];
    await one.feed(cameras, 500, 500);
    await one.seen(topics.occupancy, 4000);
    await stop(...separate);
    one.worker('counted');
    await one.feed(cameras, 1000, 500);
    await expectExact(one, 1500);
  });

  test('gives foreign bytes to dead letters and goes on with the partition', async () => {
    const one = await install('foreign', 1);
    one.worker('counted');
    await one.feed(cameras, 0, 10);
    const foreign: [code: string, bytes: Buffer | null][] = [
      ['RECORD_MAGIC', Buffer.from('{"json": true}')],
      ['RECORD_EMPTY', null],
      ['RECORD_MAGIC', randomBytes(3)],
      ['SCHEMA_UNKNOWN', Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), randomBytes(20)])],
    ];
    for (const [, bytes] of foreign) await one.feedRaw('gate', bytes);
    await one.feed(cameras, 10, 10);
    await expectExact(one, 20);
    const letters: DeadLetter[] = await one.read(topics.deadLetters);
    expect(letters.map(({ code }) => code)).toEqual(foreign.map(([code]) => code));
    expect(letters.map(({ value }) => value)).toEqual(foreign.map(([, bytes]) => bytes));
    expect(letters.map(({ stage, node, topology }) => [stage, node, topology])).toEqual(
      foreign.map(() => ['deserialize', 'track', 'counted']),
    );
  });

  test('crashes on a record that its processor cannot handle, and leaves it out after the third time', async () => {
    const one = await install('poisoned', 1);
    await one.feed(['gate', 'poison'], 0, 3);
    let crashes = 0;
    for (;;) {
      const worker = one.worker('counted', { instance: 'counted-0' });
      const outcome = await Promise.race([
        worker.exited,
        one.readAll(topics.occupancy, 5, 8_000).then(() => 'done'),
      ]);
      if (outcome === 'done') break;
      expect(outcome).toBe(1);
      crashes++;
    }
    expect(crashes).toBe(3);
    const letters = await one.read(topics.deadLetters);
    expect(letters.map(({ offset, code, stage }) => [offset, code, stage])).toEqual([
      [3, 'PROCESSOR_FAILED', 'process'],
    ]);
    const { gate, poison } = occupancyByCamera(await one.read(topics.occupancy));
    expect(gate).toEqual(expectedOccupancy(['gate'], 3)['gate']);
    expect(poison).toEqual(['poison:0:1=1', 'poison:2:2=2']);
  });

  test('writes every record at least once through kill -9 when it keeps no state', async () => {
    const one = await install('passed');
    let worker = one.worker('passed', { instance: 'passed-0' });
    await worker.logged('worker ready');
    const fed = one.feed(cameras, 0, 1000);
    await one.seen(topics.occupancy, 500);
    worker.signal('SIGKILL');
    await worker.exited;
    worker = one.worker('passed', { instance: 'passed-0' });
    await worker.logged('worker ready');
    await fed;
    const distinct = async (): Promise<Set<string>> =>
      new Set((await one.read(topics.occupancy)).map(({ eventId }) => eventId));
    await expect.poll(async () => (await distinct()).size, { timeout: 30_000, interval: 200 }).toBe(4000);
    worker.signal('SIGTERM');
    expect(await worker.exited).toBe(0);
  });
});
