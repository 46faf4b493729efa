import pg from 'pg';
import { SightlineError, messageOf, sleep } from '#runtime';
import { outboxChannel, outboxRelayLock } from '../runtime/config-store/index.ts';

/** One Postgres session: it hears of commits, and holds the lock that makes this relay the only one. */
export interface RelaySession {
  readonly client: pg.Client;
  /** True when this session is the one that relays; asks again at each call until it is. */
  lead(): Promise<boolean>;
  /** Resolves at the next commit's notice, when `signal` aborts, or after `waitMsMax`. Rejects when the session broke. */
  wait(waitMsMax: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export const openRelaySession = async (postgresUrl: string): Promise<RelaySession> => {
  const client = new pg.Client({
    connectionString: postgresUrl,
    application_name: 'sightline-relay',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    query_timeout: 15_000,
  });
  let broken: Error | undefined;
  let noticed = false;
  let wake = (): void => {};
  client.on('notification', () => {
    noticed = true;
    wake();
  });
  client.on('error', (error) => {
    broken = error;
    wake();
  });
  try {
    await client.connect();
    await client.query(`LISTEN ${outboxChannel}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new SightlineError('POSTGRES_UNAVAILABLE', `Postgres does not answer: ${messageOf(error)}`, error);
  }
  let leading = false;
  return {
    client,
    async lead() {
      if (leading) return true;
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        outboxRelayLock,
      ]);
      leading = rows[0]?.locked === true;
      return leading;
    },
    async wait(waitMsMax, signal) {
      const waited = new AbortController();
      wake = () => waited.abort();
      if (!noticed && !broken) await sleep(waitMsMax, AbortSignal.any([signal, waited.signal]));
      wake = () => {};
      noticed = false;
      if (broken)
        throw new SightlineError('POSTGRES_UNAVAILABLE', `Postgres went away: ${broken.message}`, broken);
    },
    async close() {
      await client.end().catch(() => undefined);
    },
  };
};
