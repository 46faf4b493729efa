import { hostname } from 'node:os';
import { clientIdOf, createCameraTable, createKafka, createRecordProducer, createRegistry } from '#runtime';
import type { CameraTable, Kafka, RecordFormat, RecordProducer, ServiceContext } from '#runtime';

/** What every part of the process that talks to Kafka shares. */
export interface Connections {
  readonly clientId: string;
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly cameras: CameraTable;
  /** Pictures: a second copy after a retry does no harm, a wait for the first would. */
  readonly frames: RecordProducer;
  /** Detections and status. */
  readonly records: RecordProducer;
}

/** The broker may be away for a minute before the process gives up; until then detections wait here. */
const queueRecordsMax = 100_000;

/** Makes everything, connects nothing. */
export const createConnections = ({ config, log, nodes }: ServiceContext): Connections => {
  const instance = config.instance || `${hostname()}-${process.pid}`;
  const clientId = clientIdOf('ingest', nodes, instance);
  const kafka = createKafka({ config, log, clientId });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const common = { kafka, format, topicPrefix: config.topicPrefix, partitions: config.partitions };
  return {
    clientId,
    kafka,
    format,
    cameras: createCameraTable(),
    frames: createRecordProducer({ ...common, idempotent: false }),
    records: createRecordProducer({ ...common, queueRecordsMax }),
  };
};
