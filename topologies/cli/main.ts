import { Command, CommanderError } from 'commander';
import { registerAnalyze } from './analyze.ts';
import { registerCamera } from './camera.ts';
import { registerCount } from './count.ts';
import { registerDescribe } from './describe.ts';
import { registerEval } from './eval.ts';
import { registerMigrate } from './migrate.ts';
import { registerRun } from './run.ts';
import { registerSite } from './site.ts';
import { registerTrack } from './track.ts';
import { exitCodeOf, printError } from './failure.ts';

/**
 * The `sightline` command. One file a command; each registers itself.
 * Exit codes: 0 done, 1 failed while running, 2 asked for something that cannot be done as asked.
 */
const program = new Command('sightline')
  .description('Turns cameras into business signals: counts, dwell times, alerts.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for examples)')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

for (const register of [
  registerAnalyze,
  registerTrack,
  registerCount,
  registerCamera,
  registerSite,
  registerDescribe,
  registerEval,
  registerRun,
  registerMigrate,
]) {
  register(program);
}

/** `exitOverride` is not inherited by commands added later, so each gets it here: bad arguments must exit with 2. */
const overrideExit = (command: Command): void => {
  command.exitOverride();
  for (const child of command.commands) overrideExit(child);
};
overrideExit(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    printError(error);
    process.exitCode = exitCodeOf(error);
  }
}
