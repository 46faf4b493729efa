import type { Connection, Engine } from './engine.ts';
import { exception } from './exceptions.ts';

const sessionsMax = 200;
const runningMax = 24;
const waitingMax = 1000;

/**
 * Who may use which connection of the engine. A request gets a fresh one (1 ms), so that its settings end with
 * it; a `session_id` keeps one between requests, which then go one at a time, as in the real server. More
 * requests than the engine has threads wait their turn; more than that are refused.
 */
export interface Sessions {
  use(
    sessionId: string | undefined,
    timeoutSeconds: number,
    work: (connection: Connection) => Promise<void>,
  ): Promise<void>;
  /** Resolves when nothing runs any more. */
  close(): Promise<void>;
}

interface Kept {
  connection: Connection;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function createSessions(engine: Engine): Sessions {
  const kept = new Map<string, Kept>();
  const waiting: (() => void)[] = [];
  const idle: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < runningMax) {
      running += 1;
      return;
    }
    if (waiting.length >= waitingMax) {
      throw exception(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many simultaneous queries.');
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next !== undefined) return next();
    running -= 1;
    if (running === 0) for (const resolve of idle.splice(0)) resolve();
  }

  function forget(sessionId: string): void {
    const session = kept.get(sessionId);
    if (session === undefined || session.busy) return;
    clearTimeout(session.timer);
    kept.delete(sessionId);
    session.connection.close();
  }

  function obtain(sessionId: string): Kept {
    const found = kept.get(sessionId);
    if (found !== undefined) {
      if (found.busy) {
        throw exception(373, 'SESSION_IS_LOCKED', `Session ${sessionId} is locked by a concurrent client.`);
      }
      clearTimeout(found.timer);
      return found;
    }
    if (kept.size >= sessionsMax) {
      const oldest = [...kept].find(([, session]) => !session.busy)?.[0];
      if (oldest !== undefined) forget(oldest);
    }
    const session: Kept = { connection: engine.connect(), busy: false, timer: undefined };
    kept.set(sessionId, session);
    return session;
  }

  async function useKept(
    sessionId: string,
    timeoutSeconds: number,
    work: (connection: Connection) => Promise<void>,
  ) {
    const session = obtain(sessionId);
    session.busy = true;
    try {
      await work(session.connection);
    } finally {
      session.busy = false;
      session.timer = setTimeout(() => forget(sessionId), timeoutSeconds * 1000);
      session.timer.unref();
    }
  }

  return {
    async use(sessionId, timeoutSeconds, work) {
      await enter();
      try {
        if (sessionId !== undefined) return await useKept(sessionId, timeoutSeconds, work);
        const connection = engine.connect();
        try {
          await work(connection);
        } finally {
          connection.close();
        }
      } finally {
        leave();
      }
    },
    async close() {
      if (running > 0) await new Promise<void>((resolve) => idle.push(resolve));
      for (const sessionId of [...kept.keys()]) forget(sessionId);
    },
  };
}
