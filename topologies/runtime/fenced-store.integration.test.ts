import { Buffer } from 'node:buffer';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { StateCodec } from '#processor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideArtifact } from '../../deploy/local/artifacts.ts';
import type { Child } from '../../deploy/local/child.ts';
import { provideJava } from '../../deploy/local/java.ts';
import { createKafka as createBroker } from '../../deploy/local/kafka.ts';
import { createPartContext } from '../../deploy/local/part.ts';
import { silentReporter } from '../../deploy/local/progress.ts';
import { dropThrowAwayFolder, makeThrowAwayFolder } from '../../deploy/local/throw-away.ts';
import { openFencedStore } from './fenced-store.ts';
import type { FencedStore } from './fenced-store.ts';
import { createLog } from './log.ts';
import { createRegistry } from './registry.ts';
import { createKernelInstallation } from './testing/installation.ts';
import type { KernelInstallation } from './testing/installation.ts';

/** A broker of its own: the shared one is in use by others. */
let dataDir: string;
let broker: Child;
let installation: KernelInstallation;

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeAll(async () => {
  dataDir = makeThrowAwayFolder();
  const [port, controllerPort] = [await freePort(), await freePort()];
  broker = createBroker(
    createPartContext(dataDir, false, () => undefined),
    {
      port,
      controllerPort,
      java: provideJava(silentReporter),
      jars: provideArtifact('kafka', silentReporter),
    },
  );
  await broker.start();
  installation = await createKernelInstallation('fenced', 1, `127.0.0.1:${port}`);
});
afterAll(async () => {
  await installation.close();
  await broker.stop();
  dropThrowAwayFolder(dataDir);
});

const codec: StateCodec<string> = {
  encode: (state) => Buffer.from(state),
  decode: (bytes) => Buffer.from(bytes).toString(),
};
const open = (): Promise<FencedStore<string>> => {
  const { kafka, config } = installation;
  const { registryUrl: url, topicPrefix } = config;
  const format = createRegistry({ url, topicPrefix });
  const log = createLog({ level: 'silent' });
  return openFencedStore({ kafka, format, topicPrefix, store: 'decode', partition: 0, codec, log });
};

test('the next owner finds what was kept, and the one before can write no more', async () => {
  const first = await open();
  expect(first.states.size).toBe(0);
  await first.write(
    new Map([
      ['door', 'a'],
      ['gate', 'b'],
    ]),
  );
  await first.write(
    new Map([
      ['door', 'c'],
      ['gate', undefined],
    ]),
  );
  const second = await open();
  expect([...second.states]).toEqual([['door', 'c']]);
  await expect(first.write(new Map([['door', 'late']]))).rejects.toMatchObject({
    code: 'TRANSACTION_FAILED',
  });
  await second.write(new Map([['yard', 'd']]));
  await Promise.all([first.close(), second.close()]);
  const third = await open();
  expect([...third.states]).toEqual([
    ['door', 'c'],
    ['yard', 'd'],
  ]);
  await third.close();
});

test('a broker that is killed and comes back is waited for', async () => {
  const store = await open();
  await store.write(new Map([['door', 'before']]));
  await broker.kill();
  const written = store.write(new Map([['door', 'after']]));
  await broker.start();
  await written;
  await store.write(new Map([['gate', 'again']]));
  await store.close();
  const next = await open();
  expect(next.states.get('door')).toBe('after');
  expect(next.states.get('gate')).toBe('again');
  await next.close();
});
