import { describe, expect, it } from 'vitest';
import type { ProcessorContext } from '#processor';
import type { InferOutputs } from '#processors/infer';
import type { DetectionRecord, FrameRecord } from '#schemas';
import { createFusedInfer } from './fused-infer.ts';

const record = (sequence: number, changes: Partial<FrameRecord> = {}): FrameRecord => ({
  kind: 'tick',
  cameraId: 'door',
  runId: 'door-1',
  runEpoch: 1,
  sequence,
  capturedAtUs: sequence,
  live: false,
  frame: null,
  ended: null,
  ...changes,
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A model that says nothing of odd sequences, and a broker that is answered by hand. */
const scene = (isCongested = false) => {
  const done: number[] = [];
  const failures: unknown[] = [];
  const dropped: string[] = [];
  const sends: PromiseWithResolvers<void>[] = [];
  let context: ProcessorContext<InferOutputs> | undefined;
  const fused = createFusedInfer({
    infer: {
      init: (given) => void (context = given),
      process: async (frame) => {
        await settle();
        if (frame.sequence % 2 === 0) context?.forward('detections', frame as unknown as DetectionRecord);
      },
      close: () => undefined,
    },
    partitions: 1,
    camera: () => undefined,
    send() {
      const sent = Promise.withResolvers<void>();
      sends.push(sent);
      return sent.promise;
    },
    report: () => undefined,
    isCongested: () => isCongested,
    onDropped: (reason) => dropped.push(reason),
    onDone: ({ sequence }) => done.push(sequence),
    fatal: (error) => failures.push(error),
  });
  return { fused, done, failures, dropped, sends };
};

describe('fused infer', () => {
  it('has done a record when the broker has what came of it', async () => {
    const { fused, done, sends } = scene();
    await fused.start();
    fused.offer(record(0));
    await settle();
    await settle();
    expect(done).toEqual([]);
    sends[0]?.resolve();
    await fused.drained();
    expect(done).toEqual([0]);
  });

  it('does not vouch for a record of which nothing came before the one before it is kept', async () => {
    const { fused, done, sends } = scene();
    await fused.start();
    fused.offer(record(0));
    fused.offer(record(1));
    for (let turn = 0; turn < 4; turn++) await settle();
    expect(done).toEqual([]);
    sends[0]?.resolve();
    await fused.drained();
    expect(done).toEqual([0, 1]);
  });

  it('ends the process when a detection cannot be kept', async () => {
    const { fused, done, failures, sends } = scene();
    await fused.start();
    fused.offer(record(0));
    await settle();
    await settle();
    sends[0]?.reject(new Error('gone'));
    await fused.drained();
    expect(failures.length).toBeGreaterThan(0);
    expect(done).toEqual([]);
  });

  it('passes live pictures over while the broker is away, and nothing else', async () => {
    const { fused, dropped, done } = scene(true);
    await fused.start();
    const live = { live: true };
    fused.offer(record(1, { ...live, kind: 'frame' }));
    fused.offer(record(3, live));
    fused.offer(record(5, { kind: 'frame' }));
    await fused.drained();
    expect([dropped, done]).toEqual([['brokerBusy'], [3, 5]]);
  });
});
