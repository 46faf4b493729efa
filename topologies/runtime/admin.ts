import type { Admin, Kafka } from 'kafkajs';
import type { TopicSpecification } from '#schemas';
import { topicName } from '#schemas';
import { SightlineError, isSightlineError, messageOf, protocolErrorOf } from './errors.ts';
import { kafkajs } from './kafkajs-patches.ts';
import { partitionCountOf } from './partition.ts';

export interface EnsureTopicsOptions {
  readonly kafka: Kafka;
  readonly topics: readonly TopicSpecification[];
  readonly topicPrefix: string;
  /** Partition count of keyed topics. */
  readonly partitions: number;
  /** Copies of each partition; at most the number of brokers. Default: 3, or as many brokers as there are. */
  readonly replicas?: number;
}

export interface EnsuredTopics {
  readonly created: readonly string[];
  /** Existed with other settings, which were set. */
  readonly changed: readonly string[];
}

const topicResource = kafkajs.ConfigResourceTypes.TOPIC;

/** Settings that differ on the broker; what we do not name is the operator's. */
const withOtherSettings = async (
  admin: Admin,
  wanted: ReadonlyMap<string, TopicSpecification>,
): Promise<string[]> => {
  if (wanted.size === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [...wanted.keys()].map((name) => ({ type: topicResource, name })),
  });
  return resources
    .filter(({ resourceName, configEntries }) => {
      const now = new Map(configEntries.map((entry) => [entry.configName, entry.configValue]));
      const settings = Object.entries(wanted.get(resourceName)?.settings ?? {});
      return settings.some(([name, value]) => now.get(name) !== value);
    })
    .map(({ resourceName }) => resourceName);
};

/** Sets our settings and keeps what an operator set beside them: AlterConfigs replaces the whole set. */
const applySettings = async (admin: Admin, name: string, topic: TopicSpecification): Promise<void> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: topicResource, name }],
  });
  const own = (resources[0]?.configEntries ?? []).filter((entry) => !entry.isDefault && !entry.readOnly);
  const settings = {
    ...Object.fromEntries(own.map((e) => [e.configName, e.configValue])),
    ...topic.settings,
  };
  const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: topicResource, name, configEntries }],
  });
};

const checkPartitions = async (
  admin: Admin,
  existing: ReadonlyMap<string, TopicSpecification>,
  partitions: number,
): Promise<void> => {
  if (existing.size === 0) return;
  const metadata = await admin.fetchTopicMetadata({ topics: [...existing.keys()] });
  for (const topic of metadata.topics) {
    const wanted = partitionCountOf(existing.get(topic.name) as TopicSpecification, partitions);
    if (topic.partitions.length === wanted) continue;
    throw new SightlineError(
      'MIGRATION_FAILED',
      `topic ${topic.name} has ${topic.partitions.length} partitions and SIGHTLINE_PARTITIONS asks for ${wanted}: ` +
        `the count is fixed when the installation is made; set SIGHTLINE_PARTITIONS to ${topic.partitions.length}`,
    );
  }
};

/** What the broker answered is a refusal; everything else means that no broker answered. */
const asSightlineError = (error: unknown): SightlineError =>
  protocolErrorOf(error) === undefined
    ? new SightlineError('KAFKA_UNAVAILABLE', `Kafka does not answer: ${messageOf(error)}`, error)
    : new SightlineError('MIGRATION_FAILED', `Kafka refused the topics: ${messageOf(error)}`, error);

/** Creates the topics that are missing and corrects the settings of the others. Never deletes, never repartitions. */
export const ensureTopics = async (options: EnsureTopicsOptions): Promise<EnsuredTopics> => {
  const { kafka, topics, topicPrefix, partitions } = options;
  const admin = kafka.admin({ retry: { retries: 5 } });
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const replicas = options.replicas ?? Math.min(3, brokers.length);
    const names = new Set(await admin.listTopics());
    const wanted = new Map(topics.map((topic) => [topicName(topic, topicPrefix), topic]));
    const missing = [...wanted].filter(([name]) => !names.has(name));
    const existing = new Map([...wanted].filter(([name]) => names.has(name)));
    await checkPartitions(admin, existing, partitions);
    if (missing.length > 0)
      await admin.createTopics({
        waitForLeaders: true,
        timeout: 30_000,
        topics: missing.map(([topic, specification]) => ({
          topic,
          numPartitions: partitionCountOf(specification, partitions),
          replicationFactor: replicas,
          configEntries: Object.entries(specification.settings).map(([name, value]) => ({ name, value })),
        })),
      });
    const changed = await withOtherSettings(admin, existing);
    for (const name of changed) await applySettings(admin, name, existing.get(name) as TopicSpecification);
    return { created: missing.map(([name]) => name), changed };
  } catch (error) {
    throw isSightlineError(error) ? error : asSightlineError(error);
  } finally {
    await admin.disconnect();
  }
};
