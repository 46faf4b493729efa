import type { StateCodec, StateStore } from '#processor';
import { defaults } from '#schemas';
import { SightlineError } from './errors.ts';

/** One camera's state to be written, or its end. */
export interface StateChange {
  readonly cameraId: string;
  /** Null: a tombstone. */
  readonly bytes: Uint8Array | null;
}

/** A store as its processor sees it, with what the task needs to write and read it back. */
export interface ManagedStore<State> extends StateStore<State> {
  /** Encodes every camera touched since the last call and forgets that it was touched. Throws STATE_TOO_LARGE. */
  takeChanges(): StateChange[];
  /** One record of the state topic, in order. Decoded when it is asked for, so that a takeover is quick. */
  restore(cameraId: string, bytes: Uint8Array | null): void;
  cameraIds(): string[];
}

interface Entry<State> {
  state?: State;
  bytes?: Uint8Array;
}

/**
 * Live objects by camera. Bounded by the cameras of one partition; a camera's state goes when the processor
 * deletes it. After a failed commit the whole store is thrown away, so nothing here needs undoing.
 */
export const createStateStore = <State>(name: string, codec: StateCodec<State>): ManagedStore<State> => {
  const entries = new Map<string, Entry<State>>();
  const touched = new Set<string>();

  const encode = (cameraId: string): Uint8Array | null => {
    const entry = entries.get(cameraId);
    if (!entry) return null;
    const bytes = entry.state === undefined ? (entry.bytes as Uint8Array) : codec.encode(entry.state);
    if (bytes.length <= defaults.stateBytesMax) return bytes;
    throw new SightlineError(
      'STATE_TOO_LARGE',
      `state of ${name} for camera ${cameraId} is ${bytes.length} bytes, at most ${defaults.stateBytesMax} are allowed`,
    );
  };

  return {
    get(cameraId) {
      const entry = entries.get(cameraId);
      if (!entry) return undefined;
      touched.add(cameraId);
      if (entry.state === undefined && entry.bytes) {
        entry.state = codec.decode(entry.bytes);
        delete entry.bytes;
      }
      return entry.state;
    },
    set(cameraId, state) {
      entries.set(cameraId, { state });
      touched.add(cameraId);
    },
    delete(cameraId) {
      if (entries.delete(cameraId)) touched.add(cameraId);
    },
    takeChanges() {
      const changes = [...touched].map((cameraId) => ({ cameraId, bytes: encode(cameraId) }));
      touched.clear();
      return changes;
    },
    restore(cameraId, bytes) {
      if (bytes === null) entries.delete(cameraId);
      else entries.set(cameraId, { bytes });
    },
    cameraIds: () => [...entries.keys()],
  };
};
