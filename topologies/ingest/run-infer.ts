import { hostname } from 'node:os';
import { createInfer, modelsFolder } from '#processors/infer';
import { chainsOf, createKafka, groupOf, runTopology } from '#runtime';
import type { RunningService, ServiceContext, Topology } from '#runtime';
import { topicName, topics } from '#schemas';
import { ingestFlow } from './flow.ts';
import { guardFileGaps } from './guarded-infer.ts';

/** Where the group of `infer` stands; a partition it never read stands at 0. */
const committedOf = async (
  { config, log }: ServiceContext,
  flow: Topology,
): Promise<ReadonlyMap<number, number>> => {
  const [chain] = chainsOf(flow, ['infer']);
  if (!chain) return new Map();
  const topic = topicName(topics.frames, config.topicPrefix);
  const admin = createKafka({ config, log, clientId: 'sightline:ingest:offsets' }).admin();
  await admin.connect();
  try {
    const [offsets] = await admin.fetchOffsets({
      groupId: groupOf(chain, config.topicPrefix),
      topics: [topic],
    });
    return new Map(
      (offsets?.partitions ?? []).map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
    );
  } finally {
    await admin.disconnect();
  }
};

/** `infer` alone: an ordinary topology on the frames topic, with the guard against holes before the model. */
export const runInfer = (context: ServiceContext): RunningService => {
  const { config, metrics } = context;
  const flow = ingestFlow({
    createInfer: () =>
      guardFileGaps({
        infer: createInfer({ models: modelsFolder(config.modelsDir), device: hostname() }),
        committed: () => committedOf(context, flow),
        onDropped: (reason) => metrics.dropped.inc({ topology: 'ingest', node: 'infer', reason }),
      }),
  });
  return runTopology({ ...context, topology: flow });
};
