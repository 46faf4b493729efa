import type { Command } from 'commander';
import { isServiceName, loadService, serviceNames } from '../catalog.ts';
import type { ServiceName } from '../catalog.ts';
import { UsageError } from './failure.ts';

const chosen = (name: string | undefined): readonly ServiceName[] => {
  if (name === undefined) return serviceNames;
  if (isServiceName(name)) return [name];
  throw new UsageError(`no topology is called ${name}; there are ${serviceNames.join(', ')}`);
};

/** `sightline describe [topology]`: the dataflow as text, or as Mermaid for the README. */
export const registerDescribe = (program: Command): void => {
  program
    .command('describe')
    .argument('[topology]', `one of ${serviceNames.join(', ')}; all by default`)
    .description('print the dataflow')
    .option('--mermaid', 'as a Mermaid flowchart')
    .addHelpText('after', '\nExamples:\n  sightline describe\n  sightline describe analytics --mermaid')
    .action(async (name: string | undefined, options: { mermaid?: boolean }) => {
      const format = options.mermaid ? 'mermaid' : 'text';
      const services = await Promise.all(chosen(name).map(loadService));
      process.stdout.write(`${services.map((service) => service.describe(format)).join('\n\n')}\n`);
    });
};
