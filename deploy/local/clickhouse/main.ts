/** The process that has ClickHouse's data folder open: `node main.ts PORT FOLDER`. */
import { mkdirSync } from 'node:fs';
import { openEngine } from './engine.ts';
import { createClickHouseServer } from './server.ts';

const [portText, folder] = process.argv.slice(2);
if (portText === undefined || folder === undefined) throw new Error('Usage: node main.ts PORT FOLDER');
mkdirSync(folder, { recursive: true });
const engine = await openEngine(folder);
const { server, close } = createClickHouseServer(engine);
server.listen(Number(portText), '127.0.0.1', () => {
  process.stdout.write(`ClickHouse ${engine.version} answers on port ${portText}\n`);
});

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void close().then(() => {
      engine.close();
      process.exit(0);
    });
  });
}
