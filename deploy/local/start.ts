/**
 * `npm start` and `npm run stack`: the embedded stack and, unless told otherwise, the services on it. Stays in
 * the foreground; Ctrl-C stops everything in the right order.
 */
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startDemo } from '../demo/background.ts';
import { setupLink } from './dashboard.ts';
import { childEnvironment } from './config.ts';
import { reasonOf, StackError } from './errors.ts';
import { repositoryRoot } from './paths.ts';
import { createReporter } from './progress.ts';
import { createServices, migrate, startServices, stopServices, type Service } from './services.ts';
import { orAborted, startStack, type Stack } from './stack.ts';

const help = `Usage: npm start [-- OPTIONS]        everything
       npm run stack [-- OPTIONS]    Kafka, schema registry, Postgres and ClickHouse alone

  --data-dir FOLDER   where all data, logs and chosen ports are kept (default: .sightline)
  --no-demo           without the demo's cameras; those added before stay until removed
  --help              this text
`;

/** Ctrl-C in a terminal reaches the launcher twice, through npm as well; later ones are impatience. */
const impatientAfterMs = 2_000;
const reporter = createReporter(process.stdout);
const stopping = new AbortController();
let stack: Stack | undefined;
let running: Service[] = [];
let demo: { stop(): Promise<void> } | undefined;

function listenForSignals(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (firstMs === undefined) {
          firstMs = performance.now();
          reporter.note('\nStopping...');
          stopping.abort();
          resolve();
        } else if (performance.now() - firstMs > impatientAfterMs) {
          reporter.note('Killing what is left.');
          const parts =
            stack === undefined ? [] : [stack.registry, stack.clickhouse, stack.kafka, stack.postgres];
          void Promise.all([...running.map(({ child }) => child), ...parts].map((part) => part.kill()));
        }
      });
    }
  });
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

function overview({ env, dataDir, ports }: Stack, stackOnly: boolean, elapsedMs: number): string {
  const folder = relative(process.cwd(), dataDir) || dataDir;
  const rows: [string, string][] = [
    ['Kafka', env['SIGHTLINE_KAFKA_BROKERS'] ?? ''],
    ['Schema registry', env['SIGHTLINE_REGISTRY_URL'] ?? ''],
    [
      'Postgres',
      `127.0.0.1:${ports.postgres}, database sightline (password: ${join(folder, 'postgres.password')})`,
    ],
    ['ClickHouse', `${env['SIGHTLINE_CLICKHOUSE_URL']}, database ${env['SIGHTLINE_CLICKHOUSE_DATABASE']}`],
    ...running.map((service): [string, string] => [service.name, service.healthUrl]),
    ['Data', folder],
    ['Logs', join(folder, 'logs')],
  ];
  const address = running.find(({ name }) => name === 'dashboard')?.healthUrl.replace(/\/health$/, '') ?? '';
  const link = setupLink(dataDir, address);
  const next = stackOnly
    ? `The variables of ${join(folder, 'env.json')} tell a service where all this is.`
    : link === undefined
      ? `Dashboard: ${address}`
      : `Make the first account of the dashboard: ${link}`;
  return `\nReady after ${(elapsedMs / 1000).toFixed(1)} s.\n\n${table(rows)}\n\n${next}\nCtrl-C stops everything.`;
}

async function startAll(dataDir: string, stackOnly: boolean, noDemo: boolean): Promise<void> {
  const startedMs = performance.now();
  reporter.note(`Starting Sightline in ${dataDir}`);
  stack = await startStack({ dataDir, reporter, restart: true, signal: stopping.signal });
  if (!stackOnly) {
    await orAborted(migrate(stack), stopping.signal);
    reporter.note('  topics, schemas and databases are up to date');
    running = await createServices(stack, reporter);
    stopping.signal.throwIfAborted();
    await orAborted(startServices(running), stopping.signal);
  }
  stopping.signal.throwIfAborted();
  reporter.note(overview(stack, stackOnly, performance.now() - startedMs));
  if (!stackOnly && !noDemo)
    demo = startDemo({ env: childEnvironment(stack.env), dataDir, note: (line) => reporter.note(line) });
}

async function stopAll(): Promise<void> {
  await demo?.stop();
  await stopServices(running);
  await stack?.stop();
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: join(repositoryRoot, '.sightline') },
      'stack-only': { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const signalled = listenForSignals();
  try {
    await startAll(values['data-dir'], values['stack-only'], values['no-demo']);
  } catch (error) {
    await stopAll();
    if (stopping.signal.aborted) return 0;
    reporter.note(`\n${error instanceof StackError ? error.message : reasonOf(error)}`);
    return 1;
  }
  await signalled;
  await stopAll();
  reporter.note('Everything has stopped.');
  return 0;
}

// Exits by itself and not by an empty event loop: a download may still be under way after a Ctrl-C.
process.exit(await main());
