import { exportEnvironment } from './config.ts';
import { startStack } from './stack.ts';
import { createReporter } from './progress.ts';
import { dropThrowAwayFolder, makeThrowAwayFolder } from './throw-away.ts';

/**
 * Vitest's global setup of the project "integration": one stack on free ports in a throw-away folder. The test
 * workers find it through the SIGHTLINE_* variables, like any service. The services themselves are not started.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = makeThrowAwayFolder();
  const startedMs = performance.now();
  const stack = await startStack({ dataDir, throwAway: true, reporter: createReporter(process.stderr) });
  process.stderr.write(`  test stack up in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  exportEnvironment(stack.env);
  return async () => {
    await stack.stop();
    dropThrowAwayFolder(dataDir);
  };
}
