import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { StateCodec } from '#processor';
import type { DecodeCheckpoint } from '#processors/decode';

/**
 * What `decode` must remember of a camera to take it over: kept in state-decode by cameraId, written only by the
 * fenced owner of the camera's partition.
 */
const ledgerEntrySchema = z.object({
  runId: z.string(),
  /** Grows with each run of the camera; downstream the higher one wins. */
  runEpoch: z.int().min(0),
  live: z.boolean(),
  source: z.string(),
  decoding: z.string(),
  /** Capture time of the run's beginning, chosen once, so that a file taken up again gives identical times. */
  startedAtUs: z.int(),
  /** Capture time of the last record known to be safe; the next run's time begins after it. */
  lastCapturedAtUs: z.int(),
  /** Everything up to here is safe on the detections topic; null before the first frame was. */
  checkpoint: z
    .custom<DecodeCheckpoint>((value) => typeof value === 'object' && value !== null && 'sequence' in value)
    .nullable(),
  /** Why the run ended; empty while it lives. */
  ended: z.string(),
});
export type LedgerEntry = z.output<typeof ledgerEntrySchema>;

/** JSON with the schema's key order: equal entries give equal bytes. */
export const ledgerCodec: StateCodec<LedgerEntry> = {
  encode: (entry) => Buffer.from(JSON.stringify(ledgerEntrySchema.parse(entry))),
  decode: (bytes) => ledgerEntrySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))),
};
