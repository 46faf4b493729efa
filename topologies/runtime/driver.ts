import type { RecordMetadata, StateStore } from '#processor';
import { createCameraTable } from './camera-table.ts';
import type { CameraTable } from './camera-table.ts';
import { chainsOf } from './chains.ts';
import { SightlineError } from './errors.ts';
import { createGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import type { Topology } from './topology-types.ts';

export interface DriverOptions {
  readonly cameras?: CameraTable;
  /** Given: outputs go here as they come and `readOutput` stays empty, for inputs longer than memory. */
  readonly onOutput?: (sink: string, value: unknown) => void;
}

/** Runs a topology in this thread without a broker: records in, records out, the same walk as the real runner. */
export interface Driver {
  /** Metadata defaults to offset 0, 1, 2, … with the record's capture time as append time. */
  pipeInput(source: string, value: unknown, metadata?: Partial<RecordMetadata>): void | Promise<void>;
  /** Takes what a sink got since the last call. */
  readOutput<Value>(sink: string): Value[];
  state<State>(store: string): StateStore<State>;
  close(): Promise<void>;
}

const capturedAtUsOf = (value: unknown): number => {
  const capturedAtUs = (value as { capturedAtUs?: unknown } | null)?.capturedAtUs;
  return typeof capturedAtUs === 'number' ? capturedAtUs : 0;
};

export const createDriver = async (topology: Topology, options: DriverOptions = {}): Promise<Driver> => {
  const { cameras = createCameraTable(), onOutput } = options;
  const outputs = new Map<string, unknown[]>([...topology.sinks.keys()].map((name) => [name, []]));
  const collect = onOutput ?? ((sink: string, value: unknown): void => void outputs.get(sink)?.push(value));
  const graphs = chainsOf(topology).map((chain) => ({
    source: chain.head.from,
    graph: createGraph({
      chain,
      camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
      emit: (sink, value) => collect(sink.name, value),
    }),
  }));
  for (const { graph } of graphs) await graph.init();
  const offsets = new Map<string, number>();

  const named = <T>(kind: string, name: string, value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new SightlineError('TOPOLOGY_INVALID', `topology ${topology.name} has no ${kind} "${name}"`);
  };

  return {
    pipeInput(name, value, given = {}) {
      const source = named('source', name, topology.sources.get(name));
      const offset = given.offset ?? offsets.get(name) ?? 0;
      offsets.set(name, offset + 1);
      const metadata = {
        topic: source.topic.name,
        partition: 0,
        appendedAtUs: capturedAtUsOf(value),
        ...given,
        offset,
      };
      const results = graphs
        .filter((entry) => entry.source === name)
        .map(({ graph }) => graph.process(value, metadata));
      return results.some(Boolean) ? Promise.all(results).then(() => undefined) : undefined;
    },
    readOutput<Value>(sink: string) {
      return named('sink', sink, outputs.get(sink)).splice(0) as Value[];
    },
    state<State>(store: string) {
      const owner = graphs.find(({ graph }) => graph.stores.has(store))?.graph as Graph | undefined;
      return named('state store', store, owner?.stores.get(store)) as StateStore<State>;
    },
    async close() {
      for (const { graph } of graphs) await graph.close();
    },
  };
};
