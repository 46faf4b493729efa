import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Environment of the services and the command line; README.md lists the names. */
export type StackEnvironment = Readonly<Record<string, string>>;

export interface ChosenPorts {
  kafka: number;
  kafkaController: number;
  registry: number;
  postgres: number;
  clickhouse: number;
}

export const defaultPorts: ChosenPorts = {
  kafka: 29092,
  kafkaController: 29093,
  registry: 28081,
  postgres: 25432,
  clickhouse: 28123,
};

/** Written aside and renamed, so that a reader or a kill in the middle never meets half a file. */
function writeWhole(file: string, text: string, mode: number): void {
  const aside = `${file}.${process.pid}.new`;
  writeFileSync(aside, text, { mode });
  chmodSync(aside, mode);
  renameSync(aside, file);
}

export function readPorts(dataDir: string): Partial<ChosenPorts> {
  try {
    const stack = JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as {
      ports?: Partial<ChosenPorts>;
    };
    return stack.ports ?? {};
  } catch {
    return {};
  }
}

export function writePorts(dataDir: string, ports: ChosenPorts): void {
  writeWhole(join(dataDir, 'stack.json'), `${JSON.stringify({ ports }, null, 2)}\n`, 0o644);
}

/** Where the command line finds the stack that runs in this folder. It holds secrets, so it is the owner's alone. */
export function writeEnvironment(dataDir: string, environment: StackEnvironment): void {
  writeWhole(join(dataDir, 'env.json'), `${JSON.stringify(environment, null, 2)}\n`, 0o600);
}

/** A stack that was stopped must not be looked for. */
export function removeEnvironment(dataDir: string): void {
  rmSync(join(dataDir, 'env.json'), { force: true });
}

/** Random bytes made once and kept: a new key would make all stored camera passwords unreadable. */
export function keepSecret(dataDir: string, name: string, bytes: number, encoding: 'base64' | 'hex'): string {
  const file = join(dataDir, name);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    mkdirSync(dataDir, { recursive: true });
    const secret = randomBytes(bytes).toString(encoding);
    writeWhole(file, `${secret}\n`, 0o600);
    return secret;
  }
}
