import type { Command } from 'commander';
import { serviceNames } from '../catalog.ts';
import { runService } from '../main.ts';
import { UsageError } from './failure.ts';

/** `sightline run <topology>`: the service in the foreground, as the supervisor runs it. */
export const registerRun = (program: Command): void => {
  program
    .command('run')
    .argument('<topology>', `one of ${serviceNames.join(', ')}`)
    .description('run a topology in this terminal until Ctrl-C')
    .option('--nodes <names>', 'only these nodes, with commas between; connected ones hand over in memory')
    .addHelpText(
      'after',
      '\nExamples:\n  sightline run analytics\n  sightline run analytics --nodes track   (and another with --nodes dwell)',
    )
    .action(async (name: string, options: { nodes?: string }) => {
      try {
        await runService(name, options.nodes);
      } catch (error) {
        throw error instanceof TypeError ? new UsageError(error.message) : error;
      }
    });
};
