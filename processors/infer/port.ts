import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelShape, TensorShape } from './types.ts';
import { ModelFailure } from './types.ts';

/**
 * The one door to the model runtime. Runs in a model process only: `run` blocks its event loop, and a session
 * lives as long as the process.
 */
export interface Model {
  readonly shape: ModelShape;
  /** Outputs in the file's order. */
  run(input: Float32Array, shape: readonly number[]): Promise<Float32Array[]>;
}

const shapesOf = (metadata: readonly InferenceSession.ValueMetadata[]): TensorShape[] =>
  metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape }
      : { name: value.name, type: 'not a tensor', shape: [] },
  );

const open = async (path: string, threads: number): Promise<InferenceSession> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new ModelFailure(`cannot read ${path}: check that the model lies there`, { cause: error });
  }
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Warnings about a file's style are not the operator's concern.
      logSeverityLevel: 3,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ModelFailure(`${path} is not an ONNX model that can be loaded: ${reason}`, { cause: error });
  }
};

/** Loads the file into a session of that many threads and warms it up. Throws ModelFailure. */
export const openModel = async (path: string, threads: number): Promise<Model> => {
  const session = await open(path, threads);
  const [inputName] = session.inputNames;
  return {
    shape: { inputs: shapesOf(session.inputMetadata), outputs: shapesOf(session.outputMetadata) },
    async run(input, shape) {
      const results = await session.run({ [inputName as string]: new Tensor('float32', input, [...shape]) });
      return session.outputNames.map((name) => (results[name] as Tensor).data as Float32Array);
    },
  };
};
