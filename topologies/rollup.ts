import { topics } from '#schemas';
import type { RecordTypes, TopicSpecification } from '#schemas';
import { rowBuilder } from '#processors/rollup';
import type { RolledUp, TableRow } from '#processors/rollup';
import { createBlockSink, createKafka, createRecordProducer, createRegistry, nowMs, sleep } from '#runtime';
import type { BlockSink, RecordProducer, RunningService, Service, ServiceContext } from '#runtime';
import { describeRollup, rollupNodes, rollupTopics } from './rollup/nodes.ts';
import { openWarehouse } from './rollup/warehouse.ts';
import type { Warehouse, WarehouseOptions } from './rollup/warehouse.ts';

/** Events wait this long for their sites' time zones to be known; then they count in UTC. */
const configurationFirstMs = 15_000;

const isNode = (name: string): name is RolledUp => (rollupNodes as readonly string[]).includes(name);

interface Parts {
  readonly kafka: ReturnType<typeof createKafka>;
  readonly format: ReturnType<typeof createRegistry>;
  readonly producer: RecordProducer;
  readonly warehouse: Warehouse;
}

const createSink = (node: RolledUp, parts: Parts, context: ServiceContext): BlockSink => {
  const { config, metrics, fatal } = context;
  // One sink reads one schema; which of them is only known as a union here.
  const topic = rollupTopics[node] as TopicSpecification<RolledUp>;
  return createBlockSink<RolledUp, TableRow>({
    kafka: parts.kafka,
    format: parts.format,
    topic,
    topicPrefix: config.topicPrefix,
    groupId: `${config.topicPrefix}rollup.${node}`,
    partitions: config.partitions,
    rowsOf: rowBuilder(node) as (
      value: RecordTypes[RolledUp],
      place: Parameters<ReturnType<typeof rowBuilder>>[1],
    ) => TableRow[],
    write: (rows, token) => parts.warehouse.write(rows, token),
    bury: (letter) => parts.producer.send(topics.deadLetters, letter),
    log: context.log.child({ node }),
    metrics,
    labels: { topology: 'rollup', node },
    fatal,
  });
};

/** Hours and days are the site's: configuration that is already there is written before the first event. */
const configurationFirst = async (
  sink: BlockSink,
  context: ServiceContext,
  signal: AbortSignal,
): Promise<void> => {
  const giveUpAtMs = nowMs() + configurationFirstMs;
  while (!signal.aborted && !(await sink.caughtUp())) {
    if (nowMs() > giveUpAtMs) {
      context.log.warn('configuration is not written yet; events of new sites count in UTC');
      return;
    }
    await sleep(100, signal);
  }
};

/** The service on a warehouse of the caller's choosing: a test's dies at the worst moment. */
export const startRollup = async (
  context: ServiceContext,
  open: (options: WarehouseOptions) => Warehouse = openWarehouse,
): Promise<RunningService> => {
  const { config, log } = context;
  const chosen = rollupNodes.filter((node) => context.nodes.length === 0 || context.nodes.includes(node));
  const kafka = createKafka({ config, log, clientId: 'sightline-rollup' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const producer = createRecordProducer({
    kafka,
    format,
    topicPrefix: config.topicPrefix,
    partitions: config.partitions,
  });
  const warehouse = open({ url: config.clickhouseUrl, database: config.clickhouseDatabase });
  const parts = { kafka, format, producer, warehouse };
  const sinks = new Map(chosen.filter(isNode).map((node) => [node, createSink(node, parts, context)]));
  const stopping = new AbortController();
  let waitingFor: string | undefined = 'starting';

  const run = async (): Promise<void> => {
    await producer.start([topics.deadLetters]);
    const first = sinks.get('config');
    if (first) {
      await first.start();
      waitingFor = 'configuration is not written yet';
      await configurationFirst(first, context, stopping.signal);
    }
    if (stopping.signal.aborted) return;
    await Promise.all([...sinks].filter(([node]) => node !== 'config').map(([, sink]) => sink.start()));
    waitingFor = undefined;
  };
  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) context.fatal(error);
  });

  return {
    notReady: () =>
      waitingFor ?? [...sinks.values()].map((sink) => sink.notReady()).find((why) => why !== undefined),
    async stop() {
      stopping.abort();
      await running;
      await Promise.all([...sinks.values()].map((sink) => sink.stop()));
      await producer.stop();
      await warehouse.close();
    },
  };
};

/** Events and configuration to ClickHouse, exactly once; Kafka is the buffer while ClickHouse is away. */
export const service: Service = {
  name: 'rollup',
  summary: 'writes events and configuration to ClickHouse, exactly once',
  nodes: rollupNodes,
  describe: describeRollup,
  start: (context) => startRollup(context),
};
