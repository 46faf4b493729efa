import { createHash } from 'node:crypto';
import type { CameraDocument } from '#schemas';

/**
 * What of a document decides about decoding, as two short hashes. Lines, zones, names and the model are in neither:
 * a change of them is judged downstream by capture time and must not interrupt the pictures.
 */
export interface RunFingerprint {
  /** What is played and when its time begins. A file that has ended is played again only when this changes. */
  readonly source: string;
  /** Everything that decides what frames look like. A change ends the run and begins the next. */
  readonly decoding: string;
}

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** Documents are looked at ten times a second and never changed in place. */
const known = new WeakMap<CameraDocument, RunFingerprint>();

/** Equal documents give equal fingerprints. At least what `decode` restarts for is in `decoding`. */
export const fingerprintOf = (document: CameraDocument): RunFingerprint => {
  const cached = known.get(document);
  if (cached) return cached;
  const { source } = document;
  const identity = [source.kind, source.url, source.startAtUs];
  const decoding = [
    ...identity,
    source.credentials,
    source.transport,
    source.realtime,
    source.loop,
    source.connectTimeoutMs,
    source.stallTimeoutMs,
    document.fps,
    document.frameWidth,
    document.encoding,
    document.jpegQuality,
    document.masks,
  ];
  const fingerprint = { source: hash(identity), decoding: hash(decoding) };
  known.set(document, fingerprint);
  return fingerprint;
};

/** Files and folders of images have a position and an end. */
export const isLive = (document: CameraDocument): boolean => document.source.kind === 'rtsp';

/** False for what this service leaves alone: switched off, or decoded on an edge device. */
export const isPlayedHere = (document: CameraDocument): boolean =>
  document.enabled && document.placement !== 'edge';
