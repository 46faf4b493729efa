import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import { addressHeader } from '../people/auth.ts';
import type { Auth } from '../people/auth.ts';
import type { Setup } from '../people/setup.ts';
import type { FindPerson } from './graph-server.ts';
import type { Handler } from './web-server.ts';

/** `/api/session` says where a browser stands, `/api/setup` makes the first account, `/api/auth/` is better-auth's. */
export interface SessionRoutes {
  readonly session: Handler;
  readonly setup: Handler;
  readonly auth: Handler;
}

const bodyBytesMax = 16 * 1024;

const answer = (response: ServerResponse, status: number, body: object): void => {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
};

/** The body as JSON; undefined when it is none, or too long. */
const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
};

export const createSessionRoutes = (auth: Auth, setup: Setup, findPerson: FindPerson): SessionRoutes => {
  const authHandler = toNodeHandler(auth);
  return {
    async session(request, response) {
      const person = await findPerson(request);
      if (person) return answer(response, 200, { state: 'signedIn', person });
      answer(response, 200, { state: (await setup.isNeeded()) ? 'setup' : 'signedOut', person: null });
    },
    async setup(request, response) {
      if (request.method !== 'POST') return answer(response, 405, { problem: 'POST only' });
      const problem = await setup.create(await readJson(request));
      answer(response, problem === undefined ? 200 : 422, { problem: problem ?? null });
    },
    auth(request, response) {
      // Rate limits count by address, and only this server knows it.
      request.headers[addressHeader] = request.socket.remoteAddress ?? 'unknown';
      return authHandler(request, response);
    },
  };
};
