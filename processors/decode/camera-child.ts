import { fork } from 'node:child_process';
import type { FromCamera, PlayRequest, ToCamera } from './protocol.ts';
import { closeSharedMemory, openSharedMemory, takePicture } from './shared-pictures.ts';

/** One process of one camera, from its start to its end. */
export interface CameraChild {
  /** Gives frames of window back. */
  acknowledged(frames: number): void;
  /** Ends it at once; onExit is not called. */
  kill(): void;
}

export interface CameraChildEvents {
  /** Every message in order; pictures are in their records, wherever they came through. */
  onMessage(message: FromCamera): void;
  /** It ended by itself: `SIGSEGV`, `exit code 1`. */
  onExit(how: string): void;
}

/** Puts a picture that came through shared memory back into its record. */
const withPicture = (message: FromCamera, descriptor: number | undefined): FromCamera => {
  if (message.kind !== 'record' || !message.region || !message.record.frame || descriptor === undefined)
    return message;
  const frame = { ...message.record.frame, data: takePicture(descriptor, message.region) };
  return { ...message, record: { ...message.record, frame } };
};

export const startChild = (request: PlayRequest, { onMessage, onExit }: CameraChildEvents): CameraChild => {
  const memory = openSharedMemory();
  const child = fork(new URL('./child.ts', import.meta.url), [], {
    serialization: 'advanced',
    // The memory is number 4 there: sharedDescriptor.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', memory ?? 'ignore'],
    execArgv: [],
  });
  let killed = false;
  let flushing = false;
  const owed = { frames: 0, pictures: 0 };
  const post = (message: ToCamera): void => void (child.connected && child.send(message, () => undefined));
  // One message a turn of the event loop, however many frames it was about.
  const flush = (): void => {
    flushing = false;
    if (owed.pictures > 0) post({ kind: 'taken', pictures: owed.pictures });
    if (owed.frames > 0) post({ kind: 'acknowledged', frames: owed.frames });
    owed.pictures = 0;
    owed.frames = 0;
  };
  const owe = (what: keyof typeof owed, count: number): void => {
    owed[what] += count;
    if (!flushing) setImmediate(flush);
    flushing = true;
  };
  child.on('message', (message: FromCamera) => {
    if (killed) return;
    const complete = withPicture(message, memory);
    if (complete !== message) owe('pictures', 1);
    onMessage(complete);
  });
  child.on('error', (error) => {
    // A process that could not be started has no exit.
    if (!killed && child.pid === undefined) onExit(error.message);
  });
  child.on('exit', (code, signal) => {
    if (!killed) onExit(signal ?? `exit code ${code}`);
  });
  // After this no message can come any more that points into the memory.
  child.on('disconnect', () => void (memory !== undefined && closeSharedMemory(memory)));
  post(request);
  return {
    acknowledged: (frames) => owe('frames', frames),
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
  };
};
