import { join } from 'node:path';
import { createChild, type Child } from './child.ts';
import { childEnvironment } from './config.ts';
import type { PartContext } from './part.ts';
import { repositoryRoot } from './paths.ts';

export function clickhouseUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

export function createClickHouse(context: PartContext, options: { port: number }): Child {
  return createChild({
    ...context.childFiles('clickhouse'),
    name: 'clickhouse',
    command: () => ({
      file: process.execPath,
      args: [
        join(repositoryRoot, 'deploy/local/clickhouse/main.ts'),
        String(options.port),
        join(context.dataDir, 'clickhouse'),
      ],
      // A query holds one of libuv's threads until it ends; with the usual four, four slow ones would stop all.
      env: childEnvironment({ UV_THREADPOOL_SIZE: '32', TZ: 'UTC' }),
    }),
    ready: async () => (await fetch(`${clickhouseUrl(options.port)}/ping`)).ok,
    stopTimeoutMs: 20_000,
  });
}
