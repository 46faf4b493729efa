import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench, BenchContext } from './bench.ts';
import { median } from './bench.ts';
import { partitions, startBenchBroker } from './engine-broker.ts';
import type { BenchBroker } from './engine-broker.ts';

/**
 * The stateful count of the peers, exactly once: the kernel, Kafka Streams and Quix Streams in turn on one broker.
 * Each is a process of its own; the rate is what a reader of committed records sees, the same for all.
 */
const records = 200_000;

/** One side: how to start it on a broker, or why it cannot be. */
type Side = { readonly start: (broker: string) => readonly string[] } | { readonly missing: string };

const execute = promisify(execFile);
const lastLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').filter(Boolean).at(-1) ?? '';

const ours: Side = {
  start: (broker) => [
    process.execPath,
    join(import.meta.dirname, 'count-worker.ts'),
    broker,
    String(partitions),
  ],
};

/** Builds the peer outside of the evaluation data, which is read-only. */
const kafkaStreams = async (context: BenchContext, folder: string): Promise<Side> => {
  try {
    cpSync(join(context.peersDir, 'kafka-streams'), folder, { recursive: true, mode: 0 });
    await execute('chmod', ['-R', 'u+w', folder]);
    await execute('mvn', ['-q', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
      cwd: folder,
    });
  } catch (error) {
    return { missing: `Kafka Streams cannot be built (Java and Maven): ${lastLine(error)}` };
  }
  const classPath = `${join(folder, 'lib', '*')}:${join(folder, 'target', 'classes')}`;
  return { start: (broker) => ['java', '-cp', classPath, 'CountPeer', String(records), broker] };
};

const quixStreams = async (context: BenchContext): Promise<Side> => {
  try {
    await execute(context.python, ['-c', 'import quixstreams']);
  } catch {
    return { missing: `${context.python} has no quixstreams` };
  }
  const program = join(context.peersDir, 'quix_count.py');
  return { start: (broker) => [context.python, program, String(records), broker] };
};

const runOnce = async (broker: BenchBroker, command: readonly string[]): Promise<number> => {
  await broker.reset();
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    return await broker.rate(exited);
  } finally {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }
};

export const bench: Bench = async function* (context) {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-peer-'));
  const sides = new Map<string, Side>([
    ['kernel', ours],
    ['Kafka Streams', await kafkaStreams(context, folder)],
    ['Quix Streams', await quixStreams(context)],
  ]);
  const rates = new Map<string, number[]>();
  context.log(`engine: starting a stack and writing ${records} records`);
  const broker = await startBenchBroker(records);
  try {
    for (let round = 1; round <= context.rounds; round++) {
      for (const [name, side] of sides) {
        if ('missing' in side) continue;
        const rate = await runOnce(broker, side.start(broker.address));
        context.log(`engine: round ${round}, ${name}: ${Math.round(rate)} records/s`);
        rates.set(name, [...(rates.get(name) ?? []), rate]);
      }
    }
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const value = median(rates.get('kernel') ?? []);
  for (const [name, side] of [...sides].slice(1)) {
    const reference = 'missing' in side ? null : median(rates.get(name) ?? []);
    const note = 'missing' in side ? side.missing : `${name}, same job and broker, committed records`;
    const ratio = reference === null ? null : value / reference;
    yield {
      name: `engine.count.vs-${name.toLowerCase().replace(' ', '-')}`,
      value,
      unit: 'records/s',
      reference,
      ratio,
      note,
    };
  }
};
