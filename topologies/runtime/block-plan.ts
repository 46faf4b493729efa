import { SightlineError } from './errors.ts';

/**
 * What is about to be written, kept in the metadata of the consumer offset. It is committed at the offset the block
 * begins with, before the block is written: whoever comes after a crash writes exactly that range, with that token.
 */
export interface BlockPlan {
  /** Offset after the block's last record. */
  readonly end: number;
  /** Names the block to the store, which drops one it has seen. */
  readonly token: string;
}

export interface BlockStart {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Append time of the first record, milliseconds. */
  readonly appendedAtMs: number;
}

/**
 * Topic, partition and range; and the first record's append time, since a topic that was deleted and made again
 * counts its offsets from 0 again, and its records must not be taken for the old ones.
 */
export const planBlock = (start: BlockStart, end: number): BlockPlan => ({
  end,
  token: `${start.topic}-${start.partition}-${start.from}-${end}-${start.appendedAtMs.toString(36)}`,
});

export const encodePlan = (plan: BlockPlan): string => JSON.stringify({ end: plan.end, token: plan.token });

/** Undefined when no block was under way. Throws for metadata that is not ours: to guess could double rows. */
export const decodePlan = (metadata: string | null | undefined): BlockPlan | undefined => {
  if (metadata === null || metadata === undefined || metadata === '') return undefined;
  let plan: { end?: unknown; token?: unknown } | null;
  try {
    plan = JSON.parse(metadata) as typeof plan;
  } catch (error) {
    throw new SightlineError('STATE_DAMAGED', 'the metadata of a consumer offset cannot be read', error);
  }
  const { end, token } = plan ?? {};
  if (typeof end === 'number' && Number.isSafeInteger(end) && typeof token === 'string')
    return { end, token };
  throw new SightlineError('STATE_DAMAGED', 'the metadata of a consumer offset is not a block plan');
};
