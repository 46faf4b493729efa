import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from './config.ts';
import { StackError } from './errors.ts';
import { repositoryRoot } from './paths.ts';

const run = promisify(execFile);
const folder = join(repositoryRoot, 'dashboard');
const built = join(folder, 'build/handler.js');

/** Pages, what they are built with, and the packages in them. */
function newestSourceMs(): number {
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, 'src', name))
    .concat(join(folder, 'vite.config.ts'), join(repositoryRoot, 'package-lock.json'));
  return Math.max(...sources.map((file) => statSync(file).mtimeMs));
}

/** Builds the pages of the dashboard when there are none yet, or older ones than their sources. */
export async function buildDashboard(note: (text: string) => void): Promise<void> {
  if (existsSync(built) && statSync(built).mtimeMs >= newestSourceMs()) return;
  const vite = join(repositoryRoot, 'node_modules/vite/bin/vite.js');
  try {
    await run(process.execPath, [vite, 'build', '--config', 'dashboard/vite.config.ts'], {
      cwd: repositoryRoot,
      env: childEnvironment(),
    });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new StackError(
      'step-failed',
      `The dashboard could not be built:\n${(stderr || stdout || String(error)).trim()}`,
      { cause: error },
    );
  }
  note('the dashboard is built');
}

/** Where the first account is made; undefined once there is one. The server writes the token and takes it away. */
export function setupLink(dataDir: string, address: string): string | undefined {
  const file = join(dataDir, 'setup-token');
  return existsSync(file) ? `${address}/setup?token=${readFileSync(file, 'utf8').trim()}` : undefined;
}
