import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { topics } from '#schemas';
import { createInstallation, until } from '../topologies/testing/installation.ts';
import type { Installation, ServiceProcess } from '../topologies/testing/installation.ts';
import { launchBrowser } from './testing/browser.ts';
import { createDashboardProcess } from './testing/dashboard-process.ts';
import type { DashboardProcess } from './testing/dashboard-process.ts';

/** One operator's first day, in a real browser on the real stack. The steps build on each other, as days do. */
const data = resolve(import.meta.dirname, '../../shared/data');
const clip = join(data, 'video/car-detection.mp4');
const model = join(data, 'onnx/yolox_nano_416.onnx');
const account = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };
const patienceMs = 60_000;

let installation: Installation;
let dashboard: DashboardProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const services = new Map<string, ServiceProcess>();

const logs = (): string =>
  [dashboard.log(), ...[...services.values()].map((service) => service.log())]
    .map((log) => log.split('\n').slice(-8).join('\n'))
    .join('\n---\n');
const eventually = <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> =>
  until(what, check, patienceMs, logs);
const start = async (name: string): Promise<void> =>
  void services.set(name, await installation.service(name));

const number = async (place: Locator): Promise<number> => Number(await place.textContent());
const counted = async (): Promise<{ in: number; out: number }> => ({
  in: await number(page.getByTestId('in').first()),
  out: await number(page.getByTestId('out').first()),
});
const total = async (): Promise<number> => {
  const { in: into, out } = await counted();
  return into + out;
};
const boxes = async (): Promise<number> =>
  Number(await page.getByTestId('picture').getAttribute('data-boxes'));
const isVisible = async (): Promise<boolean> =>
  (await page.getByTestId('picture').getAttribute('data-visible')) === 'true';
/** Moves to a place of the picture, once the picture stands still. */
const pointAt = async (x: number, y: number): Promise<void> => {
  const board = page.getByTestId('board');
  const box = await board.boundingBox();
  await board.hover({ position: { x: x * (box?.width ?? 0), y: y * (box?.height ?? 0) } });
};
const badge = (): Locator => page.locator('h1 [data-state]');
const waitForState = (state: string): Promise<unknown> =>
  eventually(`the camera is ${state}`, async () => (await badge().getAttribute('data-state')) === state);

const open = (path: string): Promise<unknown> => page.goto(`${dashboard.address}${path}`);
const addCamera = async (name: string, source: string, chosenModel?: string): Promise<void> => {
  await open('/cameras/new');
  await page.fill('[name=name]', name);
  await page.fill('[name=source]', source);
  await page.locator('[name=model] option').nth(1).waitFor({ state: 'attached' });
  if (chosenModel !== undefined) await page.selectOption('[name=model]', chosenModel);
};
const submitCamera = async (): Promise<void> => {
  await page.getByRole('button', { name: 'Add the camera' }).click();
  await page.getByRole('button', { name: 'Remove…' }).waitFor();
};
const removeCamera = async (): Promise<void> => {
  await page.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('button', { name: 'Remove the camera' }).click();
  await page.waitForURL(`${dashboard.address}/`);
};

describe.runIf(existsSync(data))('the dashboard', () => {
  beforeAll(async () => {
    installation = await createInstallation('dashboard');
    // The command line brings the model; the camera with it is there for the list.
    const added = await installation.command(
      'camera',
      'add',
      'Old camera',
      clip,
      '--model',
      model,
      '--fps',
      '1',
    );
    expect(added, added.stderr).toMatchObject({ code: 0 });
    await installation.command('camera', 'update', 'Old-camera', '--disable');
    dashboard = await createDashboardProcess(installation);
    [browser] = await Promise.all([
      launchBrowser(),
      dashboard.start(),
      ...['relay', 'ingest', 'analytics', 'rollup'].map(start),
    ]);
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
  });
  afterEach(async ({ task }) => {
    // What the operator would have seen says more than any message.
    if (task.result?.state === 'fail')
      await page.screenshot({ path: join(tmpdir(), 'sightline-failed.png') });
  });
  afterAll(async () => {
    await browser?.close();
    await dashboard?.kill('SIGTERM');
    await installation?.close();
  });

  it('lets nobody in before there is an account, and only the holder of the token makes one', async () => {
    const answer = await fetch(`${dashboard.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ cameras { name } }' }),
    });
    expect(answer.status).toBe(401);
    for (const path of ['/graphql', '/pictures']) {
      const socket = new WebSocket(
        `${dashboard.address.replace('http', 'ws')}${path}`,
        'graphql-transport-ws',
      );
      const refused = await new Promise<string>((done) =>
        socket.once('error', ({ message }) => done(message)),
      );
      expect(refused).toContain('401');
    }
    await open('/');
    await page.waitForURL(/\/setup$/);
    await page.fill('[name=token]', 'not the token');
    for (const [name, value] of Object.entries(account)) await page.fill(`[name=${name}]`, value);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByText('The setup token is not right').waitFor();

    await page.goto(dashboard.setupLink());
    for (const [name, value] of Object.entries(account)) await page.fill(`[name=${name}]`, value);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.waitForURL(`${dashboard.address}/`);
    await page.locator('[data-camera="Old-camera"] [data-state="paused"]').waitFor();
    const cookies = await context.cookies();
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
      { name: 'sightline.session_token', httpOnly: true, sameSite: 'Lax' },
    ]);
  });

  it('refuses a change that another site asks for', async () => {
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${dashboard.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, origin: 'https://elsewhere.example' },
      body: JSON.stringify({ query: 'mutation { removeCamera(cameraId: "Old-camera") }' }),
    });
    expect(answer.status).toBe(403);
  });

  it('says what is wrong with a source, and plays one that is right with boxes of the same frame', async () => {
    await addCamera('Car park', '/does/not/exist.mp4');
    await page.getByRole('button', { name: 'Add the camera' }).click();
    await page.getByText('does not exist on the server').waitFor();
    await page.fill('[name=source]', clip);
    await page.getByText('Begin again at the end').click();
    await submitCamera();
    await waitForState('live');
    await eventually('a picture with boxes is shown', async () => (await isVisible()) && (await boxes()) > 0);
    const shown = await page.getByTestId('picture').getAttribute('data-captured-at-us');
    const records = await installation.read(topics.tracks);
    expect(records.filter(({ capturedAtUs }) => String(capturedAtUs) === shown)).toHaveLength(1);
  });

  it('draws a line that counts from then on, as the topic and ClickHouse do', async () => {
    await page.getByRole('link', { name: 'Lines and zones' }).click();
    await page.getByRole('button', { name: 'Draw a line' }).click();
    await pointAt(0.05, 0.55);
    await page.mouse.down();
    await pointAt(0.95, 0.55);
    await page.mouse.up();
    await page.fill('[name=shape-name]', 'Exit');
    await page.getByRole('button', { name: 'Draw a zone' }).click();
    const corners = [
      [0.1, 0.2],
      [0.9, 0.2],
      [0.9, 0.9],
      [0.1, 0.9],
    ] as const;
    for (const [x, y] of corners) {
      await pointAt(x, y);
      await page.mouse.down();
      await page.mouse.up();
    }
    await page.getByRole('button', { name: 'Close the zone' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/car-park$/);
    await page.getByRole('heading', { name: 'Exit' }).waitFor();
    await eventually('two crossings are counted', async () => (await total()) >= 2);

    await page.getByRole('button', { name: 'Pause' }).click();
    await waitForState('paused');
    expect(await isVisible()).toBe(false);
    await sameEverywhere();
  });

  it('says that counting stands still when analytics is killed, and catches up by itself', async () => {
    await page.getByRole('button', { name: 'Resume' }).click();
    await waitForState('live');
    await eventually('there are boxes', async () => (await boxes()) > 0);
    await services.get('analytics')?.kill('SIGKILL');
    await page.getByText('the analytics service does not answer').waitFor();
    expect(await page.getByTestId('inside').textContent()).toBe('–');
    await eventually(
      'the picture goes on without boxes',
      async () => (await isVisible()) && (await boxes()) === -1,
    );
    const before = await total();
    await start('analytics');
    await page.getByText('the analytics service does not answer').waitFor({ state: 'detached' });
    await eventually('counting goes on', async () => (await total()) > before);
    await page.getByRole('button', { name: 'Pause' }).click();
    await waitForState('paused');
    await sameEverywhere();
  });

  it('says when the server is gone, and goes on with the same counts when it is back', async () => {
    const before = await counted();
    await dashboard.kill('SIGKILL');
    await page.getByText('No connection to the server').waitFor();
    await dashboard.start();
    await page.getByText('No connection to the server').waitFor({ state: 'detached' });
    await eventually('the counts are back', async () => (await counted()).in === before.in);
    expect(await counted()).toEqual(before);
    await page.reload();
    await eventually('the counts are read again', async () => (await counted()).in === before.in);
    expect(await counted()).toEqual(before);
  });

  it('removes a camera in every state', async () => {
    await waitForState('paused');
    await removeCamera();
    const cases = [
      { name: 'Gone', source: 'rtsp://127.0.0.1:9/none', state: 'offline' },
      { name: 'Over', source: await folderOfPictures(), state: 'ended' },
      { name: 'Running', source: clip, state: 'live' },
    ] as const;
    for (const { name, source, state } of cases) {
      await addCamera(name, source, '');
      if (state === 'ended') await page.getByText('Play at its own pace').click();
      await submitCamera();
      await waitForState(state);
      if (state === 'offline') await page.getByText('Check power and network').first().waitFor();
      await removeCamera();
      await page.locator(`[data-camera="${name.toLowerCase()}"]`).waitFor({ state: 'detached' });
    }
    await page.locator('[data-camera="Old-camera"]').click();
    await removeCamera();
    await page.getByText('No camera yet').waitFor();
  });

  it('shows nothing more to who signed out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/login/);
    await open('/cameras/new');
    await page.waitForURL(/\/login\?back=/);
    await page.fill('[name=email]', account.email);
    await page.fill('[name=password]', 'wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('E-mail or password is not right').waitFor();
    await page.fill('[name=password]', account.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/cameras\/new$/);
  });
});

/** Once everything has settled, the page, the topic and ClickHouse say the same. */
const sameEverywhere = async (): Promise<void> => {
  const onTopic = async (): Promise<{ in: number; out: number }> => {
    const crossings = await installation.read(topics.crossings);
    const of = (direction: string): number =>
      crossings.filter((crossing) => crossing.direction === direction).length;
    return { in: of('in'), out: of('out') };
  };
  const stored = async (): Promise<{ in: number; out: number }> => {
    const [row] = await installation.query<{ into: string; out: string }>(
      "SELECT countIf(direction = 'in') AS into, countIf(direction = 'out') AS out FROM crossings",
    );
    return { in: Number(row?.into), out: Number(row?.out) };
  };
  await eventually('page, topic and ClickHouse agree', async () => {
    const said = JSON.stringify([await onTopic(), await onTopic()]);
    return said === JSON.stringify([await counted(), await stored()]);
  });
};

const folderOfPictures = async (): Promise<string> => {
  const folder = join(installation.dataDir, 'pictures');
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < 3; index++)
    writeFileSync(
      join(folder, `${index}.jpg`),
      await sharp({ create: { width: 320, height: 180, channels: 3, background: '#345' } })
        .jpeg()
        .toBuffer(),
    );
  return folder;
};
