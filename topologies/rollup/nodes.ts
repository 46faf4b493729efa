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

const topicNode = (name: string): string => `topic_${name.replaceAll('-', '_')}`;

const text = (): string =>
  [
    'topology rollup',
    ...rollupNodes.map((node) => `  source ${node} -> rows -> ClickHouse, exactly once`),
  ].join('\n');

const mermaid = (): string =>
  [
    'flowchart LR',
    '  processor_rollup[rollup]',
    '  store_clickhouse[(ClickHouse)]',
    ...rollupNodes.flatMap((node) => [
      `  ${topicNode(node)}([${node}])`,
      `  ${topicNode(node)} --> processor_rollup`,
    ]),
    '  processor_rollup --> store_clickhouse',
  ].join('\n');

/** The dataflow as a picture, with the names the kernel gives topics, so that pictures can be joined. */
export const describeRollup = (format: 'text' | 'mermaid'): string =>
  format === 'text' ? text() : mermaid();
