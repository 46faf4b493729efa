import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import artifactUrlModule from 'mvn-artifact-url';
import { cacheFolder, mavenRepository } from './config.ts';
import { downloadFile } from './download.ts';
import { StackError } from './errors.ts';
import { withLock } from './locks.ts';
import type { Reporter } from './progress.ts';

const parallelMax = 6;
const run = promisify(execFile);

interface LockedFile {
  /** Maven coordinates: group:artifact[:extension[:classifier]]:version. */
  coordinates: string;
  sha256: string;
  bytes: number;
}

interface LockedArtifact {
  version: string;
  files: LockedFile[];
}

export type ArtifactName = 'kafka' | 'registry';

const lock = JSON.parse(readFileSync(new URL('artifacts.lock.json', import.meta.url), 'utf8')) as Record<
  ArtifactName,
  LockedArtifact
>;

/** The client library names the repository; ours names artifacts by coordinates and hash only. */
const artifactUrl = ((artifactUrlModule as { default?: unknown }).default ?? artifactUrlModule) as (
  artifact: Record<string, string>,
  repository?: string,
) => Promise<string>;

function parse(coordinates: string): Record<string, string> {
  const parts = coordinates.split(':');
  const [groupId = '', artifactId = ''] = parts;
  const artifact: Record<string, string> = { groupId, artifactId, version: parts.at(-1) ?? '' };
  if (parts.length > 3) artifact['extension'] = parts[2] ?? '';
  if (parts.length > 4) artifact['classifier'] = parts[3] ?? '';
  return artifact;
}

function fileName(coordinates: string): string {
  const { artifactId, version, extension = 'jar', classifier } = parse(coordinates);
  return `${artifactId}-${version}${classifier ? `-${classifier}` : ''}.${extension}`;
}

async function downloadAll(name: ArtifactName, folder: string, reporter: Reporter): Promise<void> {
  const { files } = lock[name];
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const have = new Map<string, number>();
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { coordinates, sha256, bytes } = file;
      const target = join(folder, fileName(coordinates));
      const onBytes = (done: number) => {
        have.set(coordinates, done);
        reporter.progress(
          `downloading ${name}`,
          [...have.values()].reduce((sum, n) => sum + n, 0),
          total,
        );
      };
      if (!existsSync(target)) {
        const url = await artifactUrl(parse(coordinates), mavenRepository());
        await downloadFile({ url, file: target, sha256, bytes, onBytes });
      }
      onBytes(bytes);
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, worker));
}

async function unpack(folder: string): Promise<void> {
  const archive = lock.registry.files.map((file) => join(folder, fileName(file.coordinates)));
  for (const file of archive) {
    await run('tar', ['-xzf', file, '-C', folder]);
    rmSync(file);
  }
}

/**
 * The folder with Kafka's jars or the unpacked registry. It carries the lock's hash in its name and gets that
 * name only when everything in it was checked, so what has the name needs no second look at later starts.
 */
export async function provideArtifact(name: ArtifactName, reporter: Reporter): Promise<string> {
  const { version, files } = lock[name];
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${version}-${hash}`);
  if (existsSync(folder)) return folder;
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder;
    const incomplete = `${folder}.incomplete`;
    mkdirSync(incomplete, { recursive: true });
    try {
      await downloadAll(name, incomplete, reporter);
    } catch (error) {
      if (!(error instanceof StackError) || error.code !== 'artifact-unreachable') throw error;
      throw new StackError(
        error.code,
        `Could not download ${name} ${version}: ${error.message}\n` +
          'Check the connection or the proxy and run the command again; what has arrived is kept. Behind a ' +
          'mirror, set SIGHTLINE_MAVEN_REPOSITORY to the URL of a Maven repository.',
        { cause: error, retriable: true },
      );
    }
    if (name === 'registry') await unpack(incomplete);
    renameSync(incomplete, folder);
    reporter.note(`  ${name} ${version} is in ${folder}`);
    return folder;
  });
}
