import type { ModelManifest } from '#schemas';
import type { Candidates } from './candidates.ts';
import type { ModelShape } from './types.ts';

/** One family of output formats. Pure: numbers in, candidates out. */
export interface Adapter {
  /** What a bare ONNX file of this family needs beyond its shapes. */
  readonly preprocessing: Pick<
    ModelManifest,
    'colorOrder' | 'resize' | 'padValue' | 'mean' | 'standardDeviation' | 'strides' | 'nmsIouMax'
  >;
  /** Number of classes when the outputs are of this family for that input size; otherwise what does not fit. */
  readonly classesOf: (
    shape: ModelShape,
    input: ModelManifest['input'],
    strides: readonly number[],
  ) => number | string;
  /** Adds every box of at least `confidenceMin`, in pixels of the model's input. `outputs` in the file's order. */
  readonly read: (
    outputs: readonly Float32Array[],
    manifest: ModelManifest,
    confidenceMin: number,
    into: Candidates,
  ) => void;
}

/** Cells of one output grid. */
export const cellsOf = ({ width, height }: ModelManifest['input'], stride: number): number =>
  Math.ceil(width / stride) * Math.ceil(height / stride);

export const shapeText = (shape: ModelShape['outputs']): string =>
  shape.map(({ name, shape: sizes }) => `${name}[${sizes.join(',')}]`).join(', ');
