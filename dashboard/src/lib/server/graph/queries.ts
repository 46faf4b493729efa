import { nowUs } from '#runtime';
import { localDay } from '../live/local-day.ts';
import { listModels } from '../models.ts';
import type { GraphContext } from './context.ts';
import { refusal } from './errors.ts';
import { cameraShape } from './shapes.ts';

const hoursToday = async (cameraId: string, { board, history, log }: GraphContext): Promise<object> => {
  const camera = board.camera(cameraId);
  if (!camera) throw refusal('DOCUMENT_UNKNOWN', `there is no camera ${cameraId}`);
  const timeZone = cameraShape(camera, board).site?.timeZone ?? 'UTC';
  const day = localDay(timeZone, nowUs());
  try {
    const hours = await history.hours(cameraId, day.fromUs, day.toUs);
    return { dayFromUs: day.fromUs, dayToUs: day.toUs, timeZone, hours };
  } catch (error) {
    log.warn({ error }, 'ClickHouse does not answer');
    throw refusal('CLICKHOUSE_UNAVAILABLE', 'The store of past counts (ClickHouse) does not answer.');
  }
};

export const queries = {
  viewer: (_: unknown, __: unknown, { person }: GraphContext) => person,
  sites: (_: unknown, __: unknown, { board }: GraphContext) => board.sites().map(({ document }) => document),
  cameras: (_: unknown, __: unknown, { board }: GraphContext) =>
    board
      .cameras()
      .map((camera) => cameraShape(camera, board))
      .sort((one, other) => one.name.localeCompare(other.name)),
  camera: (_: unknown, { cameraId }: { cameraId: string }, { board }: GraphContext) => {
    const camera = board.camera(cameraId);
    return camera ? cameraShape(camera, board) : null;
  },
  models: (_: unknown, __: unknown, { modelsDir }: GraphContext) => listModels(modelsDir),
  hoursToday: (_: unknown, { cameraId }: { cameraId: string }, context: GraphContext) =>
    hoursToday(cameraId, context),
};
