import { runTopology } from './runner.ts';
import type { Service } from './service.ts';
import type { Topology } from './topology-types.ts';

/** A topology that the kernel runs, as an entry of the catalog. */
export const serviceOf = (topology: Topology, summary: string): Service => ({
  name: topology.name,
  summary,
  nodes: [...topology.processors.keys()],
  describe: (format) => topology.describe(format),
  start: ({ config, log, metrics, nodes, fatal }) =>
    Promise.resolve(runTopology({ topology, nodes, config, log, metrics, fatal })),
});
