import { hostname } from 'node:os';
import { stateTopic, topics } from '#schemas';
import type { TopicSpecification } from '#schemas';
import { runAtLeastOnce } from './at-least-once.ts';
import { createCameraTable } from './camera-table.ts';
import { chainsOf } from './chains.ts';
import type { Chain } from './chains.ts';
import { followConfig } from './config-follower.ts';
import type { ConfigFollower } from './config-follower.ts';
import type { Config } from './config.ts';
import { runExactlyOnce } from './exactly-once.ts';
import { createKafka } from './kafka.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createRegistry } from './registry.ts';
import type { RecordFormat } from './registry.ts';
import type { RunningChain } from './running-chain.ts';
import type { RunningService } from './service.ts';
import { clientIdOf, enterGroups } from './split-guard.ts';
import type { Topology } from './topology.ts';

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
export const runTopology = (options: RunOptions): RunningTopology => {
  const { topology, config, log, metrics = createMetrics(), fatal = throwLater } = options;
  const chains = chainsOf(topology, options.nodes);
  const nodes = chains.flatMap(({ processors }) => processors.map(({ name }) => name));
  const clientId = clientIdOf(topology.name, nodes, config.instance || `${hostname()}-${process.pid}`);
  const kafka = createKafka({ config, log, clientId });
  const format =
    options.format ?? createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const cameras = createCameraTable();
  const stopping = new AbortController();
  let follower: ConfigFollower | undefined;
  let missing: string | undefined = 'the broker, the registry or the configuration has not answered';

  const context = { kafka, format, config, cameras, log, metrics, fatal };
  const running: RunningChain[] = chains.map((chain) =>
    chain.guarantee === 'exactly-once'
      ? runExactlyOnce({ ...context, chain })
      : runAtLeastOnce({ ...context, chain }),
  );

  const begin = async (): Promise<void> => {
    await format.prepare(outputTopicsOf(chains));
    if (options.cameras ?? true) {
      follower = followConfig({
        kafka,
        format,
        topicPrefix: config.topicPrefix,
        table: cameras,
        log,
        metrics,
      });
      await follower.ready;
    }
    if (stopping.signal.aborted) return;
    await enterGroups({
      kafka,
      topology,
      chains,
      clientId,
      instance: config.instance,
      topicPrefix: config.topicPrefix,
      log,
    });
    for (const chain of running) if (!stopping.signal.aborted) await chain.start();
    missing = undefined;
    log.info({ nodes, chains: chains.map(({ head }) => head.name) }, 'topology started');
  };
  const begun = begin().catch((error: unknown) => {
    if (!stopping.signal.aborted) fatal(error);
  });

  const notReady = (): string | undefined =>
    missing ?? running.map((chain) => chain.notReady()).find((reason) => reason !== undefined);
  const becomeReady = async (): Promise<void> => {
    await begun;
    while (notReady() !== undefined && !stopping.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, readyCheckMs));
    }
  };

  return {
    ready: becomeReady(),
    notReady,
    async stop() {
      stopping.abort();
      const chainsStopped = Promise.all(running.map((chain) => chain.stop()));
      await Promise.all([chainsStopped, follower?.stop()]);
      log.info({ nodes }, 'topology stopped');
    },
  };
};
