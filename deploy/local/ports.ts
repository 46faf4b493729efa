import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cacheFolder } from './config.ts';
import { StackError } from './errors.ts';
import { tryLock } from './locks.ts';

const triesMax = 200;

export interface PortChoice {
  port: number;
  /** Who has the port that was asked for, when it was busy. */
  busyWith?: string;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The program that listens on a port, as far as the system lets us see it (Linux; elsewhere unknown). */
export function listenerOf(port: number): string | undefined {
  if (!existsSync('/proc/net/tcp')) return undefined;
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && local.endsWith(`:${wanted}`) && inode !== undefined)
        inodes.add(`socket:[${inode}]`);
    }
  }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) =>
        inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)),
      );
      if (holds) return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * Ports for one stack. Between looking whether a port is free and listening on it some seconds pass, in which a
 * second stack would find it free as well; so a port is also reserved by a file in the user's cache folder.
 */
export interface Ports {
  /** The wanted port or the next free one. 0 asks for any. */
  choose(wanted: number): Promise<PortChoice>;
  release(): void;
}

export function createPorts(): Ports {
  const releases: (() => void)[] = [];
  const reserve = (port: number): boolean => {
    const result = tryLock(join(cacheFolder(), 'ports', String(port)));
    if (typeof result !== 'function') return false;
    releases.push(result);
    return true;
  };
  return {
    async choose(wanted) {
      let busyWith: string | undefined;
      for (let tries = 0; tries < triesMax; tries += 1) {
        const port = wanted === 0 ? await freePort() : wanted + tries;
        const free = await canListen(port);
        if (free && reserve(port)) return busyWith === undefined ? { port } : { port, busyWith };
        busyWith ??= free ? 'another Sightline stack' : (listenerOf(port) ?? 'another program');
      }
      throw new StackError(
        'no-free-port',
        `No free port was found from ${wanted} to ${wanted + triesMax - 1}.`,
      );
    },
    release() {
      for (const release of releases.splice(0)) release();
    },
  };
}
