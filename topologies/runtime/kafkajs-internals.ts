/**
 * The parts of kafkajs 2.2.4 that the kernel reaches past its public interface, typed here and nowhere else.
 * The version is pinned; kafkajs-patches.test.ts fails when one of these is no longer there.
 */
export interface InternalMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface InternalPartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly InternalMessage[];
}

export interface InternalBroker {
  readonly nodeId: number;
  isConnected(): boolean;
  listOffsets(request: {
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { topicName: string; partitions: InternalPartitionData[] }[] }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

export interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(options: { nodeId: number }): Promise<InternalBroker>;
  findGroupCoordinator(options: { groupId: string; coordinatorType?: number }): Promise<InternalBroker>;
  removeBroker(options: { host: string; port: number }): void;
  brokerPool: { brokers: Record<number, InternalBroker | undefined> };
  /** What eosManager reads and Cluster forgets to set; see the patches. */
  retry?: unknown;
  /** Added by the coordinator patch. */
  coordinators?: Map<string, number>;
}

export interface InternalBatch {
  readonly messages: readonly InternalMessage[];
  readonly rawMessages: readonly InternalMessage[];
  lastOffset(): string;
}

export type InternalBatchClass = new (
  topic: string,
  fetchedOffset: string,
  data: InternalPartitionData,
) => InternalBatch;

export const isolation = { uncommitted: 0, committed: 1 } as const;
export const special = { latest: -1, earliest: -2 } as const;
