import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** The only place of `deploy/local` that reads the environment. */
const environment = process.env;

/** Downloads and port reservations live here, shared by all clones of one user. */
export function cacheFolder(): string {
  if (environment['SIGHTLINE_CACHE']) return environment['SIGHTLINE_CACHE'];
  const base = environment['XDG_CACHE_HOME'];
  return join(base && isAbsolute(base) ? base : join(homedir(), '.cache'), 'sightline');
}

export function javaHome(): string | undefined {
  return environment['JAVA_HOME'] || undefined;
}

export function searchPath(): string[] {
  return (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** A Maven repository of one's own (a mirror inside a company); undefined means the client library's default. */
export function mavenRepository(): string | undefined {
  const repository = environment['SIGHTLINE_MAVEN_REPOSITORY'];
  if (!repository) return undefined;
  return repository.endsWith('/') ? repository : `${repository}/`;
}

/** What was set for the stack by hand, such as SIGHTLINE_TOPIC_PREFIX, wins over the stack's defaults. */
export function setByHand(name: string): string | undefined {
  return environment[name] || undefined;
}

/** The environment of a child: all of ours, plus what is given. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...environment, ...extra };
}

/** Only for vitest's global setup, whose workers inherit this process's environment. */
export function exportEnvironment(values: Readonly<Record<string, string>>): void {
  Object.assign(environment, values);
}

/** For this folder's own tests: where the stack that the global setup started is. */
export function stackVariable(name: string): string {
  const value = environment[name];
  if (value === undefined)
    throw new Error(`${name} is not set; integration tests run through vitest's global setup.`);
  return value;
}
