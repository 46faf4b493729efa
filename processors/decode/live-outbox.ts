import type { FromCamera } from './protocol.ts';

/** A frame that is only scaled and encoded when it really goes out. */
export interface LazyFrame {
  /** The message; undefined when FFmpeg made no picture of it. */
  make(): FromCamera | undefined;
  free(): void;
}

/**
 * What a live camera sends, in order, while the pipe to the parent may be full: of frames only the newest waits,
 * older ones are dropped before they cost anything; ticks and run ends are small and never dropped.
 */
export interface LiveOutbox {
  message(message: FromCamera): void;
  frame(frame: LazyFrame): void;
}

/** Messages handed to the pipe but not yet taken by it. */
const writingMax = 2;

export const createLiveOutbox = (
  write: (message: FromCamera, written: () => void) => void,
  dropped: (reason: string) => void,
): LiveOutbox => {
  const waiting: (FromCamera | LazyFrame)[] = [];
  let writing = 0;
  const drain = (): void => {
    while (writing < writingMax) {
      const next = waiting.shift();
      if (!next) return;
      const message = 'make' in next ? next.make() : next;
      if ('make' in next) next.free();
      if (!message) {
        dropped('notEncoded');
        continue;
      }
      writing++;
      write(message, () => {
        writing--;
        drain();
      });
    }
  };
  return {
    message(message) {
      waiting.push(message);
      drain();
    },
    frame(frame) {
      const older = waiting.findIndex((item) => 'make' in item);
      if (older >= 0) {
        const [item] = waiting.splice(older, 1);
        if (item && 'make' in item) item.free();
        dropped('outputBusy');
      }
      waiting.push(frame);
      drain();
    },
  };
};
