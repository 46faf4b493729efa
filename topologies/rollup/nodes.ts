import { topics } from '#schemas';
import type { TopicSpecification } from '#schemas';
import type { RolledUp } from '#processors/rollup';

/** Topics that go to ClickHouse, by the name `--nodes` knows them by; the configuration goes first. */
export const rollupTopics = {
  config: topics.config,
  'camera-status': topics.cameraStatus,
  crossings: topics.crossings,
  visits: topics.visits,
  occupancy: topics.occupancy,
  measures: topics.measures,
  inspections: topics.inspections,
  alerts: topics.alerts,
} as const satisfies { [Name in RolledUp]: TopicSpecification<Name> };

export const rollupNodes = Object.keys(rollupTopics) as readonly RolledUp[];

/** The dataflow as a picture. */
export const describeRollup = (format: 'text' | 'mermaid'): string =>
  format === 'text'
    ? [
        'topology rollup',
        ...rollupNodes.map((node) => `  source ${node} -> rows -> ClickHouse, exactly once`),
      ].join('\n')
    : [
        'flowchart LR',
        ...rollupNodes.map((node) => `  ${node}([${node}]) --> rollup --> clickhouse[(ClickHouse)]`),
      ].join('\n');
