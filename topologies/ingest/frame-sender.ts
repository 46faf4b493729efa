import type { RecordProducer } from '#runtime';
import { topics } from '#schemas';
import type { FrameRecord } from '#schemas';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';

/** One request to the broker holds about this much; a larger picture goes alone. */
const requestBytesMax = 900_000;
/** Live pictures waiting for the broker beyond this give way to newer ones: about a second of a few cameras. */
const queueBytesMax = 32 * 1024 * 1024;
/** Everything of a record but its picture, roughly. */
const headerBytes = 200;

const isLivePicture = (record: FrameRecord): boolean => record.live && record.kind === 'frame';

/** Frames on their way to the topic: newest wins, ticks and run ends are never dropped, files never. */
export const createFrameSender = (
  producer: RecordProducer,
  onDropped: (record: FrameRecord) => void,
): Outbox<FrameRecord> =>
  createOutbox<FrameRecord>({
    async send(records) {
      await Promise.all(records.map((record) => producer.send(topics.frames, record)));
    },
    bytesOf: (record) => headerBytes + (record.frame?.data.length ?? 0),
    requestBytesMax,
    queueBytesMax,
    isDroppable: isLivePicture,
    onDropped,
  });
