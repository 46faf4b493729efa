/** Boxes a model proposes, in model pixels, before suppression: parallel typed arrays, reused frame by frame. */
export interface Candidates {
  count: number;
  /** x1, y1, x2, y2 for each. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classIds: Int32Array;
}

/** Beyond this many candidates a frame is not looked at further; grids of 640 pixels have 8,400 cells. */
export const candidatesMax = 16_384;

export const createCandidates = (): Candidates => ({
  count: 0,
  boxes: new Float32Array(candidatesMax * 4),
  scores: new Float32Array(candidatesMax),
  classIds: new Int32Array(candidatesMax),
});

export const addCandidate = (
  candidates: Candidates,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  score: number,
  classId: number,
): void => {
  const index = candidates.count;
  if (index >= candidatesMax) return;
  candidates.boxes[index * 4] = x1;
  candidates.boxes[index * 4 + 1] = y1;
  candidates.boxes[index * 4 + 2] = x2;
  candidates.boxes[index * 4 + 3] = y2;
  candidates.scores[index] = score;
  candidates.classIds[index] = classId;
  candidates.count = index + 1;
};
