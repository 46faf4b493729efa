import { codecs } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import type { Processor, ProcessorContext, StateCodec, StateStore } from '#processor';
import { topology } from '#runtime';
import type { RecordFormat } from '#runtime';

/**
 * The job of the peers: records `{seq, ts, pad}` of about 150 bytes, 64 keys; counts per key, writes `{seq, count}`,
 * JSON in and out, exactly once. The kernel is the real one; only the record format is another.
 */
export interface CountInput {
  readonly cameraId: string;
  readonly seq: number;
}
export interface CountOutput {
  readonly cameraId: string;
  readonly seq: number;
  readonly count: number;
}

const specification = (name: string): TopicSpecification<'crossings'> => ({
  name,
  schema: 'crossings',
  partitions: 'keyed',
  settings: {},
  purpose: 'benchmark',
});
export const countTopics = { input: specification('bench-in'), output: specification('bench-out') };

/** State and dead letters stay Avro, without the registry's frame. */
export const jsonFormat: RecordFormat = {
  prepare: () => Promise.resolve(),
  encode: (topic, value) =>
    topic.name.startsWith('bench-') ? Buffer.from(JSON.stringify(value)) : codecs[topic.schema].encode(value),
  decode<Name extends keyof RecordTypes>(topic: TopicSpecification<Name>, bytes: Buffer | null) {
    if (!topic.name.startsWith('bench-')) return codecs[topic.schema].decode(bytes ?? Buffer.alloc(0));
    return JSON.parse((bytes ?? Buffer.alloc(0)).toString()) as RecordTypes[Name];
  },
};

interface Count {
  count: number;
}
const countCodec: StateCodec<Count> = {
  encode: ({ count }) => Buffer.from(String(count)),
  decode: (bytes) => ({ count: Number(Buffer.from(bytes).toString()) }),
};

const createCount = (store: StateStore<Count>): Processor<CountInput, { counts: CountOutput }> => {
  let context: ProcessorContext<{ counts: CountOutput }>;
  return {
    init(given) {
      context = given;
    },
    process({ cameraId, seq }) {
      const state = store.get(cameraId) ?? { count: 0 };
      state.count++;
      store.set(cameraId, state);
      context.forward('counts', { cameraId, seq, count: state.count });
    },
    close() {},
  };
};

/** The values are the peers', not a topic's of the contract, so the types are told to look away here. */
export const countTopology = topology('bench')
  .addSource('input', countTopics.input)
  .addStateStore('count', countCodec)
  .addProcessor(
    'count',
    (store) =>
      createCount(store) as unknown as Processor<
        RecordTypes['crossings'],
        { counts: RecordTypes['crossings'] }
      >,
    {
      from: 'input',
      state: 'count',
    },
  )
  .addSink('output', countTopics.output, { from: 'count', stream: 'counts' });
