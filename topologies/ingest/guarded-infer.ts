import type { Processor } from '#processor';
import type { InferOutputs } from '#processors/infer';
import type { FrameRecord } from '#schemas';
import { createFileGapGuard } from './file-gap-guard.ts';

/**
 * `infer` behind the gap guard, for frames that come from their topic: offsets of a partition without a hole, or
 * the broker has deleted frames before they were read.
 */
export const guardFileGaps = (
  infer: Processor<FrameRecord, InferOutputs>,
  onDropped: (reason: string) => void,
): Processor<FrameRecord, InferOutputs> => {
  const guards = new Map<number, ReturnType<typeof createFileGapGuard>>();
  const nextOffsets = new Map<number, number>();
  return {
    init: (context) => infer.init(context),
    process(record, metadata) {
      const { partition, offset } = metadata;
      let guard = guards.get(partition);
      if (!guard) guards.set(partition, (guard = createFileGapGuard()));
      const next = nextOffsets.get(partition);
      if (next !== undefined && offset > next) guard.jumped();
      nextOffsets.set(partition, offset + 1);
      if (guard.admit(record)) return infer.process(record, metadata);
      onDropped('gap');
    },
    close: () => infer.close(),
  };
};
