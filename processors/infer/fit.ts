import type { ModelManifest } from '#schemas';

/** How a picture lies in the model's input: at the top left, this big. */
export interface Fit {
  readonly width: number;
  readonly height: number;
}

export const fitOf = (
  { input, resize }: Pick<ModelManifest, 'input' | 'resize'>,
  width: number,
  height: number,
): Fit => {
  if (resize === 'stretch') return input;
  const scale = Math.min(input.width / width, input.height / height);
  return {
    width: Math.min(input.width, Math.max(1, Math.round(width * scale))),
    height: Math.min(input.height, Math.max(1, Math.round(height * scale))),
  };
};
