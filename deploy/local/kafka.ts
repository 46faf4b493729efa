import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createChild, type Child } from './child.ts';
import { classArchive, type ClassArchive } from './class-archive.ts';
import { childEnvironment } from './config.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import type { PartContext } from './part.ts';

const run = promisify(execFile);

export interface KafkaOptions {
  port: number;
  controllerPort: number;
  java: Promise<string>;
  jars: Promise<string>;
}

/** One node that is broker and controller; every replication factor is 1, nothing is created by accident. */
function properties(dataFolder: string, { port, controllerPort }: KafkaOptions): string {
  const broker = `PLAINTEXT://127.0.0.1:${port}`;
  const controller = `CONTROLLER://127.0.0.1:${controllerPort}`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=${broker},${controller}`,
    `advertised.listeners=${broker},${controller}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${dataFolder}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    'log.cleaner.dedupe.buffer.size=2097152',
    'num.network.threads=2',
    'num.io.threads=4',
    'log.retention.check.interval.ms=10000',
    '',
  ].join('\n');
}

const javaOptions = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

async function format(java: string, classPath: string, config: string): Promise<void> {
  const id = randomBytes(16).toString('base64url');
  const tool = ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', config];
  await run(java, ['-XX:TieredStopAtLevel=1', ...tool, '--ignore-formatted']);
}

export function createKafka(context: PartContext, options: KafkaOptions): Child {
  const folder = join(context.dataDir, 'kafka');
  const dataFolder = join(folder, 'data');
  const config = join(folder, 'server.properties');
  let archive: ClassArchive | undefined;
  return createChild({
    ...context.childFiles('kafka'),
    name: 'kafka',
    command: async () => {
      const [java, jars] = await Promise.all([options.java, options.jars]);
      const classPath = join(jars, '*');
      mkdirSync(folder, { recursive: true });
      writeFileSync(config, properties(dataFolder, options));
      // The ports may change between starts; a folder that was formatted keeps its cluster id all the same.
      if (!existsSync(join(dataFolder, 'meta.properties'))) await format(java, classPath, config);
      archive = classArchive(java, jars);
      const args = [...javaOptions, ...archive.options, '-cp', classPath, 'kafka.Kafka', config];
      return { file: java, args, env: childEnvironment() };
    },
    ready: () => kafkaAnswers(options.port),
    afterStop: () => archive?.keep(),
    stopTimeoutMs: 20_000,
  });
}
