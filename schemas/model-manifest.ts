import { z } from 'zod';

/**
 * What must be known of an ONNX file to run it: where pixels go in and how boxes come out.
 * It lies beside the model as `<model>.json`; the same pair runs in the cloud and on the edge.
 */
export const modelManifestSchema = z.object({
  /** Short name, e.g. `yolox-nano`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  /** Which adapter reads the outputs. */
  layout: z.enum(['yolox', 'nanodet']),
  /** Model input, pixels. */
  input: z.object({ width: z.int().positive(), height: z.int().positive() }),
  /** Order of the colour planes the model wants. */
  colorOrder: z.enum(['rgb', 'bgr']),
  /** How a picture is fitted: `letterbox` keeps the aspect, top left, padded; `stretch` does not. */
  resize: z.enum(['letterbox', 'stretch']),
  /** Value of padded pixels before normalisation, 0–255. */
  padValue: z.number().min(0).max(255),
  /** Subtracted from each plane, in colorOrder, 0–255 scale. */
  mean: z.tuple([z.number(), z.number(), z.number()]),
  /** Divides each plane, in colorOrder. */
  standardDeviation: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  /** Strides of the output grids, in output order. */
  strides: z.array(z.int().positive()).min(1),
  /** Class names by class index. */
  classes: z.array(z.string().min(1)).min(1),
  /** Boxes of one class that overlap more than this are one object (greedy NMS, IoU). */
  nmsIouMax: z.number().min(0).max(1),
  /** Hex sha256 of the ONNX file; a file that differs is refused. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  license: z.string().default(''),
});
export type ModelManifest = z.output<typeof modelManifestSchema>;

/** `name@first 12 hex digits`: the same file has the same id everywhere. */
export const modelIdOf = (manifest: Pick<ModelManifest, 'name' | 'sha256'>): string =>
  `${manifest.name}@${manifest.sha256.slice(0, 12)}`;
