import type { ModelManifest } from '#schemas';
import { adapters } from './adapters.ts';
import { createCandidates } from './candidates.ts';
import { fitOf } from './fit.ts';
import { decodePicture } from './picture.ts';
import { openModel } from './port.ts';
import { createPreprocessor } from './preprocess.ts';
import { suppress } from './suppress.ts';
import type { EncodedPicture } from './types.ts';
import { ModelFailure } from './types.ts';

/** A loaded model that turns pictures into boxes, one at a time. */
export interface Detector {
  /**
   * Six float32 a box, by falling confidence, at least `confidenceMin`, at most 300; corners 0–1 of the picture.
   * Throws when the picture cannot be decoded.
   */
  detect(picture: EncodedPicture, confidenceMin: number): Promise<Float32Array>;
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Opens the model and checks that it is what its manifest says. Throws ModelFailure otherwise. */
export const createDetector = async (
  path: string,
  manifest: ModelManifest,
  threads: number,
): Promise<Detector> => {
  const adapter = adapters[manifest.layout];
  const model = await openModel(path, threads);
  const classes = adapter.classesOf(model.shape, manifest.input, manifest.strides);
  if (typeof classes === 'string') throw new ModelFailure(`not a ${manifest.layout} model: ${classes}`);
  if (classes !== manifest.classes.length)
    throw new ModelFailure(`the model has ${classes} classes, its manifest names ${manifest.classes.length}`);
  const preprocessor = createPreprocessor(manifest);
  const candidates = createCandidates();
  const { width, height } = manifest.input;
  return {
    async detect(picture, confidenceMin) {
      const pixels = await decodePicture(picture);
      preprocessor.fill(pixels.rgb, pixels.width, pixels.height);
      const outputs = await model.run(preprocessor.tensor, [1, 3, height, width]);
      candidates.count = 0;
      adapter.read(outputs, manifest, confidenceMin, candidates);
      const fit = fitOf(manifest, pixels.width, pixels.height);
      const answer: number[] = [];
      for (const index of suppress(candidates, manifest.nmsIouMax)) {
        const [x1, y1, x2, y2] = candidates.boxes.subarray(index * 4, index * 4 + 4);
        const box = [
          clamp((x1 as number) / fit.width),
          clamp((y1 as number) / fit.height),
          clamp((x2 as number) / fit.width),
          clamp((y2 as number) / fit.height),
        ];
        const [left, top, right, bottom] = box as [number, number, number, number];
        if (right > left && bottom > top)
          answer.push(...box, candidates.scores[index] as number, candidates.classIds[index] as number);
      }
      return Float32Array.from(answer);
    },
  };
};
