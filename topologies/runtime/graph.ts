import type { ProcessorContext, RecordMetadata, StateStore, VersionedCamera } from '#processor';
import type { Chain } from './chains.ts';
import { createStateStore } from './state-store.ts';
import type { ManagedStore } from './state-store.ts';
import { SightlineError, isSightlineError, messageOf } from './errors.ts';
import type { AnyProcessor, ProcessorNode, SinkNode } from './topology-types.ts';

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

const storesOf = (chain: Chain): Map<string, ManagedStore<unknown>> => {
  const stores = new Map<string, ManagedStore<unknown>>();
  for (const { state } of chain.processors) {
    const codec = state === undefined ? undefined : chain.topology.stores.get(state);
    if (state !== undefined && codec) stores.set(state, createStateStore(state, codec));
  }
  return stores;
};

export const createGraph = (options: GraphOptions): Graph => new ChainGraph(options);

class ChainGraph implements Graph {
  readonly stores: ReadonlyMap<string, ManagedStore<unknown>>;
  readonly #options: GraphOptions;
  readonly #running = new Map<string, RunningNode>();
  readonly #head: RunningNode;
  /** What is still being processed; bounded by the records the runner lets in. */
  readonly #outstanding = new Set<Promise<void>>();
  #error: unknown;

  constructor(options: GraphOptions) {
    const { chain } = options;
    this.#options = options;
    this.stores = storesOf(chain);
    for (const node of chain.processors) {
      const store = node.state === undefined ? undefined : this.stores.get(node.state);
      const processor = node.create(store ?? noStore(node.name));
      this.#running.set(node.name, { node, processor, tail: undefined, metadata: nowhere });
    }
    this.#head = this.#running.get(chain.head.name) as RunningNode;
  }

  async init(): Promise<void> {
    for (const target of this.#running.values()) await target.processor.init(this.#contextOf(target));
  }

  process(value: unknown, metadata: RecordMetadata): void | Promise<void> {
    this.#throwError();
    // A concurrent head answers for each record alone: the runner has several in flight.
    if (this.#head.node.concurrent) return this.#call(this.#head, value, metadata);
    this.#deliver(this.#head, value, metadata);
    if (this.#outstanding.size > 0) return this.#settle();
    this.#throwError();
  }

  async close(): Promise<void> {
    await Promise.all(this.#outstanding);
    for (const target of this.#running.values()) await target.processor.close();
  }

  #contextOf(from: RunningNode): ProcessorContext<Record<string, unknown>> {
    const { chain, camera, emit } = this.#options;
    const sinks = Map.groupBy(
      chain.sinks.filter((sink) => sink.from === from.node.name),
      ({ stream }) => stream,
    );
    const children = Map.groupBy(
      [...this.#running.values()].filter(({ node }) => node.from === from.node.name),
      ({ node }) => node.stream,
    );
    return {
      camera,
      forward: (stream, value) => {
        for (const sink of sinks.get(stream) ?? []) emit(sink, value, from.metadata);
        for (const child of children.get(stream) ?? []) this.#deliver(child, value, from.metadata);
      },
    };
  }

  #deliver(target: RunningNode, value: unknown, metadata: RecordMetadata): void {
    const call = (): void | Promise<void> => this.#call(target, value, metadata);
    const result = target.tail && !target.node.concurrent ? target.tail.then(call) : call();
    if (!result) return;
    const tail = this.#track(result).then(() => {
      if (target.tail === tail) target.tail = undefined;
    });
    target.tail = tail;
  }

  #call(target: RunningNode, value: unknown, metadata: RecordMetadata): void | Promise<void> {
    target.metadata = metadata;
    this.#options.received?.(target.node.name);
    try {
      const result = target.processor.process(value, metadata);
      return result?.catch((reason: unknown) => {
        throw failed(target.node, reason);
      });
    } catch (reason) {
      throw failed(target.node, reason);
    }
  }

  /** Keeps the first error for `process` to throw. */
  #track(promise: Promise<void>): Promise<void> {
    const settled = promise.catch((reason: unknown) => {
      this.#error ??= reason;
    });
    this.#outstanding.add(settled);
    void settled.then(() => this.#outstanding.delete(settled));
    return settled;
  }

  async #settle(): Promise<void> {
    while (this.#outstanding.size > 0) await Promise.all(this.#outstanding);
    this.#throwError();
  }

  #throwError(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
