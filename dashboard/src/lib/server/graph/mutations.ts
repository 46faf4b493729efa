import { sourceOf } from '../source.ts';
import type { GraphContext } from './context.ts';
import { explained, refusal } from './errors.ts';
import { cameraShape, mergedLines, mergedZones } from './shapes.ts';
import type { LineInput, ZoneInput } from './shapes.ts';

interface CameraInput {
  readonly name: string;
  readonly source: string;
  readonly modelId: string;
  readonly timeZone?: string | null;
  readonly realtime: boolean;
  readonly loop: boolean;
  readonly fps: number;
}

const idLengthMax = 48;

/** `Back door` → `back-door`, with a number when that is taken. */
export const freeId = (name: string, taken: ReadonlySet<string>): string => {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, idLengthMax);
  const base = plain === '' ? 'camera' : plain;
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(id)) return id;
  }
};

const siteFor = async ({ store }: GraphContext, timeZone: string | null | undefined): Promise<string> => {
  const [first] = await store.listSites();
  if (first) return first.document.siteId;
  const site = { siteId: 'default', name: 'Main site', timeZone: timeZone ?? 'UTC' };
  return (await store.putSite(site)).document.siteId;
};

const addCamera = async (input: CameraInput, context: GraphContext): Promise<object> => {
  const { store, board } = context;
  const name = input.name.trim();
  if (name === '') throw refusal('DOCUMENT_INVALID', 'Give the camera a name.');
  const source = await sourceOf(input.source);
  const siteId = await siteFor(context, input.timeZone);
  const taken = new Set((await store.listCameras()).map(({ document }) => document.cameraId));
  const recording = source.kind !== 'rtsp';
  const added = await store.addCamera({
    cameraId: freeId(name, taken),
    siteId,
    name,
    modelId: input.modelId,
    fps: input.fps,
    source: { ...source, realtime: recording && input.realtime, loop: recording && input.loop },
  });
  await context.reload();
  return cameraShape(added, board);
};

const setGeometry = async (
  input: { cameraId: string; expectedVersion: number; lines: LineInput[]; zones: ZoneInput[] },
  context: GraphContext,
): Promise<object> => {
  const { store, board } = context;
  const before = await store.getCamera(input.cameraId);
  if (!before) throw refusal('DOCUMENT_UNKNOWN', `there is no camera ${input.cameraId}`);
  const written = await store.updateCamera(
    input.cameraId,
    {
      lines: mergedLines(before.document.lines, input.lines),
      zones: mergedZones(before.document.zones, input.zones),
    },
    { expectedVersion: input.expectedVersion },
  );
  await context.reload();
  return cameraShape(written, board);
};

export const mutations = {
  addCamera: (_: unknown, { camera }: { camera: CameraInput }, context: GraphContext) =>
    explained(() => addCamera(camera, context)),
  setCameraEnabled: (
    _: unknown,
    { cameraId, enabled }: { cameraId: string; enabled: boolean },
    context: GraphContext,
  ) =>
    explained(async () => {
      const written = await context.store.updateCamera(cameraId, { enabled });
      await context.reload();
      return cameraShape(written, context.board);
    }),
  removeCamera: (_: unknown, { cameraId }: { cameraId: string }, context: GraphContext) =>
    explained(async () => {
      await context.store.removeCamera(cameraId);
      await context.reload();
      return true;
    }),
  setGeometry: (_: unknown, input: Parameters<typeof setGeometry>[0], context: GraphContext) =>
    explained(() => setGeometry(input, context)),
};
