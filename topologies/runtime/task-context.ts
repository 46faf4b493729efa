import type { Kafka } from 'kafkajs';
import { topicName } from '#schemas';
import type { CameraTable } from './camera-table.ts';
import type { Chain } from './chains.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RecordFormat } from './registry.ts';

/** What every task of a chain is given. */
export interface ChainContext {
  readonly chain: Chain;
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly config: Pick<Config, 'topicPrefix' | 'partitions' | 'commitPaceMs'>;
  readonly cameras: CameraTable;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the process: something only a person or a restart can mend. */
  readonly fatal: (error: unknown) => void;
}

/** Name of the consumer group, and stem of the transactional ids: one for each head. */
export const groupOf = (chain: Pick<Chain, 'topology' | 'head'>, topicPrefix: string): string =>
  `${topicPrefix}${chain.topology.name}.${chain.head.name}`;

export const inputTopicOf = ({ chain, config }: Pick<ChainContext, 'chain' | 'config'>): string =>
  topicName(chain.input, config.topicPrefix);

/** Counts by node since the last take; adding to Prometheus for every record would cost more than the record. */
export interface Tally {
  add(node: string, count?: number): void;
  take(report: (node: string, count: number) => void): void;
}

export const createTally = (): Tally => {
  const counts = new Map<string, number>();
  return {
    add(node, count = 1) {
      counts.set(node, (counts.get(node) ?? 0) + count);
    },
    take(report) {
      for (const [node, count] of counts) report(node, count);
      counts.clear();
    },
  };
};
