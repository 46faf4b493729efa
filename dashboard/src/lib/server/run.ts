import { createLog, isSightlineError, messageOf } from '#runtime';
import { loadDashboardConfig } from './config.ts';
import type { DashboardConfig } from './config.ts';
import { startDashboard } from './start.ts';

/** 0 stopped as asked, 1 start me again, 2 starting me again will not help. */
const exitCodes = { stopped: 0, failed: 1, unusable: 2 } as const;
const stopMsMax = 10_000;

const readConfig = (): DashboardConfig => {
  try {
    return loadDashboardConfig();
  } catch (error) {
    process.stderr.write(`sightline: ${messageOf(error)}\n`);
    process.exit(exitCodes.unusable);
  }
};

/** Runs until a signal or a fatal error, then ends the process. */
export const runDashboard = async (): Promise<void> => {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, fields: { topology: 'dashboard', process: process.pid } });
  const ended = Promise.withResolvers<number>();
  const fatal = (error: unknown): void => {
    log.fatal({ error }, 'the process cannot go on');
    ended.resolve(
      isSightlineError(error) && !error.retriable && error.code === 'CONFIG_INVALID'
        ? exitCodes.unusable
        : exitCodes.failed,
    );
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  process.once('SIGTERM', () => ended.resolve(exitCodes.stopped));
  process.once('SIGINT', () => ended.resolve(exitCodes.stopped));

  const started = await startDashboard(config, log).catch((error: unknown) => void fatal(error));
  if (started) log.info({ httpPort: started.port }, 'process started');
  const exitCode = await ended.promise;
  setTimeout(() => process.exit(exitCode || exitCodes.failed), stopMsMax).unref();
  await started?.stop().catch((error: unknown) => log.warn({ error }, 'the stop was not clean'));
  log.info({ exitCode }, 'process stopped');
  process.exit(exitCode);
};
