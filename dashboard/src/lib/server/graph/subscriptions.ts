import type { CameraBoard } from '../live/camera-board.ts';
import type { GraphContext } from './context.ts';
import { cameraShape, streamOf } from './shapes.ts';

/** A screen shows ten states a second as well as a hundred. */
const livePaceMs = 100;
const listPaceMs = 500;

const listEntries = (board: CameraBoard): object[] =>
  board
    .cameras()
    .flatMap((camera) => {
      const now = board.now(camera.document.cameraId);
      if (!now) return [];
      return {
        cameraId: now.cameraId,
        name: camera.document.name,
        siteName: cameraShape(camera, board).site?.name ?? '',
        verdict: now.verdict,
        outages: now.outages,
        objects: now.objects,
        inToday: now.lines.reduce((sum, line) => sum + line.in, 0),
        outToday: now.lines.reduce((sum, line) => sum + line.out, 0),
        lineCount: now.lines.length,
      };
    })
    .sort((one, other) => one.name.localeCompare(other.name));

const liveOf = (board: CameraBoard, cameraId: string): object | null => {
  const camera = board.camera(cameraId);
  const now = board.now(cameraId);
  if (!camera || !now) return null;
  return { ...now, camera: cameraShape(camera, board), stream: streamOf(now) };
};

/** The newest state after each change, left out when nothing but the clock differs. */
const newest = (
  board: CameraBoard,
  paceMs: number,
  read: () => unknown,
): AsyncGenerator<unknown, void, void> => {
  const abort = new AbortController();
  const generator = (async function* (): AsyncGenerator<unknown, void, void> {
    let last: string | undefined;
    for await (const _ of board.signal.changes(paceMs, abort.signal)) {
      const state = read();
      const text = JSON.stringify(state, (key, value: unknown) => (key === 'atUs' ? undefined : value));
      if (text === last) continue;
      last = text;
      yield state;
    }
  })();
  const giveBack = generator.return.bind(generator);
  generator.return = (value) => {
    abort.abort();
    return giveBack(value);
  };
  return generator;
};

export const subscriptions = {
  cameraList: {
    subscribe: (_: unknown, __: unknown, { board }: GraphContext) =>
      newest(board, listPaceMs, () => listEntries(board)),
    resolve: (state: unknown) => state,
  },
  cameraLive: {
    subscribe: (_: unknown, { cameraId }: { cameraId: string }, { board }: GraphContext) =>
      newest(board, livePaceMs, () => liveOf(board, cameraId)),
    resolve: (state: unknown) => state,
  },
  crossings: {
    subscribe: (_: unknown, { cameraId }: { cameraId: string }, { crossings }: GraphContext) =>
      crossings.subscribe(cameraId),
    resolve: (crossing: unknown) => crossing,
  },
};
