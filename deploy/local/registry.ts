import { join } from 'node:path';
import { createChild, type Child } from './child.ts';
import { classArchive, type ClassArchive } from './class-archive.ts';
import { childEnvironment } from './config.ts';
import type { PartContext } from './part.ts';

export interface RegistryOptions {
  port: number;
  java: Promise<string>;
  app: Promise<string>;
  /** Where its schemas live: with them in memory every id would be forgotten at a restart. */
  postgres: { port: number; user: string; password: string; database: string };
}

export function registryUrl(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`;
}

export function createRegistry(context: PartContext, options: RegistryOptions): Child {
  const { postgres } = options;
  let archive: ClassArchive | undefined;
  return createChild({
    ...context.childFiles('registry'),
    name: 'registry',
    command: async () => {
      const [java, app] = await Promise.all([options.java, options.app]);
      archive = classArchive(java, app);
      const properties = {
        'java.awt.headless': 'true',
        'quarkus.http.host': '127.0.0.1',
        'quarkus.http.port': options.port,
        'quarkus.http.access-log.enabled': 'false',
        'quarkus.management.host': '127.0.0.1',
        'quarkus.management.port': 0,
        'apicurio.storage.kind': 'sql',
        'apicurio.storage.sql.kind': 'postgresql',
        'apicurio.datasource.url': `jdbc:postgresql://127.0.0.1:${postgres.port}/${postgres.database}`,
        'apicurio.datasource.username': postgres.user,
        'apicurio.rules.global.compatibility': 'FULL_TRANSITIVE',
      };
      return {
        file: java,
        args: [
          '-Xms64m',
          '-Xmx320m',
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
          ...archive.options,
          ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
          '-jar',
          join(app, 'quarkus-run.jar'),
        ],
        // By the environment and not by an argument, which every user of the machine could read.
        env: childEnvironment({ APICURIO_DATASOURCE_PASSWORD: postgres.password }),
      };
    },
    ready: async () => (await fetch(`${registryUrl(options.port)}/subjects`)).ok,
    afterStop: () => archive?.keep(),
    stopTimeoutMs: 20_000,
  });
}
