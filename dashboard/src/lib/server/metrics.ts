import { Gauge } from 'prom-client';
import type { WebSocketServer } from 'ws';
import type { createMetrics } from '#runtime';
import type { CameraBoard } from './live/camera-board.ts';
import type { CrossingFeed } from './live/crossing-feed.ts';
import type { PictureHub } from './live/picture-hub.ts';

export interface Watched {
  readonly hub: PictureHub;
  readonly crossings: CrossingFeed;
  readonly board: CameraBoard;
  readonly graphSockets: WebSocketServer;
}

/** What is left out on purpose, and how many look on; read when somebody asks. */
export const watchFigures = (
  registry: ReturnType<typeof createMetrics>['registry'],
  { hub, crossings, board, graphSockets }: Watched,
): void => {
  const figures: readonly (readonly [name: string, help: string, read: () => number])[] = [
    [
      'pictures_skipped',
      'Pictures replaced by a newer one before anybody took them',
      () => hub.figures().skipped,
    ],
    ['pictures_unpaired', 'Pictures let go because later boxes came first', () => hub.figures().unpaired],
    ['cameras_watched', 'Cameras whose pictures somebody looks at', () => hub.watched().size],
    ['crossings_dropped', 'Crossings that slow subscribers missed', crossings.dropped],
    ['subscriptions', 'Subscriptions to states', board.signal.listeners],
    ['graphql_sockets', 'Open GraphQL connections', () => graphSockets.clients.size],
  ];
  for (const [name, help, read] of figures)
    new Gauge({
      name: `sightline_dashboard_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
};
