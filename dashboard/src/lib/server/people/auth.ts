import { hkdfSync } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { betterAuth } from 'better-auth';
import type pg from 'pg';
import type { Person } from '../graph/context.ts';

/** Header that only this server sets: what a client sends under this name is overwritten. */
export const addressHeader = 'x-sightline-address';

export const passwordLengthMin = 10;
const signInsPerMinuteMax = 10;
const day = 24 * 60 * 60;

export interface AuthOptions {
  readonly pool: pg.Pool;
  /** The installation's secret; sessions are signed with a key derived from it. */
  readonly secretKey: Buffer;
  readonly publicUrl: URL | null;
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' } as const;

/** Sessions, kept by better-auth in our tables. Nobody can sign up: accounts are made by setup. */
export const createAuth = ({ pool, secretKey, publicUrl }: AuthOptions) =>
  betterAuth({
    database: pool,
    secret: Buffer.from(hkdfSync('sha256', secretKey, '', 'sightline sessions', 32)).toString('base64'),
    ...(publicUrl ? { baseURL: publicUrl.origin } : {}),
    basePath: '/api/auth',
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: passwordLengthMin },
    // Who asks is checked before (see same-origin.ts); this is better-auth's own second look.
    trustedOrigins: (request) => [publicUrl?.origin ?? (request ? new URL(request.url).origin : '')],
    rateLimit: {
      enabled: true,
      storage: 'memory',
      customRules: { '/sign-in/email': { window: 60, max: signInsPerMinuteMax } },
    },
    advanced: {
      cookiePrefix: 'sightline',
      useSecureCookies: publicUrl?.protocol === 'https:',
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    user: { modelName: 'users', fields: { emailVerified: 'email_verified', ...times } },
    session: {
      modelName: 'sessions',
      expiresIn: 7 * day,
      updateAge: day,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...times,
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'verifications', fields: { expiresAt: 'expires_at', ...times } },
    logger: { disabled: true },
  });

export type Auth = ReturnType<typeof createAuth>;

/** Who a request's cookie belongs to; undefined when nobody, or no longer. */
export const personOf = async (auth: Auth, headers: IncomingHttpHeaders): Promise<Person | undefined> => {
  if (headers.cookie === undefined) return undefined;
  const found = await auth.api.getSession({ headers: new Headers({ cookie: headers.cookie }) });
  if (!found) return undefined;
  return { userId: found.user.id, name: found.user.name, email: found.user.email };
};
