import type { ProcessorNode, SinkNode, Topology } from './topology-types.ts';

interface Children {
  readonly processors: readonly ProcessorNode[];
  readonly sinks: readonly SinkNode[];
}

const childrenOf = (topology: Topology, name: string): Children => ({
  processors: [...topology.processors.values()].filter(({ from }) => from === name),
  sinks: [...topology.sinks.values()].filter(({ from }) => from === name),
});

const textOf = (topology: Topology): string => {
  const lines = [`topology ${topology.name}`];
  const walk = (name: string, depth: number): void => {
    const indent = '  '.repeat(depth);
    const { processors, sinks } = childrenOf(topology, name);
    for (const { name: sink, stream, topic } of sinks)
      lines.push(`${indent}${stream} -> sink ${sink} (topic ${topic.name})`);
    for (const node of processors) {
      const state = node.state === undefined ? '' : ` (state ${node.state})`;
      lines.push(
        `${indent}${node.stream} -> processor ${node.name}${state}${node.concurrent ? ' (concurrent)' : ''}`,
      );
      walk(node.name, depth + 1);
    }
  };
  for (const source of topology.sources.values()) {
    lines.push(`  source ${source.name} (topic ${source.topic.name}, ${source.guarantee})`);
    walk(source.name, 2);
  }
  return lines.join('\n');
};

const id = (kind: string, name: string): string => `${kind}_${name.replaceAll('-', '_')}`;

const mermaidOf = (topology: Topology): string => {
  const lines = ['flowchart LR'];
  const topics = new Set<string>();
  const topicNode = (name: string): string => {
    const node = id('topic', name);
    if (!topics.has(name)) lines.push(`  ${node}([${name}])`);
    topics.add(name);
    return node;
  };
  const nodeOf = (name: string): string => {
    const source = topology.sources.get(name);
    return source ? topicNode(source.topic.name) : id('processor', name);
  };
  for (const node of topology.processors.values()) {
    lines.push(`  ${id('processor', node.name)}[${node.name}]`);
    if (node.state !== undefined)
      lines.push(`  ${id('processor', node.name)} <-.-> ${id('state', node.state)}[(state-${node.state})]`);
  }
  for (const node of topology.processors.values()) {
    const link = topology.sources.has(node.from) ? '-->' : `-->|${node.stream}|`;
    lines.push(`  ${nodeOf(node.from)} ${link} ${id('processor', node.name)}`);
  }
  for (const sink of topology.sinks.values())
    lines.push(`  ${nodeOf(sink.from)} --> ${topicNode(sink.topic.name)}`);
  return lines.join('\n');
};

/** The same graph in the same order every time: the README's picture is made of it. */
export const describeTopology = (topology: Topology, format: 'text' | 'mermaid'): string =>
  format === 'mermaid' ? mermaidOf(topology) : textOf(topology);
