import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What every process counts. One registry a process, made at its start and handed down. */
export interface Metrics {
  readonly registry: Registry;
  readonly received: Counter<'topology' | 'node'>;
  readonly sent: Counter<'topology' | 'node'>;
  /** Left out on purpose, by reason; nothing is ever left out without being counted here. */
  readonly dropped: Counter<'topology' | 'node' | 'reason'>;
  /** Given to dead letters or failed, by error code. */
  readonly failed: Counter<'topology' | 'node' | 'code'>;
  readonly commits: Counter<'topology' | 'node'>;
  readonly commitMs: Histogram<'topology' | 'node'>;
  /** Records behind the end of the input, by partition. */
  readonly lag: Gauge<'topology' | 'node' | 'partition'>;
  /** From capture (or append, where a record has no capture time) until the results were committed. */
  readonly latencyMs: Histogram<'topology' | 'node'>;
  readonly restoreMs: Gauge<'topology' | 'node' | 'partition'>;
  readonly restarts: Counter<'topology' | 'node' | 'code'>;
  readonly invalidDocuments: Counter<'kind'>;
}

const node = ['topology', 'node'] as const;

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sightline_process_' });
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Counter<Label> =>
    new Counter({ name: `sightline_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Gauge<Label> => new Gauge({ name: `sightline_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> =>
    new Histogram({ name: `sightline_${name}`, help, labelNames: [...labelNames], buckets, registers });
  return {
    registry,
    received: counter('received_total', 'Records taken in', node),
    sent: counter('sent_total', 'Records written', node),
    dropped: counter('dropped_total', 'Records left out on purpose', [...node, 'reason']),
    failed: counter('failed_total', 'Records that could not be handled', [...node, 'code']),
    commits: counter('commits_total', 'Transactions committed', node),
    commitMs: histogram(
      'commit_milliseconds',
      'Time to commit a transaction',
      node,
      [2, 5, 10, 25, 50, 100, 250, 1000],
    ),
    lag: gauge('lag_records', 'Records behind the end of the input', [...node, 'partition']),
    latencyMs: histogram(
      'latency_milliseconds',
      'From capture to committed results',
      node,
      [5, 10, 25, 50, 100, 200, 500, 1000, 2500, 10_000],
    ),
    restoreMs: gauge('restore_milliseconds', 'Time the last takeover of a partition took', [
      ...node,
      'partition',
    ]),
    restarts: counter('task_restarts_total', 'Tasks given up and opened again', [...node, 'code']),
    invalidDocuments: counter('invalid_documents_total', 'Configuration refused; the last good one stays', [
      'kind',
    ]),
  };
};
