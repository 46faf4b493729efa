import type { Processor, ProcessorContext } from '#processor';
import type { CameraProcess } from './camera-process.ts';
import { startCamera } from './camera-process.ts';
import type { PlayRequest } from './protocol.ts';
import { runIdOf } from './run-writer.ts';
import type { DecodeCommand, DecodeOptions, DecodeOutputs } from './types.ts';

type Play = Extract<DecodeCommand, { kind: 'play' }>;

/** Everything of a document that changes what is decoded; lines, zones and names do not. */
const decodedPart = ({ document, credentials }: Pick<PlayRequest, 'document' | 'credentials'>): string => {
  const { source, fps, frameWidth, encoding, jpegQuality, masks } = document;
  return JSON.stringify([source, fps, frameWidth, encoding, jpegQuality, masks, credentials]);
};

const requestOf = (command: Play, options: DecodeOptions): PlayRequest => ({
  kind: 'play',
  document: command.document,
  credentials: command.credentials,
  configVersion: command.configVersion,
  run: command.run,
  windowFrames: options.windowFrames ?? 64,
  statusEveryMs: options.statusEveryMs ?? 2000,
  threads: options.threads ?? (command.document.source.kind === 'rtsp' ? 1 : 0),
  retryAfterMs: options.retryAfterMs ?? 500,
  device: options.device ?? '',
});

/**
 * Plays cameras, each in a process of its own, and forwards their frames, ticks and run ends as they come, not
 * during process(). A file waits for acknowledgements; a live camera never does. The host sends `play` again on
 * every change of a document: when nothing that matters to decoding changed, the run simply goes on. Epochs it
 * gives are taken as a lower bound, since decode raises them itself at each reconnect and loop.
 */
export const createDecode = (options: DecodeOptions = {}): Processor<DecodeCommand, DecodeOutputs> => {
  const cameras = new Map<string, CameraProcess>();
  let context: ProcessorContext<DecodeOutputs> | undefined;
  const stop = (cameraId: string, reason: string, state: string): void => {
    cameras.get(cameraId)?.stop(reason, state);
    cameras.delete(cameraId);
  };
  const play = (command: Play): void => {
    const { cameraId, enabled } = command.document;
    const request = requestOf(command, options);
    const current = cameras.get(cameraId);
    if (!enabled) {
      stop(cameraId, 'disabled', 'disabled');
      return;
    }
    if (current && decodedPart(current.request) === decodedPart(request)) {
      current.configVersion(command.configVersion);
      return;
    }
    const runEpoch = Math.max(request.run.runEpoch, current ? current.runEpoch + 1 : 0);
    const run =
      runEpoch === request.run.runEpoch
        ? request.run
        : { ...request.run, runEpoch, runId: runIdOf(cameraId, runEpoch) };
    stop(cameraId, 'changed', 'connecting');
    cameras.set(
      cameraId,
      startCamera({ ...request, run }, (stream, value) => context?.forward(stream, value)),
    );
  };
  return {
    init: (given) => void (context = given),
    process(command) {
      switch (command.kind) {
        case 'play':
          play(command);
          break;
        case 'stop':
          stop(command.cameraId, command.reason, command.reason === 'removed' ? 'removed' : 'disabled');
          break;
        case 'acknowledge':
          cameras.get(command.cameraId)?.acknowledge(command.runId, command.sequence);
      }
    },
    close() {
      // No run ends here: a file goes on from its checkpoint, a live camera's next run has a higher epoch.
      for (const camera of cameras.values()) camera.stop(null, '');
      cameras.clear();
      context = undefined;
    },
  };
};
