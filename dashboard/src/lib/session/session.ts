import type { Person } from '#lib/api/types.ts';

export interface Session {
  readonly state: 'setup' | 'signedOut' | 'signedIn';
  readonly person: Person | null;
}

/** Where this browser stands; undefined when the server does not answer. */
export const readSession = async (fetcher: typeof fetch = fetch): Promise<Session | undefined> => {
  const response = await fetcher('/api/session').catch(() => undefined);
  return response?.ok ? ((await response.json()) as Session) : undefined;
};

const post = (path: string, body: object): Promise<Response | undefined> =>
  fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);

const noAnswer = 'The server does not answer. Try again.';

/** Each returns what is wrong, for people; undefined when it worked. */
export const signIn = async (email: string, password: string): Promise<string | undefined> => {
  const response = await post('/api/auth/sign-in/email', { email, password });
  if (!response) return noAnswer;
  if (response.ok) return undefined;
  if (response.status === 429) return 'Too many attempts. Wait a minute, then try again.';
  if (response.status >= 500) return noAnswer;
  return 'E-mail or password is not right.';
};

export const createFirstAccount = async (account: {
  token: string;
  name: string;
  email: string;
  password: string;
}): Promise<string | undefined> => {
  const response = await post('/api/setup', account);
  if (!response) return noAnswer;
  const answer = (await response.json().catch(() => ({ problem: noAnswer }))) as { problem: string | null };
  return answer.problem ?? undefined;
};

export const signOut = async (): Promise<void> => {
  await post('/api/auth/sign-out', {});
  location.assign('/login');
};
