import type { Processor } from '#processor';
import type { InferOutputs } from '#processors/infer';
import type { FrameRecord } from '#schemas';
import { createFileGapGuard } from './file-gap-guard.ts';
import type { FileGapGuard } from './file-gap-guard.ts';

export interface GuardedInferOptions {
  readonly infer: Processor<FrameRecord, InferOutputs>;
  /** Where the group stood in each partition before this process joined it. */
  committed(): Promise<ReadonlyMap<number, number>>;
  onDropped(reason: string): void;
}

/**
 * `infer` behind the gap guard, for frames that come from their topic. Nothing is compacted there and nothing is in
 * a transaction, so a hole in the offsets means that the broker deleted frames before they were read.
 */
export const guardFileGaps = (options: GuardedInferOptions): Processor<FrameRecord, InferOutputs> => {
  const { infer, onDropped } = options;
  const guards = new Map<number, FileGapGuard>();
  let nextOffsets = new Map<number, number>();

  const guardOf = (partition: number): FileGapGuard => {
    const known = guards.get(partition);
    if (known) return known;
    const guard = createFileGapGuard();
    guards.set(partition, guard);
    return guard;
  };
  return {
    async init(context) {
      nextOffsets = new Map(await options.committed());
      await infer.init(context);
    },
    process(record, metadata) {
      const { partition, offset } = metadata;
      const guard = guardOf(partition);
      if (offset > (nextOffsets.get(partition) ?? 0)) guard.jumped();
      nextOffsets.set(partition, offset + 1);
      if (guard.admit(record)) return infer.process(record, metadata);
      onDropped('gap');
    },
    close: () => infer.close(),
  };
};
