import { createRequire } from 'node:module';
import type * as KafkaJs from 'kafkajs';
import { crc32c } from '@node-rs/crc32';
import type {
  InternalBatchClass,
  InternalBroker,
  InternalCluster,
  InternalMessage,
} from './kafkajs-internals.ts';

/**
 * kafkajs 2.2.4 is the last release and has these faults. Each patch replaces one module or one method before the
 * library is loaded; this file is therefore the only one that loads it. Each has a test that fails without it.
 */
const require = createRequire(import.meta.url);

const replaceModule = (path: string, replacement: unknown): void => {
  const name = require.resolve(`kafkajs/src/${path}`);
  require(name);
  const module = require.cache[name];
  if (module) module.exports = replacement;
};

/** How the transactional producer waits: a commit that is still completing is over in milliseconds, not in 300. */
export const transactionRetry = {
  initialRetryTime: 5,
  factor: 0.2,
  multiplier: 1.5,
  maxRetryTime: 200,
  retries: 30,
} as const;

/**
 * Quadratic: the stock one copies a partition's list for each message, 55 % of all CPU with large batches.
 */
interface Grouping {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly { readonly partition?: number }[];
  readonly partitioner: (input: object) => number;
}
export const groupMessagesPerPartition = ({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping): object => {
  const groups: Record<number, unknown[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    (groups[partition] ??= []).push(message);
  }
  return groups;
};

/**
 * Aborted records leak through read_committed when two producers interleave on a partition and abort in the
 * reverse order: the stock one starts at most one aborted transaction a record, in the order the broker lists them.
 * Control records are told by their flag: a data record may have any key.
 */
interface AbortedFilter {
  readonly messages: readonly InternalMessage[];
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[];
}
const abortMarker = 0;
export const filterAbortedMessages = ({
  messages,
  abortedTransactions,
}: AbortedFilter): readonly InternalMessage[] => {
  if (!abortedTransactions?.length) return messages;
  const starts = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId: String(producerId), first: Number(firstOffset) }))
    .sort((one, other) => one.first - other.first);
  const aborting = new Set<string>();
  let next = 0;
  return messages.filter((message) => {
    for (; next < starts.length && (starts[next]?.first ?? 0) <= Number(message.offset); next++) {
      aborting.add(starts[next]?.producerId ?? '');
    }
    const producerId = String(message.batchContext.producerId);
    if (!message.isControlRecord) return !(message.batchContext.inTransaction && aborting.has(producerId));
    if (message.key && message.key.length >= 4 && message.key.readInt16BE(2) === abortMarker)
      aborting.delete(producerId);
    return true;
  });
};

/** CRC-32C in JavaScript is the top cost of producing; native code does it at memory speed. */
const nativeCrc = (buffer: Buffer): number => crc32c(buffer) >>> 0;

replaceModule('producer/groupMessagesPerPartition', groupMessagesPerPartition);
replaceModule('consumer/filterAbortedMessages', filterAbortedMessages);
replaceModule('protocol/recordBatch/crc32C/crc32C', nativeCrc);

/**
 * The stock queue arms a timer of at most 1 ms after every response, for ever (issues 1556, 1704, 1751): idle
 * producers cost 2 % of a core each. It is needed only when something waits or the broker throttles.
 */
interface RequestQueue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  throttledUntil: number;
  pending: unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}
const pendingCheckMs = 10;
const requestQueue = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
requestQueue.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(
  this: RequestQueue,
): void {
  if (this.throttleCheckTimeoutId) return;
  const throttledMs = this.throttledUntil - Date.now();
  if (this.pending.length === 0 && throttledMs <= 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : pendingCheckMs,
  );
};

const cluster = require('kafkajs/src/cluster') as { prototype: InternalCluster };
/** eosManager reads `cluster.retry`, which nobody sets, so fencing a predecessor waited 300 ms and not 28. */
cluster.prototype.retry = transactionRetry;

/**
 * The coordinator is looked up for each step of a transaction: 15 to 20 % of its cost. It is remembered as long as
 * its connection lives. Only for transactions: their producer is thrown away with its cluster at the first error, so
 * a coordinator that has moved is not asked for ever, as a group's would be.
 */
const transactionCoordinator = 1;
type FindCoordinator = InternalCluster['findGroupCoordinator'];
const findCoordinator: FindCoordinator = cluster.prototype.findGroupCoordinator;
cluster.prototype.findGroupCoordinator = async function findGroupCoordinator(
  this: InternalCluster,
  options: Parameters<FindCoordinator>[0],
): Promise<InternalBroker> {
  if (options.coordinatorType !== transactionCoordinator) return findCoordinator.call(this, options);
  const key = options.groupId;
  this.coordinators ??= new Map();
  const known = this.coordinators.get(key);
  const broker = known === undefined ? undefined : this.brokerPool.brokers[known];
  if (broker?.isConnected()) return broker;
  const found = await findCoordinator.call(this, options);
  this.coordinators.set(key, found.nodeId);
  return found;
};

/** The patched library. */
export const kafkajs = require('kafkajs') as typeof KafkaJs;

/** Internals that the kernel uses on purpose. */
export const Batch = require('kafkajs/src/consumer/batch') as InternalBatchClass;
const murmur2OfBytes = require('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: string,
) => number;
export const murmur2 = (key: string): number => murmur2OfBytes(key);

/** A connection of its own: what kafkajs' consumers and producers are built on. */
export const createCluster = (kafka: KafkaJs.Kafka): InternalCluster => {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    (s) => s.description === 'private:Kafka:createCluster',
  );
  const make = symbol && (kafka as unknown as Record<symbol, (options: object) => InternalCluster>)[symbol];
  if (!make) throw new Error('kafkajs is not version 2.2.4');
  return make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: 1 });
};
