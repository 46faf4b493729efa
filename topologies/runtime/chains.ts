import type { TopicSpecification } from '#schemas';
import { SightlineError } from './errors.ts';
import { sourceOf } from './topology.ts';
import type { Guarantee, ProcessorNode, SinkNode, Topology } from './topology-types.ts';

/**
 * Processors that hand records over in memory: a head with one input topic and everything of this process below it.
 * A task runs one chain on one partition.
 */
export interface Chain {
  readonly topology: Topology;
  /** The processor that reads the input; its name is the chain's name, on the broker too. */
  readonly head: ProcessorNode;
  readonly input: TopicSpecification;
  readonly guarantee: Guarantee;
  /** The head first, parents before children. */
  readonly processors: readonly ProcessorNode[];
  readonly sinks: readonly SinkNode[];
}

/** The topic a processor reads when its upstream runs elsewhere. */
const inputOf = (topology: Topology, node: ProcessorNode): TopicSpecification => {
  const source = topology.sources.get(node.from);
  if (source) return source.topic;
  const sink = [...topology.sinks.values()].find(
    ({ from, stream }) => from === node.from && stream === node.stream,
  );
  if (sink) return sink.topic;
  throw new SightlineError(
    'TOPOLOGY_INVALID',
    `"${node.name}" cannot run without "${node.from}" in the same process: ${node.from}.${node.stream} has no topic`,
  );
};

const chainOf = (topology: Topology, head: ProcessorNode, chosen: ReadonlySet<string>): Chain => {
  const names = new Set([head.name]);
  // Nodes were added after what they read, so one pass in that order finds every descendant.
  for (const node of topology.processors.values()) {
    if (names.has(node.from) && chosen.has(node.name)) names.add(node.name);
  }
  const guarantee = sourceOf(topology, head.name).guarantee;
  if (guarantee === 'exactly-once' && head.state === undefined) {
    throw new SightlineError(
      'TOPOLOGY_INVALID',
      `"${head.name}" keeps no state and cannot begin a chain of its own`,
    );
  }
  return {
    topology,
    head,
    input: inputOf(topology, head),
    guarantee,
    processors: [...topology.processors.values()].filter(({ name }) => names.has(name)),
    sinks: [...topology.sinks.values()].filter(({ from }) => names.has(from)),
  };
};

/** Splits the chosen processors (default: all) into chains. Unknown names are refused. */
export const chainsOf = (
  topology: Topology,
  nodes: readonly string[] = [...topology.processors.keys()],
): Chain[] => {
  const chosen = new Set(nodes);
  const unknown = nodes.filter((name) => !topology.processors.has(name));
  if (unknown.length > 0) {
    const known = [...topology.processors.keys()].join(', ');
    throw new SightlineError(
      'TOPOLOGY_INVALID',
      `${topology.name} has no node ${unknown.join(', ')}; it has ${known}`,
    );
  }
  return [...topology.processors.values()]
    .filter(({ name, from }) => chosen.has(name) && !chosen.has(from))
    .map((head) => chainOf(topology, head, chosen));
};
