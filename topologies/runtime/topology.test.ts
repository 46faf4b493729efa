import type { Processor, StateCodec, StateStore } from '#processor';
import { topics } from '#schemas';
import type { Crossing, DetectionRecord, Occupancy, TrackRecord } from '#schemas';
import { describe, expect, test } from 'vitest';
import { chainsOf } from './chains.ts';
import { topology } from './topology.ts';

const textCodec: StateCodec<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => Buffer.from(bytes).toString(),
};
const idle = { init() {}, process() {}, close() {} };
const track = (_store: StateStore<string>): Processor<DetectionRecord, { tracks: TrackRecord }> => idle;
const dwell = (
  _store: StateStore<string>,
): Processor<TrackRecord, { crossings: Crossing; occupancy: Occupancy }> => idle;
const infer = (): Processor<DetectionRecord, { detections: DetectionRecord }> => idle;

const begun = topology('analytics')
  .addSource('detections', topics.detections)
  .addStateStore('track', textCodec)
  .addStateStore('dwell', textCodec)
  .addProcessor('track', track, { from: 'detections', state: 'track' });
const whole = begun
  .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' })
  .addProcessor('dwell', dwell, { from: 'track', stream: 'tracks', state: 'dwell' })
  .addSink('crossings', topics.crossings, { from: 'dwell', stream: 'crossings' })
  .addSink('occupancy', topics.occupancy, { from: 'dwell', stream: 'occupancy' });

describe('a topology', () => {
  test('is a value: adding to it leaves it as it was', () => {
    expect([...begun.sinks.keys()]).toEqual([]);
    expect([...whole.sinks.keys()]).toEqual(['tracks', 'crossings', 'occupancy']);
  });

  test('describes itself as text', () => {
    expect(whole.describe()).toBe(
      [
        'topology analytics',
        '  source detections (topic detections, exactly-once)',
        '    value -> processor track (state track)',
        '      tracks -> sink tracks (topic tracks)',
        '      tracks -> processor dwell (state dwell)',
        '        crossings -> sink crossings (topic crossings)',
        '        occupancy -> sink occupancy (topic occupancy)',
      ].join('\n'),
    );
  });

  test('describes itself as a Mermaid flowchart that names each topic once', () => {
    const picture = whole.describe('mermaid');
    expect(picture.split('\n')[0]).toBe('flowchart LR');
    expect(picture).toContain('topic_detections --> processor_track');
    expect(picture).toContain('processor_track -->|tracks| processor_dwell');
    expect(picture).toContain('processor_dwell <-.-> state_dwell[(state-dwell)]');
    expect(picture.match(/\(\[tracks\]\)/g)).toHaveLength(1);
  });

  const mistakes: [what: string, message: RegExp, build: () => unknown][] = [
    [
      'a node nobody added',
      /"dwell" reads from "nothing", which was not added before it/,
      // @ts-expect-error the builder's types refuse it as well
      () => begun.addProcessor('dwell', dwell, { from: 'nothing', stream: 'tracks', state: 'dwell' }),
    ],
    [
      'an output without a stream',
      /must say which stream of "track" it reads/,
      () => begun.addProcessor('dwell', dwell, { from: 'track', state: 'dwell' }),
    ],
    [
      'two nodes of one name',
      /two nodes named "track"/,
      () => begun.addProcessor('track', track, { from: 'detections', state: 'dwell' }),
    ],
    [
      'a state store nobody added',
      /uses the state store "rules"/,
      // @ts-expect-error the builder's types refuse it as well
      () => begun.addProcessor('rules', track, { from: 'detections', state: 'rules' }),
    ],
    [
      'a store with two owners',
      /share the state store "track"/,
      () => begun.addProcessor('other', track, { from: 'detections', state: 'track' }),
    ],
    [
      'a sink into its own source',
      /a cycle/,
      () =>
        topology('loop')
          .addSource('detections', topics.detections)
          .addStateStore('track', textCodec)
          .addProcessor('again', (_store: StateStore<string>) => infer(), {
            from: 'detections',
            state: 'track',
          })
          .addSink('back', topics.detections, { from: 'again', stream: 'detections' }),
    ],
    [
      'state behind an at-least-once source',
      /a repeat would count twice/,
      () =>
        topology('careless')
          .addSource('detections', topics.detections, { guarantee: 'at-least-once' })
          .addStateStore('track', textCodec)
          .addProcessor('track', track, { from: 'detections', state: 'track' }),
    ],
    [
      'an exactly-once head without state',
      /needs a state store: the offset is kept there/,
      () =>
        topology('stateless')
          .addSource('detections', topics.detections)
          .addProcessor('infer', infer, { from: 'detections' }),
    ],
  ];
  test.each(mistakes)('refuses %s', (_what, message, build) => {
    expect(build).toThrow(message);
  });
});

describe('splitting into chains', () => {
  test('fuses everything below one head by default', () => {
    const chains = chainsOf(whole);
    expect(chains.map(({ head, input }) => [head.name, input.name])).toEqual([['track', 'detections']]);
    expect(chains[0]?.processors.map(({ name }) => name)).toEqual(['track', 'dwell']);
  });

  test('gives a processor without its upstream the topic of the upstream', () => {
    const [chain] = chainsOf(whole, ['dwell']);
    expect(chain?.input.name).toBe('tracks');
    expect(chain?.sinks.map(({ name }) => name)).toEqual(['crossings', 'occupancy']);
  });

  test('refuses a name the topology does not have, and says which it has', () => {
    expect(() => chainsOf(whole, ['dwel'])).toThrow('analytics has no node dwel; it has track, dwell');
  });

  test('refuses a processor whose upstream stream has no topic', () => {
    const unpublished = begun.addProcessor('dwell', dwell, {
      from: 'track',
      stream: 'tracks',
      state: 'dwell',
    });
    expect(() => chainsOf(unpublished, ['dwell'])).toThrow('track.tracks has no topic');
  });
});
