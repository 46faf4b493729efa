import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** One place where models run: a process, or a thread of this one. */
export interface ModelWorker {
  post(message: ToWorker): void;
  /** Ends it at once; onExit is not called. */
  kill(): void;
}

export interface ModelWorkerEvents {
  onMessage(message: FromWorker): void;
  /** It ended by itself, and with it everything it was about to answer. */
  onExit(how: string): void;
}

/**
 * `process`: a native crash ends that process alone. `thread`: pictures need no pipe and a worker costs a few
 * megabytes instead of fifty, but a native crash ends everything in this process.
 */
export type Isolation = 'process' | 'thread';

const entry = new URL('./worker.ts', import.meta.url);

const startProcess = ({ onMessage, onExit }: ModelWorkerEvents): ModelWorker => {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  let killed = false;
  child.on('message', (message: FromWorker) => void (killed || onMessage(message)));
  child.on('error', (error) => {
    // A process that could not be started has no exit.
    if (!killed && child.pid === undefined) onExit(error.message);
  });
  child.on('exit', (code, signal) => void (killed || onExit(signal ?? `exit code ${code}`)));
  return {
    post: (message) => void (child.connected && child.send(message, () => undefined)),
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
  };
};

const startThread = ({ onMessage, onExit }: ModelWorkerEvents): ModelWorker => {
  const thread = new Worker(entry, { execArgv: [] });
  let killed = false;
  let reason = '';
  thread.on('message', (message: FromWorker) => void (killed || onMessage(message)));
  thread.on('error', (error) => void (reason = error instanceof Error ? error.message : String(error)));
  thread.on('exit', (code) => void (killed || onExit(reason || `exit code ${code}`)));
  return {
    post: (message) => thread.postMessage(message),
    kill() {
      killed = true;
      void thread.terminate();
    },
  };
};

export const startWorker = (isolation: Isolation, events: ModelWorkerEvents): ModelWorker =>
  isolation === 'thread' ? startThread(events) : startProcess(events);
