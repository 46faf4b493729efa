/**
 * `npm test`: the gate. Formatting, lint, types and generated files are checked first, then all tests run, on a
 * real stack. With arguments only vitest runs and gets them (`npm test -- dwell`). The last line of stdout is
 * `N passed, N failed, N skipped`, each check counting as one test, and the exit code says the same.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from './config.ts';
import { repositoryRoot } from './paths.ts';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const bin = join(repositoryRoot, 'node_modules');

const checks = [
  {
    name: 'formatting (npm run fix repairs it)',
    args: [join(bin, 'prettier/bin/prettier.cjs'), '--check', '.'],
  },
  { name: 'lint', args: [join(bin, 'eslint/bin/eslint.js'), '.'] },
  { name: 'types', args: [join(bin, 'typescript/bin/tsc'), '--noEmit'] },
  {
    name: 'types of the pages, prepared',
    args: [join(bin, '@sveltejs/kit/svelte-kit.js'), 'sync', '--config', 'dashboard/vite.config.ts'],
  },
  {
    name: 'types of the pages',
    args: [
      join(bin, 'svelte-check/bin/svelte-check'),
      '--workspace',
      'dashboard',
      '--tsconfig',
      './tsconfig.pages.json',
    ],
  },
  { name: 'generated schemas (npm run schemas:write)', args: ['schemas/generate.ts', '--check'] },
];

let running: ReturnType<typeof spawn> | undefined;

function run(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    running = spawn(process.execPath, args, {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: childEnvironment(),
    });
    running.on('error', () => resolve(127));
    running.on('exit', (code) => resolve(code ?? 1));
  });
}

async function runChecks(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    process.stdout.write(`\n> ${check.name}\n`);
    const code = await run(check.args);
    if (code === 0) tally.passed += 1;
    else tally.failed += 1;
    if (code !== 0) process.stdout.write(`FAILED: ${check.name} (exit code ${code})\n`);
  }
  return tally;
}

/** A test file that does not even load has no tests to count, so it counts as one failure. */
function readTally(reportFile: string, code: number): Tally {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numTodoTests: number;
      testResults: { status: string; assertionResults: unknown[] }[];
    };
    const unloaded = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    const failed = report.numFailedTests + unloaded.length;
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    process.stdout.write('vitest ended without a report.\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function runVitest(args: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-test-'));
  const report = join(folder, 'report.json');
  try {
    const code = await run([
      join(bin, 'vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ]);
    return readTally(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const extra = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => running?.kill(signal));
const none: Tally = { passed: 0, failed: 0, skipped: 0 };
const fromChecks = extra.length > 0 ? none : await runChecks();
const fromTests = await runVitest(extra);
const failed = fromChecks.failed + fromTests.failed;
process.stdout.write(
  `\n${fromChecks.passed + fromTests.passed} passed, ${failed} failed, ${fromTests.skipped} skipped\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
