/** Numbers of one box in a detector's answer: x1, y1, x2, y2, confidence, class index. */
export const boxNumbers = 6;
