import { parseArgs } from 'node:util';
import { createLog, createMetrics, isSightlineError, loadConfig, startHttp } from '#runtime';
import type { Service } from '#runtime';
import { isServiceName, loadService, serviceNames } from './catalog.ts';

/**
 * The process entry: `main.ts run <topology> [--nodes a,b]`. One topology a process. The exit code tells the
 * supervisor what to do: 0 stopped as asked, 1 start me again, 2 starting me again will not help.
 */
const exitCodes = { stopped: 0, failed: 1, unusable: 2 } as const;
/** A stop that hangs must not keep the supervisor from starting the successor. */
const stopMsMax = 15_000;

const chosenNodes = (service: Service, text: string | undefined): readonly string[] => {
  if (text === undefined) return service.nodes;
  const nodes = text.split(',').map((name) => name.trim());
  const unknown = nodes.filter((name) => !service.nodes.includes(name));
  if (unknown.length === 0) return nodes;
  throw new TypeError(
    `${service.name} has no node ${unknown.join(', ')}; it has ${service.nodes.join(', ')}`,
  );
};

/** Runs until a signal or a fatal error, then ends the process. */
export const runService = async (name: string, nodesText: string | undefined): Promise<void> => {
  if (!isServiceName(name))
    throw new TypeError(`no topology is called ${name}; there are ${serviceNames.join(', ')}`);
  const config = loadConfig();
  const service = await loadService(name);
  const nodes = chosenNodes(service, nodesText);
  const log = createLog({ level: config.logLevel, fields: { topology: name, process: process.pid } });
  const metrics = createMetrics();
  let exitCode: number = exitCodes.stopped;
  const ended = Promise.withResolvers<void>();

  const fatal = (error: unknown): void => {
    const retriable =
      !isSightlineError(error) || !['CONFIG_INVALID', 'TOPOLOGY_INVALID'].includes(error.code);
    log.fatal({ error }, 'the process cannot go on');
    exitCode ||= retriable ? exitCodes.failed : exitCodes.unusable;
    ended.resolve();
  };
  process.once('SIGTERM', () => ended.resolve());
  process.once('SIGINT', () => ended.resolve());
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);

  const running = await service.start({ config, log, metrics, nodes, fatal });
  const http = await startHttp({
    port: config.httpPort,
    host: config.httpHost,
    registry: metrics.registry,
    notReady: () => running.notReady(),
  });
  log.info({ nodes, httpPort: http.port }, 'process started');
  await ended.promise;
  setTimeout(() => process.exit(exitCode || exitCodes.failed), stopMsMax).unref();
  await running.stop().catch((error: unknown) => log.warn({ error }, 'the stop was not clean'));
  await http.stop();
  log.info({ exitCode }, 'process stopped');
  process.exit(exitCode);
};

const usage = `usage: main.ts run <${serviceNames.join('|')}> [--nodes a,b]\n`;

const main = async (): Promise<void> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { nodes: { type: 'string' } },
  });
  const [command, name] = positionals;
  if (command !== 'run' || name === undefined) {
    process.stderr.write(usage);
    process.exit(exitCodes.unusable);
  }
  try {
    await runService(name, values.nodes);
  } catch (error) {
    const expected = error instanceof TypeError || isSightlineError(error);
    process.stderr.write(`sightline: ${expected ? error.message : String((error as Error).stack)}\n`);
    process.exit(exitCodes.unusable);
  }
};

if (import.meta.main) await main();
