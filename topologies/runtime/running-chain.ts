/** A chain under way, whatever its guarantee. */
export interface RunningChain {
  start(): Promise<void>;
  /** Undefined when records flow, otherwise what is missing. */
  notReady(): string | undefined;
  stop(): Promise<void>;
}
