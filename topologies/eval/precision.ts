import type { Box } from './boxes.ts';
import { overlapOf } from './boxes.ts';
import type { TrueFrame } from './truth.ts';

export interface FoundBox {
  readonly className: string;
  readonly confidence: number;
  readonly box: Box;
}

/** An object of which less than a quarter is seen, or that is smaller than this, is neither asked for nor an error. */
const hiddenShareMax = 0.75;
const sideMin = 0.008;
const overlapMin = 0.5;

interface Hit {
  readonly confidence: number;
  readonly isTrue: boolean;
}

/** Average precision at IoU 0.5 per class: the area under the interpolated precision–recall curve (VOC 2010). */
export const createPrecision = () => {
  const hits = new Map<string, Hit[]>();
  const wanted = new Map<string, number>();

  const addClass = (className: string, frame: TrueFrame, found: readonly FoundBox[]): void => {
    const objects = frame.objects.filter((object) => object.className === className);
    const judged = objects.filter(
      ({ box, hiddenShare }) =>
        hiddenShare <= hiddenShareMax && box[2] - box[0] >= sideMin && box[3] - box[1] >= sideMin,
    );
    const spared = objects.filter((object) => !judged.includes(object));
    wanted.set(className, (wanted.get(className) ?? 0) + judged.length);
    const free = new Set(judged);
    const list = hits.get(className) ?? [];
    hits.set(className, list);
    for (const { box, confidence } of found.toSorted((p, q) => q.confidence - p.confidence)) {
      const best = [...free]
        .map((object) => ({ object, overlap: overlapOf(box, object.box) }))
        .sort((p, q) => q.overlap - p.overlap)[0];
      if (best && best.overlap >= overlapMin) {
        free.delete(best.object);
        list.push({ confidence, isTrue: true });
      } else if (!spared.some((object) => overlapOf(box, object.box) >= 0.3)) {
        list.push({ confidence, isTrue: false });
      }
    }
  };

  return {
    add(frame: TrueFrame, found: readonly FoundBox[], classes: readonly string[]): void {
      for (const className of classes)
        addClass(
          className,
          frame,
          found.filter((box) => box.className === className),
        );
    },
    /** By class; a class that never was to be seen is left out. */
    finish(): Record<string, number> {
      const result: Record<string, number> = {};
      for (const [className, count] of wanted)
        if (count > 0) result[className] = areaOf(hits.get(className) ?? [], count);
      return result;
    },
  };
};

const areaOf = (hits: readonly Hit[], wanted: number): number => {
  const ordered = hits.toSorted((p, q) => q.confidence - p.confidence);
  const curve: { recall: number; precision: number }[] = [];
  let found = 0;
  ordered.forEach(({ isTrue }, index) => {
    if (isTrue) found++;
    curve.push({ recall: found / wanted, precision: found / (index + 1) });
  });
  let area = 0;
  let best = 0;
  for (let index = curve.length - 1; index >= 0; index--) {
    const { recall, precision } = curve[index] as (typeof curve)[number];
    best = Math.max(best, precision);
    area += best * (recall - (curve[index - 1]?.recall ?? 0));
  }
  return area;
};
