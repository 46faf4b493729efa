import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildDashboard } from '../../deploy/local/dashboard.ts';
import type { Installation } from '../../topologies/testing/installation.ts';
import { until } from '../../topologies/testing/installation.ts';

/** The server as production runs it: a process of its own, on pages that are built. */
export interface DashboardProcess {
  readonly address: string;
  /** The link that makes the first account, as the launcher prints it. */
  setupLink(): string;
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  log(): string;
}

const repository = resolve(import.meta.dirname, '../..');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

export const createDashboardProcess = async (installation: Installation): Promise<DashboardProcess> => {
  await buildDashboard(() => undefined);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let written = '';
  return {
    address,
    setupLink: () =>
      `${address}/setup?token=${readFileSync(join(installation.dataDir, 'setup-token'), 'utf8').trim()}`,
    async start() {
      child = spawn(process.execPath, [join(repository, 'dashboard/server.ts')], {
        cwd: installation.dataDir,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: process.env['HOME'] ?? '',
          ...installation.environment,
          SIGHTLINE_HTTP_PORT: String(port),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout?.on('data', (chunk: Buffer) => (written += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
      await until(
        'the dashboard is ready',
        () =>
          fetch(`${address}/ready`)
            .then(({ ok }) => ok)
            .catch(() => false),
        60_000,
        () => written,
      );
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    log: () => written,
  };
};
