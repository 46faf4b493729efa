import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { topics } from '#schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideArtifact } from '../../deploy/local/artifacts.ts';
import type { Child } from '../../deploy/local/child.ts';
import { provideJava } from '../../deploy/local/java.ts';
import { createKafka } from '../../deploy/local/kafka.ts';
import { createPartContext } from '../../deploy/local/part.ts';
import { silentReporter } from '../../deploy/local/progress.ts';
import { dropThrowAwayFolder, makeThrowAwayFolder } from '../../deploy/local/throw-away.ts';
import { createKernelInstallation, expectedOccupancy, occupancyByCamera } from './testing/installation.ts';
import type { KernelInstallation } from './testing/installation.ts';

/** A broker of its own: the shared one is in use by others. */
let dataDir: string;
let broker: Child;
let address: string;
let one: KernelInstallation | undefined;

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
  address = `127.0.0.1:${port}`;
  broker = createKafka(
    createPartContext(dataDir, false, () => undefined),
    {
      port,
      controllerPort,
      java: provideJava(silentReporter),
      jars: provideArtifact('kafka', silentReporter),
    },
  );
  await broker.start();
});
afterAll(async () => {
  await one?.close();
  await broker.stop();
  dropThrowAwayFolder(dataDir);
});

test('a broker that is killed and comes back loses and doubles nothing, and no worker ends', async () => {
  const cameras = ['gate', 'hall', 'dock'];
  one = await createKernelInstallation('broker', 2, address);
  const worker = one.worker('counted');
  await worker.logged('worker ready');
  const fed = one.feed(cameras, 0, 2000);
  await one.seen(topics.occupancy, 600);
  await broker.kill();
  await broker.start();
  await fed;
  const occupancy = await one.readAll(topics.occupancy, cameras.length * 2000, 60_000);
  expect(occupancyByCamera(occupancy)).toEqual(expectedOccupancy(cameras, 2000));
  worker.signal('SIGTERM');
  expect(await worker.exited).toBe(0);
});
