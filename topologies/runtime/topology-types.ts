import type { Processor, StateCodec, StateStore } from '#processor';
import type { TopicSpecification } from '#schemas';

/** `exactly-once`: one transaction a batch, with state. `at-least-once`: no state; a crash may repeat records. */
export type Guarantee = 'exactly-once' | 'at-least-once';

export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly topic: TopicSpecification;
  readonly guarantee: Guarantee;
}

/** A processor as the kernel sees it: values are checked by the builder's types and by the schemas, not again here. */
export type AnyProcessor = Processor<unknown, Record<string, unknown>>;

export interface ProcessorNode {
  readonly kind: 'processor';
  readonly name: string;
  readonly create: (store: StateStore<unknown>) => AnyProcessor;
  readonly from: string;
  /** Stream of the node it reads from; sources have one, named `value`. */
  readonly stream: string;
  readonly state: string | undefined;
  /** `process` is called for the next record before the last one's promise resolved. */
  readonly concurrent: boolean;
}

export interface SinkNode {
  readonly kind: 'sink';
  readonly name: string;
  readonly topic: TopicSpecification;
  readonly from: string;
  readonly stream: string;
}

/** A dataflow as a value: what reads what, and nothing about how it is run. */
export interface Topology {
  readonly name: string;
  readonly sources: ReadonlyMap<string, SourceNode>;
  readonly processors: ReadonlyMap<string, ProcessorNode>;
  readonly sinks: ReadonlyMap<string, SinkNode>;
  readonly stores: ReadonlyMap<string, StateCodec<unknown>>;
  /** The graph as indented text, or as a Mermaid flowchart. */
  describe(format?: 'text' | 'mermaid'): string;
}
