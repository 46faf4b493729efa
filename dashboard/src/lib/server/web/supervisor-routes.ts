import type { ServerResponse } from 'node:http';
import type { createMetrics } from '#runtime';
import type { Handler } from './web-server.ts';

type MetricsRegistry = ReturnType<typeof createMetrics>['registry'];

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** `/health`, `/ready` and `/metrics`, as every service has them; the dashboard's are on its one port. */
export const supervisorRoutes = (
  registry: MetricsRegistry,
  notReady: () => string | undefined,
): readonly (readonly [string, Handler])[] => [
  ['/health', (_, response) => answer(response, 200, { status: 'alive' })],
  [
    '/ready',
    (_, response) => {
      const missing = notReady();
      answer(response, missing === undefined ? 200 : 503, { ready: missing === undefined, missing });
    },
  ],
  [
    '/metrics',
    async (_, response) => {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    },
  ],
];
