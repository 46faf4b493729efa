import { createClient } from 'graphql-ws';
import { connection } from './connection.svelte.ts';

/** A refusal meant for people: `message` can be shown as it is, `code` says which kind. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Answer<Data> {
  readonly data?: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const signInAgain = (): void => {
  const back = encodeURIComponent(location.pathname);
  location.assign(`/login?back=${back}`);
};

/** One query or mutation. Throws RefusedError with words for people, also when the server cannot be reached. */
export const request = async <Data>(
  document: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document, variables }),
  }).catch(() => {
    throw new RefusedError('UNREACHABLE', 'The server does not answer. Nothing was changed; try again.');
  });
  const answer = (await response.json().catch(() => ({}))) as Answer<Data>;
  const problem = answer.errors?.[0];
  if (problem?.extensions?.code === 'UNAUTHENTICATED') signInAgain();
  if (problem) throw new RefusedError(problem.extensions?.code ?? 'INTERNAL', problem.message);
  if (!answer.data) throw new RefusedError('INTERNAL', 'The server cannot do this now. Try again.');
  return answer.data;
};

const normalClosure = 1000;
const waitMsMin = 300;
const waitMsMax = 3_000;

const signedOut = async (): Promise<boolean> => {
  const response = await fetch('/api/session').catch(() => undefined);
  if (!response?.ok) return false;
  return ((await response.json()) as { state: string }).state !== 'signedIn';
};

const client = createClient({
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  keepAlive: 5_000,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  // Subscriptions send the whole state first, so coming back needs nothing more than coming back.
  retryWait: async (retries) => {
    if (await signedOut()) signInAgain();
    const waitMs = Math.min(waitMsMax, waitMsMin * 2 ** retries);
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.75 + Math.random() / 2)));
  },
  on: {
    connected: () => connection.opened(),
    // Without subscriptions the client hangs up by itself: that is no loss.
    closed: (event) => {
      if ((event as CloseEvent).code !== normalClosure) connection.closed();
    },
    ping: (received) => {
      if (!received) connection.pinged();
    },
    pong: (received) => {
      if (received) connection.ponged();
    },
  },
});

/** The newest state, at once and after each change, until the returned function is called; survives lost connections. */
export const subscribe = <Data>(
  document: string,
  variables: Readonly<Record<string, unknown>>,
  onData: (data: Data) => void,
): (() => void) =>
  client.subscribe<Data>(
    { query: document, variables },
    {
      next: ({ data }) => {
        if (data) onData(data);
      },
      error: () => connection.closed(),
      complete: () => undefined,
    },
  );

// A socket can be dead without knowing: a ping without an answer closes it, which starts the next try.
connection.onSilence(() => client.terminate());
