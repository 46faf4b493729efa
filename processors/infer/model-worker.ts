import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** One place where models run: a process, or a thread of this one. */
export interface ModelWorker {
  post(message: ToWorker): void;
  /**
   * Ends it; onExit is not called. A process at once; a thread after the picture it is at, since a thread that is
   * torn down inside the model runtime takes this process with it. Resolves when it is gone.
   */
  stop(): Promise<void>;
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
  let stopped = false;
  child.on('message', (message: FromWorker) => void (stopped || onMessage(message)));
  child.on('error', (error) => {
    // A process that could not be started has no exit.
    if (!stopped && child.pid === undefined) onExit(error.message);
  });
  child.on('exit', (code, signal) => void (stopped || onExit(signal ?? `exit code ${code}`)));
  return {
    post: (message) => void (child.connected && child.send(message, () => undefined)),
    async stop() {
      stopped = true;
      child.kill('SIGKILL');
    },
  };
};

const startThread = ({ onMessage, onExit }: ModelWorkerEvents): ModelWorker => {
  const thread = new Worker(entry, { execArgv: [] });
  let stopped = false;
  let reason = '';
  thread.on('message', (message: FromWorker) => void (stopped || onMessage(message)));
  thread.on('error', (error) => void (reason = error instanceof Error ? error.message : String(error)));
  let gone = false;
  thread.on('exit', (code) => {
    gone = true;
    if (!stopped) onExit(reason || `exit code ${code}`);
  });
  return {
    post: (message) => thread.postMessage(message),
    async stop() {
      stopped = true;
      if (gone) return;
      thread.postMessage({ kind: 'stop' } satisfies ToWorker);
      await once(thread, 'exit');
    },
  };
};

export const startWorker = (isolation: Isolation, events: ModelWorkerEvents): ModelWorker =>
  isolation === 'thread' ? startThread(events) : startProcess(events);
