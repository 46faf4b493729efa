import type { Processor, StateCodec, StateStore } from '#processor';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { describeTopology } from './describe.ts';
import { SightlineError } from './errors.ts';
import type { Guarantee, ProcessorNode, SinkNode, SourceNode, Topology } from './topology-types.ts';

/** Streams of each node by name, so that `from` and `stream` are checked where they are written. */
type NodeStreams = Record<string, object>;
type StreamOf<Nodes extends NodeStreams, From extends keyof Nodes> = keyof Nodes[From] & string;

export interface ProcessorLink<From, Stream, Store> {
  readonly from: From;
  /** May be left out when `from` is a source. */
  readonly stream?: Stream;
  readonly state?: Store;
  readonly concurrent?: boolean;
}

/** Each call returns a new topology and leaves the old one as it was. A node is added after the node it reads from. */
export interface TopologyBuilder<
  Nodes extends NodeStreams,
  Stores extends Record<string, unknown>,
> extends Topology {
  addSource<Name extends string, Schema extends keyof RecordTypes>(
    name: Name,
    topic: TopicSpecification<Schema>,
    options?: { guarantee?: Guarantee },
  ): TopologyBuilder<Nodes & Record<Name, { value: RecordTypes[Schema] }>, Stores>;

  addStateStore<Name extends string, State>(
    name: Name,
    codec: StateCodec<State>,
  ): TopologyBuilder<Nodes, Stores & Record<Name, State>>;

  addProcessor<
    Name extends string,
    Outputs extends object,
    From extends keyof Nodes & string,
    Stream extends StreamOf<Nodes, From>,
    Store extends keyof Stores & string,
  >(
    name: Name,
    create: (store: StateStore<Stores[Store]>) => Processor<Nodes[From][Stream], Outputs>,
    link: ProcessorLink<From, Stream, Store>,
  ): TopologyBuilder<Nodes & Record<Name, Outputs>, Stores>;

  addSink<
    Schema extends keyof RecordTypes,
    From extends keyof Nodes & string,
    Stream extends StreamOf<Nodes, From>,
  >(
    name: string,
    topic: Nodes[From][Stream] extends RecordTypes[Schema] ? TopicSpecification<Schema> : never,
    link: { readonly from: From; readonly stream: Stream },
  ): TopologyBuilder<Nodes, Stores>;
}

interface Parts {
  readonly name: string;
  readonly sources: ReadonlyMap<string, SourceNode>;
  readonly processors: ReadonlyMap<string, ProcessorNode>;
  readonly sinks: ReadonlyMap<string, SinkNode>;
  readonly stores: ReadonlyMap<string, StateCodec<unknown>>;
}

const invalid = (name: string, problem: string): SightlineError =>
  new SightlineError('TOPOLOGY_INVALID', `topology ${name}: ${problem}`);

const checkNewName = (parts: Parts, name: string): void => {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw invalid(parts.name, `"${name}" must be lower case letters, digits, dashes`);
  if (parts.sources.has(name) || parts.processors.has(name) || parts.sinks.has(name)) {
    throw invalid(parts.name, `there are two nodes named "${name}"`);
  }
};

/** Nodes read only from nodes added before, so the graph cannot have a cycle in memory. */
const checkLink = (parts: Parts, reader: string, from: string, stream: string | undefined): string => {
  if (parts.sources.has(from)) {
    if (stream !== undefined && stream !== 'value')
      throw invalid(parts.name, `source "${from}" has one stream, "value"`);
    return 'value';
  }
  if (!parts.processors.has(from)) {
    throw invalid(parts.name, `"${reader}" reads from "${from}", which was not added before it`);
  }
  if (stream === undefined)
    throw invalid(parts.name, `"${reader}" must say which stream of "${from}" it reads`);
  return stream;
};

/** The sources a node is fed by: there is always exactly one, at the end of its `from` chain. */
export const sourceOf = (topology: Pick<Topology, 'sources' | 'processors'>, name: string): SourceNode => {
  const processor = topology.processors.get(name);
  if (processor) return sourceOf(topology, processor.from);
  return topology.sources.get(name) as SourceNode;
};

const checkProcessor = (parts: Parts, name: string, link: ProcessorLink<string, string, string>): void => {
  if (link.state !== undefined && !parts.stores.has(link.state)) {
    throw invalid(
      parts.name,
      `"${name}" uses the state store "${link.state}", which was not added before it`,
    );
  }
  const owner = [...parts.processors.values()].find(
    ({ state }) => state !== undefined && state === link.state,
  );
  if (owner) throw invalid(parts.name, `"${name}" and "${owner.name}" share the state store "${link.state}"`);
  const source = sourceOf(parts, link.from);
  if (source.guarantee === 'at-least-once' && link.state !== undefined) {
    throw invalid(
      parts.name,
      `"${name}" keeps state, but "${source.name}" is at-least-once: a repeat would count twice`,
    );
  }
  if (source.guarantee === 'exactly-once' && link.concurrent) {
    throw invalid(
      parts.name,
      `"${name}" is concurrent, but "${source.name}" is exactly-once, which is in order`,
    );
  }
  const root = parts.sources.has(link.from);
  if (source.guarantee === 'exactly-once' && root && link.state === undefined) {
    throw invalid(
      parts.name,
      `"${name}" reads an exactly-once source and needs a state store: the offset is kept there`,
    );
  }
};

const build = (parts: Parts): TopologyBuilder<never, never> => {
  const builder = {
    ...parts,
    describe: (format: 'text' | 'mermaid' = 'text') => describeTopology(builder as Topology, format),
    addSource(name: string, topic: TopicSpecification, options: { guarantee?: Guarantee } = {}) {
      checkNewName(parts, name);
      const node: SourceNode = {
        kind: 'source',
        name,
        topic,
        guarantee: options.guarantee ?? 'exactly-once',
      };
      return build({ ...parts, sources: new Map([...parts.sources, [name, node]]) });
    },
    addStateStore(name: string, codec: StateCodec<unknown>) {
      if (parts.stores.has(name)) throw invalid(parts.name, `there are two state stores named "${name}"`);
      return build({ ...parts, stores: new Map([...parts.stores, [name, codec]]) });
    },
    addProcessor(name: string, create: ProcessorNode['create'], link: ProcessorLink<string, string, string>) {
      checkNewName(parts, name);
      const stream = checkLink(parts, name, link.from, link.stream);
      checkProcessor(parts, name, link);
      const { from, state, concurrent = false } = link;
      const node: ProcessorNode = { kind: 'processor', name, create, from, stream, state, concurrent };
      return build({ ...parts, processors: new Map([...parts.processors, [name, node]]) });
    },
    addSink(name: string, topic: TopicSpecification, link: { from: string; stream: string }) {
      checkNewName(parts, name);
      if (parts.sources.has(link.from))
        throw invalid(parts.name, `sink "${name}" must read from a processor`);
      const stream = checkLink(parts, name, link.from, link.stream);
      if (sourceOf(parts, link.from).topic.name === topic.name) {
        throw invalid(parts.name, `sink "${name}" writes the topic its own source reads: a cycle`);
      }
      const node: SinkNode = { kind: 'sink', name, topic, from: link.from, stream };
      return build({ ...parts, sinks: new Map([...parts.sinks, [name, node]]) });
    },
  };
  // The maps above carry no value types; the interface does, and is what callers see.
  return builder as unknown as TopologyBuilder<never, never>;
};

/** An empty topology to add to. */
export const topology = (name: string): TopologyBuilder<Record<never, never>, Record<never, never>> =>
  build({
    name,
    sources: new Map(),
    processors: new Map(),
    sinks: new Map(),
    stores: new Map(),
  }) as unknown as TopologyBuilder<Record<never, never>, Record<never, never>>;
