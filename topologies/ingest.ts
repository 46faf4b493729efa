import { createInfer, modelsFolder } from '#processors/infer';
import { runTopology } from '#runtime';
import type { RunningService, Service, ServiceContext } from '#runtime';
import { ingestFlow } from './ingest/flow.ts';
import { guardFileGaps } from './ingest/guarded-infer.ts';
import { runDecode } from './ingest/run-decode.ts';

const flowOf = ({ config, metrics }: ServiceContext) =>
  ingestFlow({
    createInfer: () =>
      guardFileGaps(createInfer({ models: modelsFolder(config.modelsDir) }), (reason) =>
        metrics.dropped.inc({ topology: 'ingest', node: 'infer', reason }),
      ),
  });

/** The picture needs no models; nothing in it is ever started. */
const picture = ingestFlow({ createInfer: () => createInfer({ models: modelsFolder('') }) });

/**
 * Cameras in, detections out. `decode` alone, `infer` alone or both in one process: `infer` alone is a topology
 * like any other; `decode` has cameras to look after instead of records and brings its own loop.
 */
export const service: Service = {
  name: picture.name,
  summary: 'plays cameras and files, and finds the objects in their pictures',
  nodes: [...picture.processors.keys()],
  describe: (format) => picture.describe(format),
  start(context): Promise<RunningService> {
    const { nodes } = context;
    if (nodes.includes('decode')) return Promise.resolve(runDecode(context, nodes.includes('infer')));
    return Promise.resolve(runTopology({ ...context, topology: flowOf(context) }));
  },
};
