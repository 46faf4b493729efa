import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { createLog, loadConfig } from '#runtime';
import { migrate } from '../migrate.ts';
import type { MigrationStep } from '../migrate.ts';

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
};

const words: Record<MigrationStep['part'], string> = {
  topics: 'Kafka topics',
  schemas: 'schema registry',
  postgres: 'Postgres',
  clickhouse: 'ClickHouse',
};

const printStep = ({ part, changes }: MigrationStep): void => {
  const what = changes.length === 0 ? 'up to date' : `${changes.length} changed: ${changes.join(', ')}`;
  process.stdout.write(`${words[part]}: ${what}\n`);
};

export const registerMigrate = (program: Command): void => {
  program
    .command('migrate')
    .description('create or update topics, schemas and both databases; safe to run again')
    .option('--wait <seconds>', 'how long to wait for a part that does not answer', seconds, 60)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExample:\n  $ sightline migrate\n')
    .action(async (options: { wait: number; json: boolean }) => {
      const config = loadConfig();
      const steps = await migrate({
        config,
        log: createLog({ level: 'error', descriptor: 2 }),
        patienceMs: options.wait * 1000,
        onWait: (part, why) => process.stderr.write(`waiting for ${words[part]}: ${why}\n`),
        ...(options.json ? {} : { onStep: printStep }),
      });
      if (options.json)
        process.stdout.write(
          `${JSON.stringify(Object.fromEntries(steps.map((s) => [s.part, s.changes])))}\n`,
        );
    });
};
