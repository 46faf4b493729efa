import type { Adapter } from './adapter.ts';
import { cellsOf, shapeText } from './adapter.ts';
import { addCandidate } from './candidates.ts';

/** Bins of a side's distance distribution, from the output's width (four sides). */
const binsOf = (distances: Float32Array, cells: number): number => distances.length / cells / 4;

/** Expected value of a softmax over `bins` logits: the distance to one side, in strides. */
const expectation = (logits: Float32Array, start: number, bins: number): number => {
  let highest = -Infinity;
  for (let bin = 0; bin < bins; bin++) highest = Math.max(highest, logits[start + bin] as number);
  let total = 0;
  let weighted = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp((logits[start + bin] as number) - highest);
    total += weight;
    weighted += weight * bin;
  }
  return weighted / total;
};

/**
 * NanoDet with Generalized Focal Loss heads (Li et al. 2020): for each stride class scores [1, cells, classes]
 * after the sigmoid, all strides first, then for each stride the distances of the four sides from the cell's
 * centre as distributions [1, cells, 4 × bins].
 */
export const nanodet: Adapter = {
  preprocessing: {
    colorOrder: 'bgr',
    resize: 'stretch',
    padValue: 0,
    mean: [103.53, 116.28, 123.675],
    standardDeviation: [57.375, 57.12, 58.395],
    strides: [8, 16, 32],
    nmsIouMax: 0.6,
  },
  classesOf({ outputs }, input, strides) {
    const expected = `expected for each stride of ${strides.join(', ')} scores [1,cells,classes], then distances [1,cells,4*bins]`;
    const misfit = `${expected}, found ${shapeText(outputs)}`;
    const classes = outputs[0]?.shape[2];
    if (outputs.length !== strides.length * 2 || typeof classes !== 'number') return misfit;
    const fits = strides.every((stride, index) => {
      const scores = outputs[index]?.shape ?? [];
      const distances = outputs[index + strides.length]?.shape ?? [];
      const bins = Number(distances[2]) / 4;
      return (
        scores[1] === cellsOf(input, stride) &&
        scores[2] === classes &&
        distances[1] === scores[1] &&
        Number.isInteger(bins) &&
        bins > 1
      );
    });
    return fits ? classes : misfit;
  },
  read(outputs, { input, strides, classes }, confidenceMin, into) {
    strides.forEach((stride, index) => {
      const scores = outputs[index];
      const distances = outputs[index + strides.length];
      if (!scores || !distances) return;
      const gridWidth = Math.ceil(input.width / stride);
      const cells = cellsOf(input, stride);
      const bins = binsOf(distances, cells);
      for (let cell = 0; cell < cells; cell++) {
        let classId = 0;
        let best = 0;
        for (let candidate = 0, at = cell * classes.length; candidate < classes.length; candidate++, at++) {
          if ((scores[at] as number) > best) {
            best = scores[at] as number;
            classId = candidate;
          }
        }
        if (best < confidenceMin) continue;
        const centerX = (cell % gridWidth) * stride + (stride - 1) / 2;
        const centerY = Math.floor(cell / gridWidth) * stride + (stride - 1) / 2;
        const side = (number: number): number =>
          expectation(distances, (cell * 4 + number) * bins, bins) * stride;
        addCandidate(
          into,
          Math.max(0, centerX - side(0)),
          Math.max(0, centerY - side(1)),
          Math.min(input.width, centerX + side(2)),
          Math.min(input.height, centerY + side(3)),
          best,
          classId,
        );
      }
    });
  },
};
