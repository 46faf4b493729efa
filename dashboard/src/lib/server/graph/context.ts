import type { ConfigStore, Log } from '#runtime';
import type { History } from '../history.ts';
import type { CameraBoard } from '../live/camera-board.ts';
import type { CrossingFeed } from '../live/crossing-feed.ts';

/** What resolvers may touch; made once a process, but for who asks. */
export interface Backend {
  readonly board: CameraBoard;
  readonly history: History;
  readonly store: ConfigStore;
  readonly crossings: CrossingFeed;
  readonly modelsDir: string;
  readonly log: Log;
  /** Reads the configuration again: after a write of our own nobody should wait for Kafka. */
  reload(): Promise<void>;
}

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

export interface GraphContext extends Backend {
  readonly person: Person | undefined;
}
