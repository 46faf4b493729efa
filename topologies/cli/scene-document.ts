import { join } from 'node:path';
import type { CameraDocument } from '#schemas';
import type { Truth } from '../eval/truth.ts';
import { documentOfOptions } from './geometry-options.ts';
import type { NamedPoints } from './geometry-options.ts';

/** Films of the demo are made once and kept with the data of the machine. */
export const filmsFolder = join('.sightline', 'films');

/** Lines and zones of a scene, as if they had been typed. */
export const geometryOfTruth = ({
  lines,
  zones,
}: Pick<Truth, 'lines' | 'zones'>): { lines: NamedPoints[]; zones: NamedPoints[] } => {
  const named = ({ name, points }: Truth['lines'][number]): NamedPoints => ({
    name,
    points: points.map(([x, y]) => ({ x, y })),
  });
  return { lines: lines.map(named), zones: zones.map(named) };
};

/** The camera document of a film: every frame, at time zero. */
export const documentOfFilm = (video: string, truth: Truth, modelId: string): CameraDocument => {
  const { lines, zones } = geometryOfTruth(truth);
  return documentOfOptions(
    {
      cameraId: truth.kind,
      siteId: 'demo',
      name: truth.kind,
      source: { kind: 'file', url: video, startAtUs: 0 },
      encoding: 'rgb24',
      modelId,
    },
    lines,
    zones,
  );
};
