import { readFile } from 'node:fs/promises';
import { UsageError } from './failure.ts';

/**
 * One row of a MOTChallenge file: `frame,id,left,top,width,height,flag-or-score,class,…`, pixels, frames from 1.
 * Ground truth puts a flag in the seventh column (0: not to be counted), detectors their score.
 */
export interface MotRow {
  readonly frame: number;
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Seventh column; 1 when there is none. */
  readonly weight: number;
  /** Eighth column; -1 when there is none. */
  readonly classId: number;
}

/** Rows of each frame; index 0 is frame 1, frames without rows are empty. */
export type MotFrames = readonly (readonly MotRow[])[];

/** More frames than two days at 25 fps are a typing error, not a recording; each costs memory. */
const framesMax = 5_000_000;

const rowOf = (line: string, where: string): MotRow => {
  const [
    frame = Number.NaN,
    id = Number.NaN,
    x = Number.NaN,
    y = Number.NaN,
    width = Number.NaN,
    height = Number.NaN,
    weight = 1,
    classId = -1,
  ] = line
    .trim()
    .split(/[,;\s]+/)
    .map(Number);
  const isWhole = Number.isInteger(frame) && frame >= 1 && frame <= framesMax;
  const isBox = [id, x, y, width, height, weight].every(Number.isFinite);
  if (isWhole && isBox) return { frame, id: String(id), x, y, width, height, weight, classId };
  throw new UsageError(
    `${where}: not a MOT row: "${line.slice(0, 80)}". Expected frame,id,left,top,width,height,score with frames from 1`,
  );
};

export const parseMot = (text: string, file: string): MotFrames => {
  const frames: MotRow[][] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const row = rowOf(line, `${file}:${index + 1}`);
    while (frames.length < row.frame) frames.push([]);
    frames[row.frame - 1]?.push(row);
  });
  return frames;
};

/** Reads a MOT file. Throws UsageError when it is not there, empty, or not in that format. */
export const readMot = async (file: string): Promise<MotFrames> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT' ? `${file}: no such file` : `${file} cannot be read: ${error.message}`,
    );
  });
  const frames = parseMot(text, file);
  if (frames.length === 0) throw new UsageError(`${file}: the file has no rows`);
  return frames;
};

/** Capture time of a frame (from 0) of a recording that begins at the epoch. */
export const capturedAtUs = (frameIndex: number, fps: number): number => Math.round((frameIndex * 1e6) / fps);

/** Corners in shares of the picture, as exact 32-bit floats like every box in a record. */
export const cornersOf = (
  row: MotRow,
  size: { width: number; height: number },
): { x1: number; y1: number; x2: number; y2: number } => ({
  x1: Math.fround(row.x / size.width),
  y1: Math.fround(row.y / size.height),
  x2: Math.fround((row.x + row.width) / size.width),
  y2: Math.fround((row.y + row.height) / size.height),
});

/** MOT numbers pedestrians 1, and detectors leave the class out; others keep their number. */
export const classNameOf = (row: MotRow): string => (row.classId <= 1 ? 'person' : `class-${row.classId}`);
