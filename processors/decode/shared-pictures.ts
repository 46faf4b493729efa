import { closeSync, existsSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/**
 * Raw pictures are far larger than a pipe's buffer, so that handing one over costs several switches between two
 * processes, on a busy machine milliseconds each. They go through memory both have open instead: a file in the
 * machine's memory file system, without a name. Where there is none, or it is full, they go through the pipe.
 */
const memoryFolder = '/dev/shm';

/** Descriptor of the shared memory in the camera's process. */
export const sharedDescriptor = 4;

/** Where a picture lies in the shared memory. */
export interface Region {
  readonly offset: number;
  readonly bytes: number;
}

/** Opens unnamed shared memory for a process to be started; undefined where the machine has none. */
export const openSharedMemory = (): number | undefined => {
  if (!existsSync(memoryFolder)) return undefined;
  const path = join(memoryFolder, `sightline-${randomUUID()}`);
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  } catch {
    // No right to write there: the pipe does as well, only slower.
    return undefined;
  }
};

export const closeSharedMemory = (descriptor: number): void => closeSync(descriptor);

/** Copies a picture out. The region may be written again afterwards. */
export const takePicture = (descriptor: number, { offset, bytes }: Region): Uint8Array => {
  const data = Buffer.allocUnsafeSlow(bytes);
  let done = 0;
  while (done < bytes) {
    const read = readSync(descriptor, data, done, bytes - done, offset + done);
    if (read === 0) throw new Error('a shared picture ends early');
    done += read;
  }
  return data;
};

/** The writing side: regions are used in order, and free again when the reader says it took them. */
export interface SharedPictures {
  /** Undefined when there is no room: the picture then goes through the pipe. */
  put(data: Uint8Array): Region | undefined;
  /** That many of the oldest regions were read. */
  taken(count: number): void;
}

interface Slot {
  readonly offset: number;
  readonly capacity: number;
}

/** Pictures smaller than this fit the pipe's buffer. */
const pipeBytes = 64 * 1024;
/** Containers often have 64 MB of shared memory for everything. */
const sharedBytesMax = 32 * 1024 * 1024;

export const createSharedPictures = (descriptor: number): SharedPictures => {
  const used: Slot[] = [];
  let free: Slot[] = [];
  let end = 0;
  let broken = false;
  const take = (bytes: number): Slot | undefined => {
    const fitting = free.findIndex(({ capacity }) => capacity >= bytes);
    if (fitting >= 0) return free.splice(fitting, 1)[0];
    if (used.length === 0) {
      // Nothing is being read: pictures of another size begin again at the start.
      free = [];
      end = 0;
    }
    if (end + bytes > sharedBytesMax) return undefined;
    const slot = { offset: end, capacity: bytes };
    end += bytes;
    return slot;
  };
  return {
    put(data) {
      if (broken || data.length < pipeBytes) return undefined;
      const slot = take(data.length);
      if (!slot) return undefined;
      try {
        let done = 0;
        while (done < data.length)
          done += writeSync(descriptor, data, done, data.length - done, slot.offset + done);
      } catch {
        // The memory is full, or the descriptor is not there: everything goes through the pipe from now on.
        broken = true;
        return undefined;
      }
      used.push(slot);
      return { offset: slot.offset, bytes: data.length };
    },
    taken(count) {
      free.push(...used.splice(0, count));
    },
  };
};
