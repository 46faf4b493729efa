import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface HttpOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Loopback by default. */
  readonly host?: string;
  readonly registry: Registry;
  /** Undefined when records flow; otherwise what is still missing. */
  readonly notReady: () => string | undefined;
}

export interface HttpServer {
  readonly port: number;
  stop(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, body: string, type = 'application/json'): void => {
  response.writeHead(status, { 'content-type': type }).end(body);
};

/** `/health`: the process lives. `/ready`: it does its work. `/metrics`: Prometheus. One port a process. */
export const startHttp = async ({
  port,
  host = '127.0.0.1',
  registry,
  notReady,
}: HttpOptions): Promise<HttpServer> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    switch (request.url) {
      case '/health':
        return answer(response, 200, '{"status":"alive"}');
      case '/ready': {
        const missing = notReady();
        return answer(
          response,
          missing === undefined ? 200 : 503,
          JSON.stringify({ ready: missing === undefined, missing }),
        );
      }
      case '/metrics':
        return answer(response, 200, await registry.metrics(), registry.contentType);
      default:
        return answer(response, 404, '{"error":"there are /health, /ready and /metrics"}');
    }
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
