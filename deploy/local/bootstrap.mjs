/**
 * The only file that runs on whatever Node the user has (20 or newer). It makes sure that the packages of
 * package-lock.json are there, then hands over to the Node that came with them, which runs TypeScript directly.
 *
 *   node deploy/local/bootstrap.mjs start|stack|cli|test|bench [...args]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { constants, homedir } from 'node:os';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { installWhenNeeded } from './install.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

const scripts = {
  start: ['deploy/local/start.ts'],
  stack: ['deploy/local/start.ts', '--stack-only'],
  cli: ['topologies/cli/main.ts'],
  test: ['deploy/local/check.ts'],
  bench: ['topologies/bench/main.ts'],
};

function cacheFolder() {
  const { SIGHTLINE_CACHE, XDG_CACHE_HOME } = process.env;
  return SIGHTLINE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sightline');
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * npm that is killed does not take its scripts with it. A stack without the terminal that it was started in would
 * be hard to find, so it ends with npm; started without npm, it may well outlive its parent.
 */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 500);
  timer.unref();
}

/**
 * Signals are passed on and the child decides. A terminal's Ctrl-C reaches the child twice that way (once from
 * the terminal, once from here); the launcher takes signals that come together for one.
 */
function handOver(script, args) {
  const node = join(root, 'node_modules/node/bin/node');
  const inherited = {
    // TypeScript that was stripped and compiled once is kept, which halves the start of every process.
    NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled'),
    NODE_USE_ENV_PROXY: '1',
    ...process.env,
  };
  const child = spawn(node, [join(root, script), ...args], { stdio: 'inherit', env: inherited });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithNpm(() => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`Could not run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

const [name, ...rest] = process.argv.slice(2);
const [script, ...fixed] = scripts[name] ?? [];
if (script === undefined)
  fail(`Usage: node deploy/local/bootstrap.mjs ${Object.keys(scripts).join('|')} [...]`);
await installWhenNeeded(root, fail);
if (!existsSync(join(root, script))) fail(`${script} is missing from this checkout.`);
handOver(script, [...fixed, ...rest]);
