import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createChild, type Child } from './child.ts';
import { childEnvironment } from './config.ts';
import { buildDashboard } from './dashboard.ts';
import { StackError } from './errors.ts';
import { createPartContext } from './part.ts';
import { repositoryRoot } from './paths.ts';
import type { Reporter } from './progress.ts';
import type { Stack } from './stack.ts';

/** The topologies that `npm start` runs, each in a process of its own. */
export const services = ['ingest', 'analytics', 'rollup', 'relay'] as const;

/** The operators' pages: a server of its own, and the port people type. */
const dashboard = 'dashboard';
const dashboardPort = 28080;
const healthPortFirst = 28090;
const run = promisify(execFile);

export interface Service {
  name: string;
  healthUrl: string;
  child: Child;
}

/** Topics, registered schemas and both databases, by the command that an operator would type. */
export async function migrate(stack: Stack): Promise<void> {
  const script = join(repositoryRoot, 'topologies/cli/main.ts');
  try {
    await run(process.execPath, [script, 'migrate'], {
      env: childEnvironment(stack.env),
      cwd: repositoryRoot,
    });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new StackError(
      'step-failed',
      `The migration failed:\n${(stderr || stdout || String(error)).trim()}`,
      {
        cause: error,
      },
    );
  }
}

async function createService(
  stack: Stack,
  name: string,
  index: number,
  reporter: Reporter,
): Promise<Service> {
  const { port } = await stack.choosePort(name === dashboard ? dashboardPort : healthPortFirst + index);
  const context = createPartContext(stack.dataDir, true, (text) => reporter.note(`  ${text}`));
  const healthUrl = `http://127.0.0.1:${port}/health`;
  const child = createChild({
    ...context.childFiles(name),
    name,
    command: () => ({
      file: process.execPath,
      args:
        name === dashboard
          ? [join(repositoryRoot, 'dashboard/server.ts')]
          : [join(repositoryRoot, 'topologies/main.ts'), 'run', name],
      env: childEnvironment({
        ...stack.env,
        SIGHTLINE_HTTP_PORT: String(port),
        SIGHTLINE_INSTANCE: `${name}-0`,
      }),
    }),
    ready: async () => (await fetch(healthUrl)).ok,
    finalExitCode: 2,
    stopTimeoutMs: 20_000,
  });
  return { name, healthUrl, child };
}

export async function createServices(stack: Stack, reporter: Reporter): Promise<Service[]> {
  await buildDashboard((text) => reporter.note(`  ${text}`));
  return Promise.all(
    [...services, dashboard].map((name, index) => createService(stack, name, index, reporter)),
  );
}

export async function startServices(running: readonly Service[]): Promise<void> {
  const results = await Promise.allSettled(running.map((service) => service.child.start()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Before the infrastructure, so that each can commit what it has in hand. */
export async function stopServices(running: readonly Service[]): Promise<void> {
  await Promise.all(running.map((service) => service.child.stop()));
}
