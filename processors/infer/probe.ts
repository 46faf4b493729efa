import { basename } from 'node:path';
import type { ModelManifest } from '#schemas';
import { adapters } from './adapters.ts';
import { shapeText } from './adapter.ts';
import { cocoClasses } from './coco-classes.ts';
import { startWorker } from './model-worker.ts';
import { sha256Of } from './models.ts';
import type { ModelShape } from './types.ts';
import { ModelFailure } from './types.ts';

/** Opens the file in a process of its own, so that a damaged one can crash nothing else. */
const shapeOf = (path: string): Promise<ModelShape> =>
  new Promise((resolve, reject) => {
    const worker = startWorker('process', {
      onMessage(message) {
        if (message.kind !== 'probed') return;
        void worker.stop();
        if (message.shape) resolve(message.shape);
        else reject(new ModelFailure(message.problem));
      },
      onExit: (how) => reject(new ModelFailure(`${path} crashed the model runtime (${how})`)),
    });
    worker.post({ kind: 'probe', path });
  });

const inputOf = ({ inputs }: ModelShape): ModelManifest['input'] => {
  const [batch, planes, height, width] = inputs[0]?.shape ?? [];
  const fixed = typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0;
  if (inputs.length !== 1 || batch !== 1 || planes !== 3 || !fixed || inputs[0]?.type !== 'float32')
    throw new ModelFailure(`expected one float32 input [1,3,height,width], found ${shapeText(inputs)}`);
  return { width, height };
};

const nameOf = (path: string): string =>
  basename(path)
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '') || 'model';

const classNames = (count: number): string[] =>
  count === cocoClasses.length
    ? [...cocoClasses]
    : Array.from({ length: count }, (_, index) => `class-${index}`);

/**
 * A manifest for a bare ONNX file: the layout is the given one, or the one whose outputs the file has. 80 classes
 * are taken for COCO's; pictures are prepared as the layout's authors do. Throws ModelFailure with what was
 * expected and found.
 */
export const probeModel = async (path: string, layout?: ModelManifest['layout']): Promise<ModelManifest> => {
  const sha256 = await sha256Of(path);
  const shape = await shapeOf(path);
  const input = inputOf(shape);
  const layouts = layout ? [layout] : (Object.keys(adapters) as ModelManifest['layout'][]);
  const misfits: string[] = [];
  for (const candidate of layouts) {
    const { preprocessing, classesOf } = adapters[candidate];
    const classes = classesOf(shape, input, preprocessing.strides);
    if (typeof classes === 'number')
      return {
        name: nameOf(path),
        layout: candidate,
        input,
        ...preprocessing,
        classes: classNames(classes),
        sha256,
        license: '',
      };
    misfits.push(`not ${candidate}: ${classes}`);
  }
  throw new ModelFailure(`${path} has outputs no adapter reads; ${misfits.join('; ')}`);
};
