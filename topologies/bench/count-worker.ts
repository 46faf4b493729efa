import { createLog, parseConfig, runTopology } from '#runtime';
import { countTopology, jsonFormat } from './count-job.ts';

/** Our side of the engine benchmark in a process of its own, as the peers are: `count-worker.ts BROKER PARTITIONS`. */
const [broker, partitions] = process.argv.slice(2) as [string, string];
const unused = 'http://127.0.0.1:1';
const config = parseConfig({
  SIGHTLINE_KAFKA_BROKERS: broker,
  SIGHTLINE_PARTITIONS: partitions,
  SIGHTLINE_TOPIC_PREFIX: '',
  SIGHTLINE_REGISTRY_URL: unused,
  SIGHTLINE_CLICKHOUSE_URL: unused,
  SIGHTLINE_POSTGRES_URL: 'postgres://127.0.0.1:1/unused',
  SIGHTLINE_SECRET_KEY: Buffer.alloc(32).toString('base64'),
});
const running = runTopology({
  topology: countTopology,
  config,
  log: createLog({ level: 'warn', descriptor: 2 }),
  format: jsonFormat,
  cameras: false,
});
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)));
