import { createLog, createMetrics, loadConfig } from '#runtime';
import { startRollup } from '../../rollup.ts';
import { openWarehouse } from '../warehouse.ts';

/**
 * The rollup service, killed by itself (SIGKILL, so nothing is tidied up) at its nth block of crossings:
 * `dying-rollup.ts before|after|halfway N`. At `before` the plan is committed and nothing is inserted; at `after`
 * all is inserted and nothing else done; at `halfway` the insert is on its way and nobody waits for the answer.
 */
const [moment, count] = process.argv.slice(2);
let blocksLeft = Number(count);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
};

const log = createLog({ level: 'info' });
await startRollup(
  {
    config: loadConfig(),
    log,
    metrics: createMetrics(),
    nodes: ['crossings'],
    fatal: (error) => {
      log.fatal({ error }, 'fatal');
      process.exit(1);
    },
  },
  (options) => {
    const warehouse = openWarehouse(options);
    return {
      ...warehouse,
      async write(rows, token) {
        const last = --blocksLeft === 0;
        if (last && moment === 'before') die();
        const written = warehouse.write(rows, token);
        if (last && moment === 'halfway') setTimeout(die, 3);
        await written;
        if (last) die();
      },
    };
  },
);
