import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface DemoOptions {
  /** The environment of a child, with the variables by which the command line finds the stack. */
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir: string;
  /** A line for people. */
  note(line: string): void;
}

/**
 * Sets the demo up behind a running system, slowly and quietly: films are painted at low priority, problems go to
 * logs/demo.log. A demo that cannot be set up stops nothing.
 */
export const startDemo = ({ env, dataDir, note }: DemoOptions): { stop(): Promise<void> } => {
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, 'demo.log'), 'a');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'setup.ts'), '--data-dir', dataDir], {
    env,
    stdio: ['ignore', 'pipe', log],
    // A group of its own, because the renderer is a child of this child.
    detached: true,
  });
  closeSync(log);
  const closed = once(child, 'close').catch(() => undefined);
  let isStopping = false;
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  if (child.stdout)
    createInterface({ input: child.stdout as Readable }).on('line', (camera) =>
      note(`  demo camera ${camera} is playing`),
    );
  child.on('error', (error) => note(`  the demo could not be set up: ${error.message}`));
  child.on('exit', (code) => {
    if (code !== 0 && !isStopping) note(`  the demo could not be set up: see ${join(logs, 'demo.log')}`);
  });
  return {
    async stop() {
      isStopping = true;
      if (child.exitCode !== null || child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Ended by itself in this moment: nothing is left to stop.
      }
      await closed;
    },
  };
};
