import { createInfer, modelsFolder } from '#processors/infer';
import type { RunningService, Service } from '#runtime';
import { ingestFlow } from './ingest/flow.ts';
import { runDecode } from './ingest/run-decode.ts';
import { runInfer } from './ingest/run-infer.ts';

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
    return Promise.resolve(
      nodes.includes('decode') ? runDecode(context, nodes.includes('infer')) : runInfer(context),
    );
  },
};
