export { createCameraTable } from './camera-table.ts';
export type { Applied, CameraTable } from './camera-table.ts';
export { nowMs, nowUs, sleep } from './clock.ts';
export { followConfig } from './config-follower.ts';
export type { ConfigFollower, FollowerOptions } from './config-follower.ts';
export { loadConfig, parseConfig } from './config.ts';
export type { Config } from './config.ts';
export { SightlineError, errorCodes, isRetriable, isSightlineError, messageOf } from './errors.ts';
export type { ErrorCode } from './errors.ts';
export { startHttp } from './http.ts';
export type { HttpServer } from './http.ts';
export { createKafka, createPartitioner } from './kafka.ts';
export { createLog } from './log.ts';
export type { Log } from './log.ts';
export { createMetrics } from './metrics.ts';
export type { Metrics } from './metrics.ts';
export { partitionCountOf, partitionOf, placementOf } from './partition.ts';
export { createRecordProducer } from './record-producer.ts';
export type { RecordProducer, RecordProducerOptions } from './record-producer.ts';
export { createRegistry } from './registry.ts';
export type { RecordFormat } from './registry.ts';
export type { RunningService, Service, ServiceContext } from './service.ts';
export { followTopic } from './topic-follower.ts';
export type { TopicFollower, TopicFollowerOptions } from './topic-follower.ts';
export { openTopicReader, readPartition } from './topic-reader.ts';
export type { StoredRecord, TopicReader } from './topic-reader.ts';
export type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage, Producer } from 'kafkajs';
export { chainsOf } from './chains.ts';
export type { Chain } from './chains.ts';
export { createDriver } from './driver.ts';
export type { Driver, DriverOptions } from './driver.ts';
export { topology } from './topology.ts';
export type { TopologyBuilder } from './topology.ts';
export type { Guarantee, Topology } from './topology-types.ts';
export { runTopology } from './runner.ts';
export type { RunOptions, RunningTopology } from './runner.ts';
export { serviceOf } from './service-of.ts';
export { createBlockSink } from './block-sink.ts';
export type { BlockRecordPlace, BlockSink, BlockSinkOptions } from './block-sink.ts';
export { ensureTopics } from './admin.ts';
export type { EnsuredTopics, EnsureTopicsOptions } from './admin.ts';
export { openConfigStore, openSecret } from './config-store/index.ts';
export type {
  CameraPatch,
  CameraToWrite,
  ConfigStore,
  ConfigStoreOptions,
  Versioned,
  Written,
} from './config-store/index.ts';
export { openFencedStore } from './fenced-store.ts';
export type { FencedStore, FencedStoreOptions } from './fenced-store.ts';
export { createGroupConsumer } from './group-consumer.ts';
export type { GroupConsumer, GroupConsumerOptions } from './group-consumer.ts';
export { clientIdOf, enterGroups } from './split-guard.ts';
export { groupOf } from './task-context.ts';
