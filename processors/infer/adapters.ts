import type { ModelManifest } from '#schemas';
import type { Adapter } from './adapter.ts';
import { nanodet } from './nanodet.ts';
import { yolox } from './yolox.ts';

/** Every layout a manifest can name. */
export const adapters: Readonly<Record<ModelManifest['layout'], Adapter>> = { yolox, nanodet };
