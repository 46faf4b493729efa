import { isSightlineError, messageOf } from './errors.ts';
import { sleep } from './clock.ts';
import { withHeartbeats } from './group-consumer.ts';
import type { Log } from './log.ts';

/** Writes a block; a block whose token it has seen is dropped. Any error means: try again later. */
export type WriteBlock<Row> = (rows: readonly Row[], token: string) => Promise<void>;

export interface PersistentWriter<Row> {
  /** Resolves when the block is written; rejects only when the group rebalances or `keepGoing` says no. */
  write(
    rows: readonly Row[],
    token: string,
    heartbeat: () => Promise<void>,
    keepGoing: () => boolean,
  ): Promise<void>;
  /** Why the store takes nothing just now. */
  readonly trouble: string | undefined;
}

const backOffMsMin = 250;
const backOffMsMax = 5_000;

/**
 * Tries until the store takes the block: Kafka is the buffer while the store is away, so there is nothing better to
 * do than to wait, as a living member of the group. Says once that the store is away, and once that it is back.
 */
export const createPersistentWriter = <Row>(writeBlock: WriteBlock<Row>, log: Log): PersistentWriter<Row> => {
  let trouble: string | undefined;
  const note = (error: unknown): void => {
    if (trouble === undefined)
      log.warn({ error, code: isSightlineError(error) ? error.code : '' }, 'store takes nothing');
    trouble = messageOf(error);
  };
  const recovered = (): void => {
    if (trouble !== undefined) log.info('store takes blocks again');
    trouble = undefined;
  };
  return {
    get trouble() {
      return trouble;
    },
    async write(rows, token, heartbeat, keepGoing) {
      for (let backOffMs = backOffMsMin; ; backOffMs = Math.min(backOffMs * 2, backOffMsMax)) {
        const failure = await withHeartbeats(
          writeBlock(rows, token).then(
            () => undefined,
            (error: unknown) => ({ error }),
          ),
          heartbeat,
        );
        if (!failure) return recovered();
        note(failure.error);
        if (!keepGoing()) throw failure.error;
        await withHeartbeats(sleep(backOffMs), heartbeat);
        if (!keepGoing()) throw failure.error;
      }
    },
  };
};
