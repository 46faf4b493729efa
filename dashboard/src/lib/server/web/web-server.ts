import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { messageOf } from '#runtime';
import type { Log } from '#runtime';
import { isSameOrigin } from '../people/same-origin.ts';
import type { FindPerson } from './graph-server.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** One HTTP server for everything: pages, GraphQL, both kinds of sockets, sessions, and what a supervisor asks. */
export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: URL | null;
  readonly log: Log;
  readonly findPerson: FindPerson;
  /** By path, `/` at the end meaning everything below; the first that fits. */
  readonly routes: readonly (readonly [path: string, handler: Handler])[];
  readonly graphSockets: WebSocketServer;
  onPictureSocket(socket: WebSocket): void;
}

export interface WebServer {
  readonly port: number;
  stop(): Promise<void>;
}

const pictureSocketBytesMax = 16 * 1024;
/** A session that ended closes its sockets within this time. */
const sessionCheckMs = 30_000;
export const sessionOverCode = 4401;

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/';

const answerRequest = async (
  { routes, publicUrl }: WebServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  if (!safeMethods.has(request.method ?? '') && !isSameOrigin(request.headers, publicUrl)) {
    response.writeHead(403).end('another site may not do this');
    return;
  }
  const path = pathOf(request);
  const route = routes.find(([start]) => (start.endsWith('/') ? path.startsWith(start) : path === start));
  if (!route) response.writeHead(404).end();
  else await route[1](request, response);
};

/** Looks at the session again now and then: who signed out sees nothing more. */
const closeWithSession = (socket: WebSocket, request: IncomingMessage, findPerson: FindPerson): void => {
  const timer = setInterval(() => {
    findPerson(request).then(
      (person) => {
        if (!person) socket.close(sessionOverCode, 'the session is over');
      },
      // Postgres may be away: that ends nobody's session.
      () => undefined,
    );
  }, sessionCheckMs);
  socket.on('close', () => clearInterval(timer));
};

const acceptUpgrades = (server: Server, options: WebServerOptions): WebSocketServer => {
  const { graphSockets, onPictureSocket, findPerson, publicUrl } = options;
  const pictureSockets = new WebSocketServer({ noServer: true, maxPayload: pictureSocketBytesMax });
  const refuse = (socket: Duplex, status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const path = pathOf(request);
    const sockets = path === '/graphql' ? graphSockets : path === '/pictures' ? pictureSockets : undefined;
    if (!sockets) return refuse(socket, '404 Not Found');
    if (!isSameOrigin(request.headers, publicUrl)) return refuse(socket, '403 Forbidden');
    findPerson(request).then(
      (person) => {
        if (!person) return refuse(socket, '401 Unauthorized');
        sockets.handleUpgrade(request, socket, head, (accepted) => {
          closeWithSession(accepted, request, findPerson);
          if (sockets === pictureSockets) onPictureSocket(accepted);
          else sockets.emit('connection', accepted, request);
        });
      },
      () => refuse(socket, '503 Service Unavailable'),
    );
  });
  return pictureSockets;
};

export const startWebServer = async (options: WebServerOptions): Promise<WebServer> => {
  const { log, host, port } = options;
  const server = createServer((request, response) => {
    answerRequest(options, request, response).catch((error: unknown) => {
      log.error({ detail: messageOf(error), path: pathOf(request) }, 'a request failed');
      if (response.headersSent) response.destroy();
      else response.writeHead(503).end('{"error":"not now, try again"}');
    });
  });
  const pictureSockets = acceptUpgrades(server, options);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        for (const sockets of [options.graphSockets, pictureSockets])
          for (const socket of sockets.clients) socket.close(1001, 'the server stops');
        server.close(() => resolve());
        setTimeout(() => {
          for (const sockets of [options.graphSockets, pictureSockets])
            for (const socket of sockets.clients) socket.terminate();
          server.closeAllConnections();
        }, 300).unref();
      }),
  };
};
