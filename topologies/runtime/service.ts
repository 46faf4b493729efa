import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/**
 * One entry of the catalog: something `main.ts run <name>` can start. A dataflow that the kernel runs is made into
 * one by `serviceOf(topology)`; what has its own loop (rollup, relay, the decoder's cameras) implements it itself.
 */
export interface Service {
  readonly name: string;
  /** One line for `describe` and for help texts. */
  readonly summary: string;
  /** Names that `--nodes` accepts. */
  readonly nodes: readonly string[];
  /** The dataflow as a picture: `text` for terminals, `mermaid` for the README. */
  describe(format: 'text' | 'mermaid'): string;
  /** Resolves as soon as the work is under way; `ready` tells when records flow. */
  start(context: ServiceContext): Promise<RunningService>;
}

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Chosen by `--nodes`; all of the service's by default. */
  readonly nodes: readonly string[];
  /** Call when the service cannot go on: the process ends with an error, and its supervisor starts it again. */
  readonly fatal: (error: unknown) => void;
}

export interface RunningService {
  /** Undefined when records flow, otherwise what is still missing: the answer of `/ready`. */
  notReady(): string | undefined;
  /** Finishes or gives up the batch at hand, leaves the group, closes everything. */
  stop(): Promise<void>;
}
