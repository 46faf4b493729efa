import type { CameraDocument, Line, SiteDocument, Zone } from '#schemas';
import type { Versioned } from '#runtime';
import type { CameraBoard, CameraNow } from '../live/camera-board.ts';

/** Documents and states as the SDL names them. */

type CameraShape = Omit<CameraDocument, 'source'> & {
  readonly version: number;
  readonly sourceKind: string;
  readonly sourceUrl: string;
  readonly site: SiteDocument | null;
};

export const cameraShape = (
  { document, version }: Versioned<CameraDocument>,
  board: CameraBoard,
): CameraShape => ({
  ...document,
  version,
  sourceKind: document.source.kind,
  sourceUrl: document.source.url,
  site: board.sites().find(({ document: site }) => site.siteId === document.siteId)?.document ?? null,
});

/** Geometry as it came in: what was left out keeps its value, or is filled in by the validator when it is new. */
const given = <Value extends object>(value: Value): Partial<Value> =>
  Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null),
  ) as Partial<Value>;

export type LineInput = Pick<Line, 'lineId' | 'name' | 'a' | 'b'> & Partial<Line>;
export type ZoneInput = Pick<Zone, 'zoneId' | 'name' | 'polygon'> & Partial<Zone>;

export const mergedLines = (before: readonly Line[], inputs: readonly LineInput[]): Line[] =>
  inputs.map((input) => ({
    ...before.find(({ lineId }) => lineId === input.lineId),
    ...given(input),
  })) as Line[];

export const mergedZones = (before: readonly Zone[], inputs: readonly ZoneInput[]): Zone[] =>
  inputs.map((input) => ({
    ...before.find(({ zoneId }) => zoneId === input.zoneId),
    ...given(input),
  })) as Zone[];

/** What a subscriber compares: the same but for the clock is no news. */
export const streamOf = ({ status }: CameraNow): object | null =>
  status && status.width > 0
    ? {
        width: status.width,
        height: status.height,
        codec: status.codec,
        fpsIn: status.fpsIn,
        fpsOut: status.fpsOut,
        dropped: Object.values(status.drops).reduce((sum, count) => sum + count, 0),
        reconnects: status.reconnects,
        position: status.position < 0 ? null : status.position,
      }
    : null;
