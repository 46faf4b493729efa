import { parentPort } from 'node:worker_threads';
import { wallClockUs } from './clock.ts';
import type { Detector } from './detector.ts';
import { createDetector } from './detector.ts';
import { openModel } from './port.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Entry of a model process or thread: loads models, answers one picture after the other, dies with its parent. */

const detectors = new Map<string, Detector>();
const send = (message: FromWorker): void =>
  parentPort ? parentPort.postMessage(message) : void process.send?.(message);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const handle = async (message: Exclude<ToWorker, { kind: 'stop' }>): Promise<void> => {
  switch (message.kind) {
    case 'load': {
      const { modelId, path, manifest, threads } = message;
      try {
        detectors.set(modelId, await createDetector(path, manifest, threads));
        send({ kind: 'loaded', modelId, problem: null });
      } catch (error) {
        send({ kind: 'loaded', modelId, problem: textOf(error) });
      }
      break;
    }
    case 'probe':
      try {
        send({ kind: 'probed', shape: (await openModel(message.path, 1)).shape, problem: '' });
      } catch (error) {
        send({ kind: 'probed', shape: null, problem: textOf(error) });
      }
      break;
    case 'detect': {
      const startedAtUs = wallClockUs();
      let boxes: Float32Array | null = null;
      let problem = '';
      try {
        const detector = detectors.get(message.modelId);
        boxes = (await detector?.detect(message.picture, message.confidenceMin)) ?? null;
      } catch (error) {
        problem = textOf(error);
      }
      send({ kind: 'detected', job: message.job, boxes, problem, startedAtUs, finishedAtUs: wallClockUs() });
    }
  }
};

// One thing at a time: the next picture waits in the pipe, not in front of the model.
let last = Promise.resolve();
let stopping = false;
const take = (message: ToWorker): void => {
  if (message.kind === 'stop') {
    stopping = true;
    last = last.then(() => parentPort?.close());
  } else {
    last = last.then(() => (stopping ? undefined : handle(message)));
  }
};
if (parentPort) parentPort.on('message', take);
else {
  process.on('message', take);
  process.on('disconnect', () => process.exit(0));
}
