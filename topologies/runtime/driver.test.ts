import type { Processor, ProcessorContext, StateCodec, StateStore } from '#processor';
import { topics } from '#schemas';
import type { DetectionRecord, TrackRecord } from '#schemas';
import { describe, expect, test } from 'vitest';
import { createDriver } from './driver.ts';
import { topology } from './topology.ts';

interface Count {
  count: number;
}
const countCodec: StateCodec<Count> = {
  encode: ({ count }) => Buffer.from(String(count)),
  decode: (bytes) => ({ count: Number(Buffer.from(bytes).toString()) }),
};

const tick = (cameraId: string, sequence: number): DetectionRecord => ({
  kind: 'tick',
  cameraId,
  runId: 'run',
  runEpoch: 1,
  sequence,
  capturedAtUs: 1_000_000 * sequence,
  live: true,
  frame: null,
  ended: null,
});
const trackOf = ({ frame: _frame, ...record }: DetectionRecord): TrackRecord => ({
  ...record,
  late: false,
  frame: null,
  endedTrackIds: [],
});

/** Numbers the records of each camera in `sequence`; waits first when `waitMs` says so. */
const counting = (
  store: StateStore<Count>,
  waitMs: (record: DetectionRecord) => number = () => 0,
): Processor<DetectionRecord, { tracks: TrackRecord }> => {
  let context: ProcessorContext<{ tracks: TrackRecord }>;
  const count = (record: DetectionRecord): void => {
    const state = store.get(record.cameraId) ?? { count: 0 };
    state.count++;
    store.set(record.cameraId, state);
    context.forward('tracks', { ...trackOf(record), sequence: state.count });
  };
  return {
    init(given) {
      context = given;
    },
    process(record) {
      const delayMs = waitMs(record);
      if (delayMs === 0) return count(record);
      return new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => count(record));
    },
    close() {},
  };
};

/** Doubles every record, so that order across nodes shows. */
const doubling = (waitMs: number): Processor<TrackRecord, { tracks: TrackRecord }> => {
  let context: ProcessorContext<{ tracks: TrackRecord }>;
  return {
    init(given) {
      context = given;
    },
    async process(record) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      context.forward('tracks', record);
      context.forward('tracks', { ...record, late: true });
    },
    close() {},
  };
};

const counted = topology('counted')
  .addSource('detections', topics.detections)
  .addStateStore('track', countCodec)
  .addProcessor('track', (store) => counting(store), { from: 'detections', state: 'track' })
  .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' });

describe('the in-memory driver', () => {
  test('keeps state by camera and hands it out', async () => {
    const driver = await createDriver(counted);
    for (const cameraId of ['a', 'b', 'a', 'a']) await driver.pipeInput('detections', tick(cameraId, 0));
    const outputs = driver
      .readOutput<TrackRecord>('tracks')
      .map(({ cameraId, sequence }) => [cameraId, sequence]);
    expect(outputs).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['a', 3],
    ]);
    expect(driver.state<Count>('track').get('a')).toEqual({ count: 3 });
    expect(driver.readOutput('tracks')).toEqual([]);
    await driver.close();
  });

  test('answers without a promise when no processor needs one', async () => {
    const driver = await createDriver(counted);
    expect(driver.pipeInput('detections', tick('a', 0))).toBeUndefined();
    await driver.close();
  });

  test('keeps the order of records through processors that take their time', async () => {
    const chained = topology('chained')
      .addSource('detections', topics.detections)
      .addStateStore('track', countCodec)
      .addProcessor('track', (store) => counting(store, ({ sequence }) => (sequence % 2 === 0 ? 5 : 0)), {
        from: 'detections',
        state: 'track',
      })
      .addProcessor('double', () => doubling(2), { from: 'track', stream: 'tracks' })
      .addSink('doubled', topics.tracks, { from: 'double', stream: 'tracks' });
    const driver = await createDriver(chained);
    await Promise.all([0, 1, 2, 3].map((sequence) => driver.pipeInput('detections', tick('a', sequence))));
    const outputs = driver.readOutput<TrackRecord>('doubled');
    expect(outputs.map(({ sequence, capturedAtUs, late }) => [sequence, capturedAtUs / 1e6, late])).toEqual(
      [0, 1, 2, 3].flatMap((sequence) => [false, true].map((late) => [sequence + 1, sequence, late])),
    );
    await driver.close();
  });

  test('streams outputs to a listener instead of keeping them', async () => {
    const seen: string[] = [];
    const driver = await createDriver(counted, { onOutput: (sink) => seen.push(sink) });
    await driver.pipeInput('detections', tick('a', 0));
    expect(seen).toEqual(['tracks']);
    expect(driver.readOutput('tracks')).toEqual([]);
    await driver.close();
  });

  test('names the processor that failed', async () => {
    const broken = topology('broken')
      .addSource('detections', topics.detections)
      .addStateStore('track', countCodec)
      .addProcessor(
        'track',
        (_store): Processor<DetectionRecord, { tracks: TrackRecord }> => ({
          init() {},
          process() {
            throw new RangeError('no such box');
          },
          close() {},
        }),
        { from: 'detections', state: 'track' },
      );
    const driver = await createDriver(broken);
    expect(() => driver.pipeInput('detections', tick('a', 0))).toThrow('processor track failed: no such box');
    await driver.close();
  });

  test.each([
    [
      'source',
      (driver: Awaited<ReturnType<typeof createDriver>>) => driver.pipeInput('frames', tick('a', 0)),
    ],
    ['sink', (driver: Awaited<ReturnType<typeof createDriver>>) => driver.readOutput('crossings')],
    ['state store', (driver: Awaited<ReturnType<typeof createDriver>>) => driver.state('dwell')],
  ])('refuses an unknown %s', async (kind, ask) => {
    const driver = await createDriver(counted);
    expect(() => ask(driver)).toThrow(`has no ${kind}`);
    await driver.close();
  });
});
