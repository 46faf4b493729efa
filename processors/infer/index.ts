export { createInfer } from './infer.ts';
export { checkModelFile, modelsFolder, sha256Of } from './models.ts';
export { probeModel } from './probe.ts';
export { ModelFailure } from './types.ts';
export type { InferOptions, InferOutputs, ModelFile, ModelSource } from './types.ts';
