import { hostname } from 'node:os';
import { createDecode } from '#processors/decode';
import { createInfer, modelsFolder } from '#processors/infer';
import {
  chainsOf,
  createGroupConsumer,
  enterGroups,
  followConfig,
  followTopic,
  groupOf,
  messageOf,
  nowUs,
  openFencedStore,
  openSecret,
  partitionOf,
  sleep,
} from '#runtime';
import type { ConfigFollower, GroupConsumer, RunningService, ServiceContext, TopicFollower } from '#runtime';
import { topicName, topics } from '#schemas';
import type { CameraDocument, CameraStatus, FrameRecord } from '#schemas';
import { createCameraHistory } from './camera-history.ts';
import type { CameraHistory } from './camera-history.ts';
import type { Connections } from './connections.ts';
import { createConnections } from './connections.ts';
import { createDecodeHost } from './decode-host.ts';
import type { DecodeHost } from './decode-host.ts';
import type { DecodeSurroundings } from './decode-task.ts';
import { ingestFlow } from './flow.ts';
import { createFrameSender } from './frame-sender.ts';
import { createFusedInfer } from './fused-infer.ts';
import type { FusedInfer } from './fused-infer.ts';
import type { Outbox } from './outbox.ts';
import { ledgerCodec } from './run-ledger.ts';
import { createStatusReporter } from './status-reporter.ts';
import type { StatusReporter } from './status-reporter.ts';

/** A file whose frames do not come back is sent again: frames are kept for a minute, so in time. */
const resendAfterMs = 20_000;
const checkpointEveryMs = 1_000;
/** Records waiting for the broker beyond this mean that it is away: live pictures are not inferred for it. */
const congestedRecords = 5_000;
const drainMsMax = 3_000;
/** The group's records are passed over, so few are asked for. */
const groupFetchBytesMax = 64 * 1024;

type Count = (node: 'decode' | 'infer', reason: string) => void;

/** Everything of the process, made before anything is started. */
interface Parts {
  readonly context: ServiceContext;
  readonly connections: Connections;
  readonly history: CameraHistory;
  readonly sender: Outbox<FrameRecord>;
  readonly reporter: StatusReporter;
  readonly fused: FusedInfer | undefined;
  readonly detections: TopicFollower | undefined;
  readonly host: DecodeHost;
}

/** Credentials that cannot be opened are one camera's trouble: it will say that the camera refused them. */
const credentialsOf = ({ config, log }: ServiceContext, document: CameraDocument): string | null => {
  const { cameraId, source } = document;
  if (source.credentials === null) return null;
  try {
    return openSecret(source.credentials, config.secretKey, cameraId);
  } catch (error) {
    log.warn({ cameraId, detail: messageOf(error) }, 'credentials cannot be read');
    return null;
  }
};

const createFused = (
  { config, metrics, fatal }: ServiceContext,
  { cameras, records }: Connections,
  report: (status: CameraStatus) => void,
  drop: Count,
  onDone: (record: FrameRecord) => void,
): FusedInfer =>
  createFusedInfer({
    infer: createInfer({ models: modelsFolder(config.modelsDir), device: hostname() }),
    partitions: config.partitions,
    camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
    async send(record) {
      await records.send(topics.detections, record);
      metrics.sent.inc({ topology: 'ingest', node: 'detections' });
    },
    report,
    isCongested: () => records.queuedRecords > congestedRecords,
    onDropped: (reason) => drop('infer', reason),
    onDone(record) {
      const labels = { topology: 'ingest', node: 'infer' };
      metrics.received.inc(labels);
      if (record.live) metrics.latencyMs.observe(labels, (nowUs() - record.capturedAtUs) / 1000);
      onDone(record);
    },
    fatal,
  });

const createParts = (context: ServiceContext, isFused: boolean): Parts => {
  const { config, log, metrics, fatal } = context;
  const connections = createConnections(context);
  const { kafka, format, cameras, frames, records } = connections;
  const { topicPrefix, partitions } = config;
  const drop: Count = (node, reason) => metrics.dropped.inc({ topology: 'ingest', node, reason });
  const history = createCameraHistory();
  const sender = createFrameSender(frames, () => drop('decode', 'brokerBusy'));
  const reporter = createStatusReporter({
    // A status that cannot be sent is overtaken by the next one.
    send: (status) => void records.send(topics.cameraStatus, status).catch(() => drop('decode', 'status')),
    isOwned: (cameraId) => host.owns(partitionOf(cameraId, partitions)),
  });
  const acknowledge: DecodeHost['acknowledge'] = (record) => host.acknowledge(record);
  const report = (status: CameraStatus): void => reporter.report(status);
  const fused = isFused ? createFused(context, connections, report, drop, acknowledge) : undefined;
  const detections = isFused
    ? undefined
    : followTopic({
        topic: topics.detections,
        kafka,
        format,
        topicPrefix,
        log,
        onRecord(record) {
          if (!record.live) acknowledge(record);
        },
      });
  const surroundings: DecodeSurroundings = {
    createDecode: () => createDecode({ device: hostname() }),
    camera: (cameraId, atUs) => cameras.at(cameraId, atUs),
    credentialsOf: (document) => credentialsOf(context, document),
    async publish(record) {
      fused?.offer(record);
      const isSent = await sender.push(record);
      if (isSent) metrics.sent.inc({ topology: 'ingest', node: 'frames' });
      return isSent;
    },
    report,
    onDropped: (reason) => drop('decode', reason),
    idUsedBefore: (cameraId) => history.idUsedBefore(cameraId),
    onRewound: (cameraId) => log.warn({ cameraId }, 'nothing comes back of a file, sending it again'),
    resendAfterMs,
    checkpointEveryMs,
  };
  const host: DecodeHost = createDecodeHost({
    partitions,
    cameras,
    surroundings,
    log,
    openLedger: (partition) =>
      openFencedStore({ kafka, format, topicPrefix, store: 'decode', partition, codec: ledgerCodec, log }),
    onOwned: async (partition) => detections?.follow(partition),
    onGone: (partition) => detections?.unfollow(partition),
    fatal,
  });
  return { context, connections, history, sender, reporter, fused, detections, host };
};

const createGroup = ({ context, connections, host }: Parts): GroupConsumer => {
  const { config, log, fatal } = context;
  const flow = ingestFlow({ createInfer: () => createInfer({ models: modelsFolder(config.modelsDir) }) });
  const [chain] = chainsOf(flow, ['decode']);
  if (!chain) throw new Error('the ingest topology has a decode node');
  return createGroupConsumer({
    kafka: connections.kafka,
    groupId: groupOf(chain, config.topicPrefix),
    topic: topicName(topics.config, config.topicPrefix),
    log,
    partitionsMax: 1,
    fetchBytesMax: groupFetchBytesMax,
    onAssigned: (partitions) => host.assign(partitions),
    // The group only says whose cameras are whose; documents are read by every process for itself.
    onBatch: ({ batch, resolveOffset }) => Promise.resolve(resolveOffset(batch.lastOffset())),
    fatal,
  });
};

const followDocuments = ({ context, connections, history, reporter }: Parts): ConfigFollower => {
  const { kafka, format, cameras } = connections;
  return followConfig({
    kafka,
    format,
    topicPrefix: context.config.topicPrefix,
    table: cameras,
    log: context.log,
    metrics: context.metrics,
    onRecord(record) {
      history.note(record);
      reporter.onValid(record);
    },
    onInvalid: (record, problems) => reporter.onInvalid(record, problems),
  });
};

const enter = async ({ context, connections }: Parts): Promise<void> => {
  const { config, log, nodes } = context;
  const topology = ingestFlow({
    createInfer: () => createInfer({ models: modelsFolder(config.modelsDir) }),
  });
  await enterGroups({
    kafka: connections.kafka,
    topology,
    chains: chainsOf(topology, nodes),
    clientId: connections.clientId,
    instance: config.instance,
    topicPrefix: config.topicPrefix,
    log,
  });
};

/** `decode`, with `infer` in the same process or without. */
export const runDecode = (context: ServiceContext, isFused: boolean): RunningService => {
  const parts = createParts(context, isFused);
  const { connections, sender, fused, detections, host } = parts;
  const group = createGroup(parts);
  const stopping = new AbortController();
  let follower: ConfigFollower | undefined;
  let missing: string | undefined = 'the broker, the registry or the configuration has not answered';

  const begin = async (): Promise<void> => {
    await connections.frames.start([topics.frames]);
    await connections.records.start([topics.detections, topics.cameraStatus]);
    follower = followDocuments(parts);
    await follower.ready;
    if (stopping.signal.aborted) return;
    await enter(parts);
    await fused?.start();
    await group.start();
    missing = undefined;
    context.log.info({ nodes: context.nodes }, 'ingest started');
  };
  const begun = begin().catch((error: unknown) => {
    if (!stopping.signal.aborted) context.fatal(error);
  });

  return {
    notReady: () => missing ?? host.notReady(),
    async stop() {
      stopping.abort();
      // Checkpoints first: the group gives the cameras to others only when it is left.
      await host.stop();
      await Promise.race([Promise.all([sender.drained(), fused?.drained()]), sleep(drainMsMax)]);
      await fused?.close();
      await group.stop();
      await Promise.all([follower?.stop(), detections?.stop()]);
      await Promise.race([begun, sleep(drainMsMax)]);
      await Promise.all([connections.frames.stop(), connections.records.stop()]);
      context.log.info({ nodes: context.nodes }, 'ingest stopped');
    },
  };
};
