import type { Isolation, ModelWorker } from './model-worker.ts';
import { startWorker } from './model-worker.ts';
import type { FromWorker } from './protocol.ts';
import type { EncodedPicture, ModelFile } from './types.ts';
import { ModelFailure } from './types.ts';

export type Detected = Extract<FromWorker, { kind: 'detected' }>;

/** The process died over this picture, or another in the same process. */
export class WorkerLost extends Error {}

/** Model processes that share the work. */
export interface WorkerPool {
  /** Loads the model in every process; throws ModelFailure when one cannot. */
  load(modelId: string, file: ModelFile): Promise<void>;
  /** True when some process could take one more picture. */
  hasRoom(): boolean;
  /** Only when there is room and the model was loaded. Throws WorkerLost. */
  detect(modelId: string, confidenceMin: number, picture: EncodedPicture): Promise<Detected>;
  close(): Promise<void>;
}

/** One in work and one in the pipe: the process never waits for its parent between two pictures. */
const jobsPerWorkerMax = 2;
const restartMsMax = 10_000;

interface Worker {
  running: ModelWorker | undefined;
  crashes: number;
  readonly jobs: Map<number, { resolve(answer: Detected): void; reject(error: Error): void }>;
  readonly loads: Map<string, (problem: string | null) => void>;
}

const onMessage = (worker: Worker, message: FromWorker): void => {
  switch (message.kind) {
    case 'loaded':
      worker.loads.get(message.modelId)?.(message.problem);
      worker.loads.delete(message.modelId);
      break;
    case 'detected':
      worker.crashes = 0;
      worker.jobs.get(message.job)?.resolve(message);
      worker.jobs.delete(message.job);
      break;
    case 'probed':
      break;
  }
};

const lose = (worker: Worker, how: string): void => {
  worker.running = undefined;
  worker.crashes++;
  for (const job of worker.jobs.values()) job.reject(new WorkerLost(`a model process died (${how})`));
  worker.jobs.clear();
  for (const loaded of worker.loads.values()) loaded(`a model process died while loading it (${how})`);
  worker.loads.clear();
};

export interface WorkerPoolOptions {
  readonly workers: number;
  /** Threads of one session. */
  readonly threads: number;
  readonly isolation: Isolation;
  /** Called when a worker that was lost can take work again. */
  onRoom(): void;
}

export const createWorkerPool = ({
  workers: count,
  threads,
  isolation,
  onRoom,
}: WorkerPoolOptions): WorkerPool => {
  const models = new Map<string, ModelFile>();
  let closed = false;
  let jobs = 0;
  const loadInto = (worker: Worker, modelId: string, file: ModelFile): Promise<string | null> =>
    new Promise((resolve) => {
      worker.loads.set(modelId, resolve);
      worker.running?.post({ kind: 'load', modelId, path: file.path, manifest: file.manifest, threads });
    });
  const restart = (worker: Worker): void => {
    if (closed) return;
    start(worker);
    for (const [modelId, file] of models) void loadInto(worker, modelId, file);
    onRoom();
  };
  const start = (worker: Worker): void => {
    worker.running = startWorker(isolation, {
      onMessage: (message) => onMessage(worker, message),
      onExit(how) {
        lose(worker, how);
        setTimeout(() => restart(worker), Math.min(restartMsMax, 100 * 2 ** worker.crashes));
      },
    });
  };
  const workers = Array.from({ length: count }, (): Worker => {
    const worker: Worker = { running: undefined, crashes: 0, jobs: new Map(), loads: new Map() };
    start(worker);
    return worker;
  });
  const leastBusy = (): Worker | undefined =>
    workers
      .filter(({ running, jobs: { size } }) => running && size < jobsPerWorkerMax)
      .sort((a, b) => a.jobs.size - b.jobs.size)[0];
  return {
    async load(modelId, file) {
      models.set(modelId, file);
      const running = workers.filter((worker) => worker.running);
      const problems = await Promise.all(running.map((worker) => loadInto(worker, modelId, file)));
      const problem = problems.find((text) => text !== null);
      if (!problem) return;
      models.delete(modelId);
      throw new ModelFailure(problem);
    },
    hasRoom: () => leastBusy() !== undefined,
    detect(modelId, confidenceMin, picture) {
      const worker = leastBusy();
      if (!worker) return Promise.reject(new WorkerLost('no model process is running'));
      const job = ++jobs;
      return new Promise((resolve, reject) => {
        worker.jobs.set(job, { resolve, reject });
        worker.running?.post({ kind: 'detect', job, modelId, confidenceMin, picture });
      });
    },
    async close() {
      closed = true;
      const stopping = workers.map((worker) => worker.running?.stop());
      for (const worker of workers) lose(worker, 'closed');
      await Promise.all(stopping);
    },
  };
};
