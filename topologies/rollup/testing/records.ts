import { topics } from '#schemas';
import type { TopicSpecification } from '#schemas';
import { createKafka, createLog, createRecordProducer, createRegistry, parseConfig } from '#runtime';
import type { Config, RecordProducer } from '#runtime';

/** A producer for a test's records, on an installation's topics. */
export const openProducer = async (
  environment: Readonly<Record<string, string>>,
  written: readonly TopicSpecification[] = Object.values(topics),
): Promise<{ config: Config; producer: RecordProducer }> => {
  const config = parseConfig(environment);
  const kafka = createKafka({ config, log: createLog({ level: 'silent' }), clientId: 'test' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const { topicPrefix, partitions } = config;
  const producer = createRecordProducer({ kafka, format, topicPrefix, partitions });
  await producer.start(written);
  return { config, producer };
};
