import type { ProcessorContext, RecordMetadata, StateStore, VersionedCamera } from '#processor';
import type { Chain } from './chains.ts';
import { createStateStore } from './state-store.ts';
import type { ManagedStore } from './state-store.ts';
import { SightlineError, isSightlineError, messageOf } from './errors.ts';
import type { AnyProcessor, ProcessorNode, SinkNode } from './topology.ts';

export interface GraphOptions {
  readonly chain: Chain;
  readonly camera: (cameraId: string, atUs: number) => VersionedCamera | undefined;
  /** Every value a sink takes, in order. */
  readonly emit: (sink: SinkNode, value: unknown, metadata: RecordMetadata) => void;
  /** How often each node took a record in; for metrics. */
  readonly received?: (node: string) => void;
}

/** A running chain: the one implementation of the walk, for the runner, the driver and `analyze`. */
export interface Graph {
  init(): Promise<void>;
  /**
   * Hands a record to the head and to everything below. Resolves when all is processed; a promise is returned only
   * when a processor needed one. A thrown error is wrapped as PROCESSOR_FAILED with the node's name.
   */
  process(value: unknown, metadata: RecordMetadata): void | Promise<void>;
  close(): Promise<void>;
  readonly stores: ReadonlyMap<string, ManagedStore<unknown>>;
}

interface RunningNode {
  readonly node: ProcessorNode;
  readonly processor: AnyProcessor;
  /** Set while a record is being processed asynchronously: the next one of this node waits for it. */
  tail: Promise<void> | undefined;
  /** What a forward inside `process` belongs to. */
  metadata: RecordMetadata;
}

/** A processor without state gets a store that says so when it is used. */
const noStore = (name: string): StateStore<unknown> => {
  const refuse = (): never => {
    throw new SightlineError(
      'TOPOLOGY_INVALID',
      `"${name}" has no state store: add \`state\` to it in the topology`,
    );
  };
  return { get: refuse, set: refuse, delete: refuse };
};

const failed = (node: ProcessorNode, error: unknown): SightlineError =>
  isSightlineError(error)
    ? error
    : new SightlineError('PROCESSOR_FAILED', `processor ${node.name} failed: ${messageOf(error)}`, error);

const nowhere: RecordMetadata = { topic: '', partition: 0, offset: 0, appendedAtUs: 0 };

export const createGraph = ({ chain, camera, emit, received }: GraphOptions): Graph => {
  const stores = new Map<string, ManagedStore<unknown>>();
  for (const { state } of chain.processors) {
    const codec = state === undefined ? undefined : chain.topology.stores.get(state);
    if (state !== undefined && codec) stores.set(state, createStateStore(state, codec));
  }
  const running = new Map<string, RunningNode>();
  for (const node of chain.processors) {
    const store = node.state === undefined ? undefined : stores.get(node.state);
    const processor = node.create(store ?? noStore(node.name));
    running.set(node.name, { node, processor, tail: undefined, metadata: nowhere });
  }
  let error: unknown;
  const outstanding = new Set<Promise<void>>();

  /** Keeps the first error for `process` to throw, and the set of what is still going on. */
  const track = (promise: Promise<void>): Promise<void> => {
    const settled = promise.catch((reason: unknown) => {
      error ??= reason;
    });
    outstanding.add(settled);
    void settled.then(() => outstanding.delete(settled));
    return settled;
  };

  const call = (target: RunningNode, value: unknown, metadata: RecordMetadata): void | Promise<void> => {
    target.metadata = metadata;
    received?.(target.node.name);
    try {
      const result = target.processor.process(value, metadata);
      if (result === undefined) return;
      return result.catch((reason: unknown) => {
        throw failed(target.node, reason);
      });
    } catch (reason) {
      throw failed(target.node, reason);
    }
  };

  const deliver = (target: RunningNode, value: unknown, metadata: RecordMetadata): void => {
    if (target.node.concurrent) {
      const result = call(target, value, metadata);
      if (result) void track(result);
      return;
    }
    const result = target.tail
      ? target.tail.then(() => call(target, value, metadata))
      : call(target, value, metadata);
    if (!result) return;
    const tail = track(result).then(() => {
      if (target.tail === tail) target.tail = undefined;
    });
    target.tail = tail;
  };

  const contextOf = (from: RunningNode): ProcessorContext<Record<string, unknown>> => {
    const sinks = Map.groupBy(
      chain.sinks.filter((sink) => sink.from === from.node.name),
      ({ stream }) => stream,
    );
    const children = Map.groupBy(
      [...running.values()].filter(({ node }) => node.from === from.node.name),
      ({ node }) => node.stream,
    );
    return {
      camera,
      forward(stream, value) {
        for (const sink of sinks.get(stream) ?? []) emit(sink, value, from.metadata);
        for (const child of children.get(stream) ?? []) deliver(child, value, from.metadata);
      },
    };
  };

  const throwError = (): void => {
    if (error !== undefined) throw error;
  };
  const head = running.get(chain.head.name) as RunningNode;
  const settle = async (): Promise<void> => {
    while (outstanding.size > 0) await Promise.all(outstanding);
    throwError();
  };

  return {
    stores,
    async init() {
      for (const target of running.values()) await target.processor.init(contextOf(target));
    },
    process(value, metadata) {
      throwError();
      // A concurrent head answers for each record alone: the runner has several in flight.
      if (head.node.concurrent) return call(head, value, metadata);
      deliver(head, value, metadata);
      if (outstanding.size > 0) return settle();
      throwError();
    },
    async close() {
      await Promise.all(outstanding);
      for (const target of running.values()) await target.processor.close();
    },
  };
};
