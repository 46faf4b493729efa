import { hostname } from 'node:os';
import { stateTopic, topics } from '#schemas';
import type { TopicSpecification } from '#schemas';
import { AtLeastOnceChain } from './at-least-once.ts';
import { createCameraTable } from './camera-table.ts';
import { chainsOf } from './chains.ts';
import type { Chain } from './chains.ts';
import { followConfig } from './config-follower.ts';
import type { ConfigFollower } from './config-follower.ts';
import type { Config } from './config.ts';
import { ExactlyOnceChain } from './exactly-once.ts';
import { createKafka } from './kafka.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createRegistry } from './registry.ts';
import type { RecordFormat } from './registry.ts';
import type { RunningChain } from './running-chain.ts';
import type { RunningService } from './service.ts';
import type { ChainContext } from './task-context.ts';
import { sleep } from './clock.ts';
import { clientIdOf, enterGroups } from './split-guard.ts';
import type { Topology } from './topology-types.ts';

export interface RunOptions {
  readonly topology: Topology;
  /** Processors to run here, default all. What is connected among them is fused. */
  readonly nodes?: readonly string[];
  readonly config: Config;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Default: Avro with the registry of `config`. */
  readonly format?: RecordFormat;
  /** False for topologies that judge nothing by camera documents. Default true. */
  readonly cameras?: boolean;
  /** Called when the process must end: a bug, or something that a restart may mend. Default: an uncaught error. */
  readonly fatal?: (error: unknown) => void;
}

export interface RunningTopology extends RunningService {
  /** Resolves when every chain has joined its group and taken its partitions over. */
  readonly ready: Promise<void>;
}

const readyCheckMs = 20;

const outputTopicsOf = (chains: readonly Chain[]): TopicSpecification[] => {
  const written = chains.flatMap(({ sinks, processors }) => [
    ...sinks.map(({ topic }) => topic),
    ...processors.flatMap(({ state }) => (state === undefined ? [] : [stateTopic(state)])),
  ]);
  return [...new Map([...written, topics.deadLetters].map((topic) => [topic.name, topic])).values()];
};

const throwLater = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};

/** Runs a topology on Kafka until it is stopped. Returns at once; the broker may come later. */
export const runTopology = (options: RunOptions): RunningTopology => new Runner(options);

class Runner implements RunningTopology {
  readonly ready: Promise<void>;
  readonly #options: RunOptions;
  readonly #chains: readonly Chain[];
  readonly #clientId: string;
  readonly #context: Omit<ChainContext, 'chain'>;
  readonly #running: readonly RunningChain[];
  readonly #stopping = new AbortController();
  #follower: ConfigFollower | undefined;
  #missing: string | undefined = 'the broker, the registry or the configuration has not answered';

  constructor(options: RunOptions) {
    const { topology, config, log, metrics = createMetrics(), fatal = throwLater } = options;
    const { registryUrl, topicPrefix } = config;
    this.#options = options;
    this.#chains = chainsOf(topology, options.nodes);
    this.#clientId = clientIdOf(
      topology.name,
      this.#nodes,
      config.instance || `${hostname()}-${process.pid}`,
    );
    this.#context = {
      kafka: createKafka({ config, log, clientId: this.#clientId }),
      format: options.format ?? createRegistry({ url: registryUrl, topicPrefix }),
      config,
      cameras: createCameraTable(),
      log,
      metrics,
      fatal,
    };
    this.#running = this.#chains.map((chain) => {
      const context = { ...this.#context, chain };
      return chain.guarantee === 'exactly-once'
        ? new ExactlyOnceChain(context)
        : new AtLeastOnceChain(context);
    });
    this.ready = this.#becomeReady();
  }

  notReady(): string | undefined {
    return (
      this.#missing ?? this.#running.map((chain) => chain.notReady()).find((reason) => reason !== undefined)
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running.map((chain) => chain.stop()), this.#follower?.stop()]);
    this.#context.log.info({ nodes: this.#nodes }, 'topology stopped');
  }

  get #nodes(): string[] {
    return this.#chains.flatMap(({ processors }) => processors.map(({ name }) => name));
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #becomeReady(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      if (!this.#isStopping) this.#context.fatal(error);
    }
    while (this.notReady() !== undefined && !this.#isStopping) {
      await sleep(readyCheckMs, this.#stopping.signal);
    }
  }

  /** Cameras first: nothing may be judged before everything written about them so far is known. */
  async #begin(): Promise<void> {
    const { kafka, format, config, cameras, log, metrics } = this.#context;
    const { topicPrefix } = config;
    await format.prepare(outputTopicsOf(this.#chains));
    if (this.#options.cameras ?? true) {
      this.#follower = followConfig({ kafka, format, topicPrefix, table: cameras, log, metrics });
      await this.#follower.ready;
    }
    if (this.#isStopping) return;
    const { topology, config: settings } = this.#options;
    const { instance } = settings;
    const clientId = this.#clientId;
    await enterGroups({ kafka, topology, chains: this.#chains, clientId, instance, topicPrefix, log });
    for (const chain of this.#running) if (!this.#isStopping) await chain.start();
    this.#missing = undefined;
    log.info({ nodes: this.#nodes, chains: this.#chains.map(({ head }) => head.name) }, 'topology started');
  }
}
