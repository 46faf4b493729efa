import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashPassword } from 'better-auth/crypto';
import type pg from 'pg';
import { z } from 'zod';
import { passwordLengthMin } from './auth.ts';

/**
 * The first account. While there is none, whoever holds the token of the log may make it, once. The token lives as
 * long as this process and lies in a file that only its owner reads, so that `npm start` can print the link.
 */
export interface Setup {
  /** True while there is no account. */
  isNeeded(): Promise<boolean>;
  /** Undefined when it worked, otherwise what is wrong, for people. */
  create(body: unknown): Promise<string | undefined>;
}

export interface SetupOptions {
  readonly pool: pg.Pool;
  readonly tokenFile: string;
  /** Called once with the token, when there is nobody yet. */
  onToken(token: string): void;
}

const bodySchema = z.object({
  token: z.string().max(200),
  name: z.string().trim().min(1, 'Give your name.').max(100),
  email: z.email('Give an e-mail address: it is your user name.').max(200),
  password: z
    .string()
    .min(passwordLengthMin, `The password needs at least ${passwordLengthMin} characters.`)
    .max(128, 'The password may have at most 128 characters.'),
});
type Body = z.output<typeof bodySchema>;

/** Any number that nothing else in this database locks. */
const setupLock = 7_205_517_230;
const attemptsPerMinuteMax = 20;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** One transaction under a lock, so that two browsers cannot both be the first. False when somebody was faster. */
const insertFirst = async (pool: pg.Pool, { name, email, password }: Body): Promise<boolean> => {
  const hash = await hashPassword(password);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [setupLock]);
    const { rowCount } = await client.query('SELECT 1 FROM users LIMIT 1');
    if (rowCount === 0) {
      const id = randomUUID();
      await client.query('INSERT INTO users (id, name, email) VALUES ($1, $2, $3)', [
        id,
        name,
        email.toLowerCase(),
      ]);
      await client.query(
        `INSERT INTO accounts (id, user_id, account_id, provider_id, password) VALUES ($1, $2, $2, 'credential', $3)`,
        [randomUUID(), id, hash],
      );
    }
    await client.query('COMMIT');
    return rowCount === 0;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
};

export const createSetup = async (options: SetupOptions): Promise<Setup> => {
  const { pool, tokenFile } = options;
  const token = randomBytes(24).toString('base64url');
  let attempts = 0;
  let done = false;
  setInterval(() => (attempts = 0), 60_000).unref();

  const isNeeded = async (): Promise<boolean> => {
    if (done) return false;
    done = ((await pool.query('SELECT 1 FROM users LIMIT 1')).rowCount ?? 0) > 0;
    return !done;
  };
  if (await isNeeded()) {
    await mkdir(dirname(tokenFile), { recursive: true });
    await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
    options.onToken(token);
  } else await rm(tokenFile, { force: true });

  return {
    isNeeded,
    async create(body) {
      if (++attempts > attemptsPerMinuteMax) return 'Too many attempts: wait a minute.';
      const parsed = bodySchema.safeParse(body);
      if (!parsed.success) return parsed.error.issues[0]?.message ?? 'That is not complete.';
      if (!timingSafeEqual(hashOf(parsed.data.token.trim()), hashOf(token)))
        return 'The setup token is not right: it is in the log of the server, and new after each restart.';
      if (!(await insertFirst(pool, parsed.data))) return 'There is an account already: sign in.';
      done = true;
      await rm(tokenFile, { force: true });
      return undefined;
    },
  };
};
