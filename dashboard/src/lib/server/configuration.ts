import { messageOf, sleep } from '#runtime';
import type { ConfigStore, Log } from '#runtime';
import type { CameraBoard } from './live/camera-board.ts';

/**
 * Keeps the board's cameras as Postgres has them: read after each change that the config topic tells of, after each
 * write of our own, and every few seconds for what neither told. While Postgres is away the last answer stays.
 */
export interface Configuration {
  reload(): Promise<void>;
  changed(): void;
  problem(): string | undefined;
  stop(): Promise<void>;
}

const everyMs = 10_000;
const settleMs = 50;

export const keepConfiguration = (store: ConfigStore, board: CameraBoard, log: Log): Configuration => {
  const stopping = new AbortController();
  let wake = new AbortController();
  let problem: string | undefined = 'the configuration is not read yet';

  const reload = async (): Promise<void> => {
    const [cameras, sites] = await Promise.all([store.listCameras(), store.listSites()]);
    board.configure(cameras, sites);
    problem = undefined;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      await reload().catch((error: unknown) => {
        if (problem === undefined) log.warn({ detail: messageOf(error) }, 'the configuration cannot be read');
        problem = 'Postgres does not answer';
      });
      await sleep(everyMs, AbortSignal.any([stopping.signal, wake.signal]));
      await sleep(settleMs, stopping.signal);
    }
  };
  const running = run();
  return {
    reload,
    changed: () => wake.abort(),
    problem: () => problem,
    async stop() {
      stopping.abort();
      await running;
    },
  };
};
