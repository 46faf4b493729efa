import pg from 'pg';
import { createKafka, createMetrics, createRegistry, openConfigStore } from '#runtime';
import type { Log } from '#runtime';
import type { DashboardConfig } from './config.ts';
import { keepConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';
import { openHistory } from './history.ts';
import type { History } from './history.ts';
import { createCameraBoard } from './live/camera-board.ts';
import type { CameraBoard } from './live/camera-board.ts';
import { createCrossingFeed } from './live/crossing-feed.ts';
import type { CrossingFeed } from './live/crossing-feed.ts';
import { createCrossingLog } from './live/crossing-log.ts';
import type { CrossingLog } from './live/crossing-log.ts';
import { startFollowing } from './live/follow.ts';
import type { Following } from './live/follow.ts';
import { createPictureHub } from './live/picture-hub.ts';
import type { PictureHub } from './live/picture-hub.ts';
import { servePictures } from './live/picture-socket.ts';
import { createTotals } from './live/totals.ts';
import { watchFigures } from './metrics.ts';
import { loadPages } from './pages.ts';
import { createAuth, personOf } from './people/auth.ts';
import type { Auth } from './people/auth.ts';
import { createSetup } from './people/setup.ts';
import type { Setup } from './people/setup.ts';
import { createGraphServer } from './web/graph-server.ts';
import type { FindPerson } from './web/graph-server.ts';
import { createSessionRoutes } from './web/session-routes.ts';
import { supervisorRoutes } from './web/supervisor-routes.ts';
import { startWebServer } from './web/web-server.ts';
import type { WebServer } from './web/web-server.ts';

/** The whole server, put together. What each part is for stands in its own file. */
export interface RunningDashboard {
  readonly port: number;
  stop(): Promise<void>;
}

/** Verdicts age without anything happening: silence is what they notice. */
const heartbeatMs = 1_000;

interface Live {
  readonly board: CameraBoard;
  readonly hub: PictureHub;
  readonly crossings: CrossingFeed;
  readonly crossingLog: CrossingLog;
  readonly following: Following;
  readonly configuration: Configuration;
  readonly store: ReturnType<typeof openConfigStore>;
  stop(): Promise<void>;
}

/** Everything that listens to Kafka, ClickHouse and Postgres. */
const startLive = (config: DashboardConfig, history: History, log: Log): Live => {
  const { topicPrefix, partitions, postgresUrl, secretKey } = config;
  const kafka = createKafka({ config, log, clientId: 'sightline-dashboard' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix });
  const store = openConfigStore({ postgresUrl, secretKey });
  const totals = createTotals();
  const hub = createPictureHub();
  const crossings = createCrossingFeed();
  const board = createCameraBoard({ totals, totalsComplete: () => crossingLog.complete() });
  const crossingLog = createCrossingLog({
    kafka,
    format,
    topicPrefix,
    history,
    totals,
    log,
    onCrossing(crossing) {
      board.heardCrossing(crossing);
      crossings.publish(crossing);
    },
  });
  const configuration = keepConfiguration(store, board, log);
  const following = startFollowing({
    kafka,
    format,
    topicPrefix,
    partitions,
    board,
    hub,
    log,
    onConfigChanged: configuration.changed,
  });
  const heartbeat = setInterval(board.signal.raise, heartbeatMs);
  const stop = async (): Promise<void> => {
    clearInterval(heartbeat);
    await Promise.all([configuration.stop(), crossingLog.stop(), following.stop()]);
    await store.close();
  };
  return { board, hub, crossings, crossingLog, following, configuration, store, stop };
};

const addressOf = (config: DashboardConfig, port: number): string =>
  config.publicUrl?.origin ??
  `http://${config.httpHost === '0.0.0.0' ? 'localhost' : config.httpHost}:${port}`;

const serve = async (
  config: DashboardConfig,
  live: Live,
  history: History,
  people: { auth: Auth; setup: Setup },
  log: Log,
): Promise<WebServer> => {
  const findPerson: FindPerson = (request) => personOf(people.auth, request.headers);
  const { board, hub, crossings, store, configuration, following } = live;
  const metrics = createMetrics();
  const graph = createGraphServer(
    { board, history, store, crossings, modelsDir: config.modelsDir, log, reload: configuration.reload },
    findPerson,
  );
  watchFigures(metrics.registry, { hub, crossings, board, graphSockets: graph.sockets });
  const routes = createSessionRoutes(people.auth, people.setup, findPerson);
  return startWebServer({
    host: config.httpHost,
    port: config.httpPort,
    publicUrl: config.publicUrl,
    log,
    findPerson,
    routes: [
      ...supervisorRoutes(metrics.registry, configuration.problem),
      ['/graphql', (request, response) => graph.yoga(request, response)],
      ['/api/session', routes.session],
      ['/api/setup', routes.setup],
      ['/api/auth/', routes.auth],
      ['/', await loadPages()],
    ],
    graphSockets: graph.sockets,
    onPictureSocket: (socket) => servePictures(socket, hub, following.pictureViewersChanged),
  });
};

export const startDashboard = async (config: DashboardConfig, log: Log): Promise<RunningDashboard> => {
  const pool = new pg.Pool({ connectionString: config.postgresUrl, max: 4, connectionTimeoutMillis: 5_000 });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  const auth = createAuth({ pool, secretKey: config.secretKey, publicUrl: config.publicUrl });
  let token: string | undefined;
  const setup = await createSetup({
    pool,
    tokenFile: config.setupTokenFile,
    onToken: (made) => void (token = made),
  });
  const history = openHistory({ url: config.clickhouseUrl, database: config.clickhouseDatabase });
  const live = startLive(config, history, log);
  const server = await serve(config, live, history, { auth, setup }, log);
  const address = addressOf(config, server.port);
  if (token !== undefined)
    log.info(
      { link: `${address}/setup?token=${token}` },
      'nobody has an account yet: open the link to make the first',
    );
  return {
    port: server.port,
    async stop() {
      await server.stop();
      await live.stop();
      await Promise.all([history.close(), pool.end()]);
    },
  };
};
