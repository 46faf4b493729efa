import { parseConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { runTopology } from '../runner.ts';
import { topologiesByName } from './counted.ts';
import type { TestTopology } from './counted.ts';

/** A service process for tests: `worker.ts <topology> [nodes]`, settings in the environment, killed from outside. */
const [name, nodes] = process.argv.slice(2) as [TestTopology, string | undefined];
const config = parseConfig(process.env);
const log = createLog({ level: config.logLevel });
const running = runTopology({
  topology: topologiesByName[name],
  ...(nodes ? { nodes: nodes.split(',') } : {}),
  config,
  log,
  fatal(error) {
    log.fatal({ error }, 'worker ends');
    process.exit(1);
  },
});
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)));
await running.ready;
log.info('worker ready');
