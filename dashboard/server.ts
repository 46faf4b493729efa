import { runDashboard } from './src/lib/server/run.ts';

/** The process entry: `node dashboard/server.ts`, with the same environment as every service. */
await runDashboard();
