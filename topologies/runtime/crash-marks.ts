import type { Kafka } from 'kafkajs';
import { z } from 'zod';
import type { CrashMark } from './restore.ts';

const metadataSchema = z.object({ crash: z.object({ offset: z.int(), count: z.int() }) });

/** Crash counts that an at-least-once chain left beside its committed offsets, by partition. */
export const readCrashMarks = async (
  kafka: Kafka,
  groupId: string,
  topic: string,
): Promise<Map<number, CrashMark>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      (offsets?.partitions ?? []).flatMap(({ partition, metadata }) => {
        const mark = parseMark(metadata);
        return mark ? [[partition, mark] as const] : [];
      }),
    );
  } finally {
    await admin.disconnect();
  }
};

/** Metadata of another kind is not ours to complain about. */
const parseMark = (metadata: string | null): CrashMark | undefined => {
  if (!metadata?.startsWith('{')) return undefined;
  const parsed = metadataSchema.safeParse(JSON.parse(metadata));
  return parsed.success ? parsed.data.crash : undefined;
};
