import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.ts';
import { forgetProcess, recordProcess } from './pid-files.ts';

const logBytesMax = 20_000_000;
const readyPollMs = 40;
const restartDelayMsMin = 1_000;
const restartDelayMsMax = 30_000;
/** A child that lived this long was healthy, so its next crash is not counted with the earlier ones. */
const healthyAfterMs = 60_000;

/** How to run one program. */
export interface Command {
  file: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

export interface ChildOptions {
  name: string;
  /** Asked again at each start, since ports and passwords are known only then. */
  command: () => Command | Promise<Command>;
  /** True once the child answers. It may throw while it does not. */
  ready: () => Promise<boolean>;
  logFile: string;
  pidFile: string;
  readyTimeoutMs?: number;
  stopSignal?: 'SIGTERM' | 'SIGINT';
  stopTimeoutMs?: number;
  /** Restart after a crash, with growing pauses. Tests that kill on purpose leave it off. */
  restart?: boolean;
  /** With this exit code a child says that starting it again would not help. */
  finalExitCode?: number;
  /** After the child has ended because it was asked to. */
  afterStop?: () => void;
  onNote?: (text: string) => void;
}

export interface Child {
  readonly name: string;
  pid(): number | undefined;
  start(): Promise<void>;
  /** Asks politely, then insists. Returns when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL, and no restart. Returns when the process is gone. */
  kill(): Promise<void>;
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > logBytesMax) renameSync(file, `${file}.old`);
  return openSync(file, 'a');
}

function lastLines(file: string, count: number): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
    return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n');
  } catch {
    return '';
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function waitForExit(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (ended(child)) return true;
  const given = new AbortController();
  const timeout = sleep(timeoutMs, false, { signal: given.signal }).catch(() => false);
  const exit = once(child, 'exit').then(() => true);
  const gone = await Promise.race([exit, timeout]);
  given.abort();
  return gone;
}

/**
 * Runs a command with its output in a log file, in a process group of its own. It does not pause between making
 * the process and writing down who it is, so that no stop and no kill can come between the two.
 */
function launch(options: ChildOptions, { file, args, env, uid, gid }: Command): ChildProcess {
  const log = openLog(options.logFile);
  try {
    // Detached, so that a Ctrl-C in the terminal reaches the launcher alone, which then stops things in order.
    const child = spawn(file, [...args], {
      stdio: ['ignore', log, log],
      detached: true,
      ...(env === undefined ? {} : { env }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    if (child.pid !== undefined) recordProcess(options.pidFile, options.name, child.pid, options.stopSignal);
    return child;
  } finally {
    closeSync(log);
  }
}

async function spawned(child: ChildProcess, name: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new StackError('child-gone', `${name} could not be run: ${String(error)}`, { cause: error });
  }
}

async function waitUntilReady(child: ChildProcess, options: ChildOptions): Promise<void> {
  const timeoutMs = options.readyTimeoutMs ?? 120_000;
  const startedMs = performance.now();
  for (;;) {
    if (ended(child)) {
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      const detail = lastLines(options.logFile, 8);
      throw new StackError('child-gone', `${options.name} ended while starting (${how}).\n${detail}`);
    }
    if (await options.ready().catch(() => false)) return;
    if (performance.now() - startedMs > timeoutMs) {
      throw new StackError(
        'child-not-ready',
        `${options.name} did not answer within ${timeoutMs / 1000} s. Its log: ${options.logFile}\n` +
          lastLines(options.logFile, 8),
      );
    }
    await sleep(readyPollMs);
  }
}

export function createChild(options: ChildOptions): Child {
  let process: ChildProcess | undefined;
  let wanted = false;
  let crashes = 0;
  let wake: AbortController | undefined;

  async function startOnce(): Promise<void> {
    const command = await options.command();
    // A stop may have come while the command was being prepared, when there was no process to stop yet.
    if (!wanted) throw new StackError('aborted', `${options.name} was stopped before it started.`);
    const child = launch(options, command);
    process = child;
    const startedMs = performance.now();
    try {
      await spawned(child, options.name);
      await waitUntilReady(child, options);
    } catch (error) {
      if (child.pid !== undefined) {
        child.kill('SIGKILL');
        await waitForExit(child, 5_000);
      }
      forgetProcess(options.pidFile);
      process = undefined;
      throw error;
    }
    child.once('exit', (code, signal) => {
      forgetProcess(options.pidFile);
      if (!wanted || options.restart !== true) return;
      if (code !== null && code === options.finalExitCode) {
        options.onNote?.(`${options.name} cannot go on and stays down; its log says why: ${options.logFile}`);
        return;
      }
      if (performance.now() - startedMs > healthyAfterMs) crashes = 0;
      void restart(signal ?? `exit code ${code}`);
    });
  }

  async function restart(reason: string): Promise<void> {
    while (wanted) {
      const delayMs = Math.min(restartDelayMsMin * 2 ** crashes, restartDelayMsMax);
      crashes += 1;
      options.onNote?.(`${options.name} ended (${reason}); starting it again in ${delayMs / 1000} s`);
      wake = new AbortController();
      await sleep(delayMs, undefined, { signal: wake.signal }).catch(() => undefined);
      if (!wanted) return;
      try {
        await startOnce();
        options.onNote?.(`${options.name} runs again`);
        return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
  }

  async function end(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    wanted = false;
    wake?.abort();
    const child = process;
    if (child === undefined) return;
    if (!ended(child)) child.kill(signal);
    if (await waitForExit(child, timeoutMs)) {
      if (signal !== 'SIGKILL') options.afterStop?.();
    } else {
      options.onNote?.(`${options.name} did not stop within ${timeoutMs / 1000} s and was killed`);
      child.kill('SIGKILL');
      await waitForExit(child, 10_000);
    }
    forgetProcess(options.pidFile);
    process = undefined;
  }

  return {
    name: options.name,
    pid: () => (process !== undefined && !ended(process) ? process.pid : undefined),
    async start() {
      if (process !== undefined && !ended(process)) return;
      wanted = true;
      await startOnce();
    },
    stop: () => end(options.stopSignal ?? 'SIGTERM', options.stopTimeoutMs ?? 15_000),
    kill: () => end('SIGKILL', 10_000),
  };
}
