import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * The other side of the infer benchmark: nothing but `session.run` on one prepared input, over and over.
 * Arguments: model, threads. Loads and warms up, says `ready`; for each number it is sent it runs that many
 * times and says `done`.
 */
const [path = '', threads = String(availableParallelism())] = process.argv.slice(2);
const session = await InferenceSession.create(path, {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
const [input] = session.inputMetadata;
if (!input?.isTensor) throw new Error('the model has no tensor input');
const shape = input.shape.map(Number);
const pixels = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(114);
const run = (): Promise<unknown> => session.run({ [input.name]: new Tensor('float32', pixels, shape) });
for (let warm = 0; warm < 5; warm++) await run();

process.on('message', (runs: number) => {
  void (async () => {
    for (let count = 0; count < runs; count++) await run();
    process.send?.('done');
  })();
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
