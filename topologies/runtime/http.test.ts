import { afterEach, describe, expect, test } from 'vitest';
import { startHttp } from './http.ts';
import type { HttpServer } from './http.ts';
import { createMetrics } from './metrics.ts';

let server: HttpServer | undefined;
afterEach(() => server?.stop());

describe('the port of a process', () => {
  test('says that it lives, what it waits for, and what it counted', async () => {
    const metrics = createMetrics();
    let missing: string | undefined = 'track is taking partitions over';
    server = await startHttp({ port: 0, registry: metrics.registry, notReady: () => missing });
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server?.port}${path}`);

    expect((await get('/health')).status).toBe(200);
    const waiting = await get('/ready');
    expect([waiting.status, await waiting.json()]).toEqual([503, { ready: false, missing }]);
    missing = undefined;
    expect((await get('/ready')).status).toBe(200);

    metrics.received.inc({ topology: 'analytics', node: 'track' }, 3);
    expect(await (await get('/metrics')).text()).toContain(
      'sightline_received_total{topology="analytics",node="track"} 3',
    );
    expect((await get('/')).status).toBe(404);
  });

  test('that is taken is an error', async () => {
    const { registry } = createMetrics();
    server = await startHttp({ port: 0, registry, notReady: () => undefined });
    await expect(startHttp({ port: server.port, registry, notReady: () => undefined })).rejects.toMatchObject(
      {
        code: 'EADDRINUSE',
      },
    );
  });
});
