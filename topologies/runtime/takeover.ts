import { topicName } from '#schemas';
import type { Chain } from './chains.ts';
import { nowMs } from './clock.ts';
import { SightlineError } from './errors.ts';
import type { Graph } from './graph.ts';
import { restorePartition } from './restore.ts';
import type { Bookmark, CrashMark } from './restore.ts';
import { groupOf, inputTopicOf } from './task-context.ts';
import type { ChainContext } from './task-context.ts';
import { openTopicReader, readPartition } from './topic-reader.ts';
import type { OffsetRange } from './topic-reader.ts';
import { openWriter } from './transaction.ts';
import type { TransactionalWriter } from './transaction.ts';
import type { ProcessorNode } from './topology-types.ts';

/** A partition that is ours: nobody else can write under its id, and its state has been read. */
export interface TakenPartition {
  readonly writer: TransactionalWriter;
  readonly position: number;
  readonly crash: CrashMark | undefined;
  /** Stores of processors that the head feeds in memory. */
  readonly followers: readonly string[];
  /** Where each of those would go on reading if it ran alone. Only right when everything is committed. */
  linkOffsets(): Promise<{ store: string; topic: string; offset: number }[]>;
}

/** The topic that carries what a fused processor is handed in memory; undefined when that stream is not published. */
const linkTopicOf = (chain: Chain, node: ProcessorNode, topicPrefix: string): string | undefined => {
  const sink = chain.sinks.find(({ from, stream }) => from === node.from && stream === node.stream);
  return sink && topicName(sink.topic, topicPrefix);
};

const rangeOf = async (context: ChainContext, topic: string, partition: number): Promise<OffsetRange> => {
  const reader = await openTopicReader(context.kafka, topic);
  try {
    return await reader.range(partition);
  } finally {
    await reader.close();
  }
};

/** Records from an offset on. Offsets would not do: the markers that end transactions have offsets too. */
const countFrom = async (
  context: ChainContext,
  topic: string,
  partition: number,
  offset: number,
): Promise<number> => {
  const reader = await openTopicReader(context.kafka, topic);
  try {
    let count = 0;
    for await (const _record of readPartition(reader, partition, offset)) count++;
    return count;
  } finally {
    await reader.close();
  }
};

const otherChain = (node: string, why: string): SightlineError =>
  new SightlineError('STATE_OF_OTHER_CHAIN', `${node} ran in another split of the topology: ${why}`);

/** The head's own bookmark: where to go on. Without one it is the first start, and everything there is is read. */
const positionOf = async (
  context: ChainContext,
  partition: number,
  bookmark: Bookmark | undefined,
): Promise<number> => {
  const { chain, log } = context;
  const topic = inputTopicOf(context);
  if (bookmark && bookmark.inputTopic !== topic) {
    throw otherChain(
      chain.head.name,
      `start it as it ran, with ${bookmark.inputTopic}, and stop it properly first`,
    );
  }
  const { start, end } = await rangeOf(context, topic, partition);
  if (bookmark && bookmark.inputOffset < start) {
    const lost = start - bookmark.inputOffset;
    log.error({ topic, partition, lost }, 'input was deleted before it was processed');
    context.metrics.dropped.inc(
      { topology: chain.topology.name, node: chain.head.name, reason: 'retention' },
      lost,
    );
  }
  if (bookmark && bookmark.inputOffset > end) {
    log.error(
      { topic, partition, offset: bookmark.inputOffset, end },
      'input is shorter than what was processed',
    );
    return end;
  }
  return Math.max(bookmark?.inputOffset ?? start, start);
};

/** A fused processor that ran alone before must have read everything its upstream wrote. */
const checkFollower = async (
  context: ChainContext,
  node: ProcessorNode,
  partition: number,
  bookmark: Bookmark,
): Promise<void> => {
  if (bookmark.inputTopic === `@${context.chain.head.name}`) return;
  const topic = linkTopicOf(context.chain, node, context.config.topicPrefix);
  if (bookmark.inputTopic !== topic) throw otherChain(node.name, `it was fed from ${bookmark.inputTopic}`);
  const left = await countFrom(context, topic, partition, bookmark.inputOffset);
  if (left > 0)
    throw otherChain(node.name, `run it alone until it has read the ${left} records left on ${topic}`);
};

export const takeOver = async (
  context: ChainContext,
  partition: number,
  graph: Graph,
): Promise<TakenPartition> => {
  const { chain, kafka, format, config, metrics } = context;
  const startMs = nowMs();
  const writer = await openWriter(kafka, `${groupOf(chain, config.topicPrefix)}.${partition}`);
  try {
    const stateful = chain.processors.filter(
      (node): node is ProcessorNode & { state: string } => node.state !== undefined,
    );
    const restored = await Promise.all(
      stateful.map(async (node) => {
        const into = graph.stores.get(node.state);
        if (!into) throw new SightlineError('TOPOLOGY_INVALID', `${node.name} has no store`);
        const common = { kafka, format, topicPrefix: config.topicPrefix, partition };
        return { node, ...(await restorePartition({ ...common, store: node.state, into })) };
      }),
    );
    const head = restored.find(({ node }) => node === chain.head);
    const followers = restored.filter(({ node }) => node !== chain.head);
    for (const { node, bookmark } of followers) {
      if (bookmark) await checkFollower(context, node, partition, bookmark);
    }
    const position = await positionOf(context, partition, head?.bookmark);
    await graph.init();
    const labels = { topology: chain.topology.name, node: chain.head.name, partition };
    metrics.restoreMs.set(labels, nowMs() - startMs);
    return {
      writer,
      position,
      crash: head?.crash,
      followers: followers.map(({ node }) => node.state),
      linkOffsets: () =>
        linkOffsetsOf(
          context,
          partition,
          followers.map(({ node }) => node),
        ),
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
};

const linkOffsetsOf = async (
  context: ChainContext,
  partition: number,
  followers: readonly (ProcessorNode & { state: string })[],
): Promise<{ store: string; topic: string; offset: number }[]> => {
  const offsets = [];
  for (const node of followers) {
    const topic = linkTopicOf(context.chain, node, context.config.topicPrefix);
    if (topic === undefined) continue;
    const { end } = await rangeOf(context, topic, partition);
    offsets.push({ store: node.state, topic, offset: end });
  }
  return offsets;
};
