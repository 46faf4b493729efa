import type { Adapter } from './adapter.ts';
import { cellsOf, shapeText } from './adapter.ts';
import { addCandidate } from './candidates.ts';

/**
 * YOLOX (Ge et al. 2021), the raw export: one output [1, cells, 5 + classes] with the grids of all strides one
 * after the other, each row centre and size still relative to its cell, objectness and class scores after the
 * sigmoid. Score = objectness × best class.
 */
export const yolox: Adapter = {
  preprocessing: {
    colorOrder: 'bgr',
    resize: 'letterbox',
    padValue: 114,
    mean: [0, 0, 0],
    standardDeviation: [1, 1, 1],
    strides: [8, 16, 32],
    nmsIouMax: 0.6,
  },
  classesOf({ outputs }, input, strides) {
    const cells = strides.reduce((sum, stride) => sum + cellsOf(input, stride), 0);
    const expected = `expected one output [1,${cells},5+classes] for an input of ${input.width}x${input.height}`;
    const [batch, rows, columns] = outputs[0]?.shape ?? [];
    if (outputs.length !== 1 || batch !== 1 || rows !== cells || typeof columns !== 'number' || columns < 6)
      return `${expected}, found ${shapeText(outputs)}`;
    return columns - 5;
  },
  read([output], { input, strides, classes }, confidenceMin, into) {
    if (!output) return;
    const columns = 5 + classes.length;
    let row = 0;
    for (const stride of strides) {
      const gridWidth = Math.ceil(input.width / stride);
      const cells = cellsOf(input, stride);
      for (let cell = 0; cell < cells; cell++, row += columns) {
        const objectness = output[row + 4] as number;
        if (objectness < confidenceMin) continue;
        let classId = 0;
        let best = 0;
        for (let index = 0; index < classes.length; index++) {
          const score = output[row + 5 + index] as number;
          if (score > best) {
            best = score;
            classId = index;
          }
        }
        const score = objectness * best;
        if (score < confidenceMin) continue;
        const centerX = ((output[row] as number) + (cell % gridWidth)) * stride;
        const centerY = ((output[row + 1] as number) + Math.floor(cell / gridWidth)) * stride;
        const halfWidth = (Math.exp(output[row + 2] as number) * stride) / 2;
        const halfHeight = (Math.exp(output[row + 3] as number) * stride) / 2;
        addCandidate(
          into,
          centerX - halfWidth,
          centerY - halfHeight,
          centerX + halfWidth,
          centerY + halfHeight,
          score,
          classId,
        );
      }
    }
  },
};
