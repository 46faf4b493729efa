"""Average precision at IoU 0.5 (area under the interpolated precision-recall curve), per class."""

import numpy as np
import torch

from losses import pair_iou
from model import boxes_of


def detections_of(rows, cells, least=0.05, overlap=0.6):
    """Class, score and box after greedy suppression per class, as the adapter does it."""
    score, kind = (rows[:, 4:5].sigmoid() * rows[:, 5:].sigmoid()).max(1)
    keep = score >= least
    boxes, score, kind = boxes_of(rows, cells)[keep], score[keep], kind[keep]
    order = score.argsort(descending=True)
    boxes, score, kind = boxes[order], score[order], kind[order]
    iou = pair_iou(boxes, boxes)
    alive = torch.ones(len(boxes), dtype=torch.bool)
    for index in range(len(boxes)):
        if alive[index]:
            rivals = (iou[index] > overlap) & (kind == kind[index])
            rivals[: index + 1] = False
            alive &= ~rivals
    return kind[alive], score[alive], boxes[alive]


class AveragePrecision:
    def __init__(self, classes):
        self.hits = [[] for _ in range(classes)]
        self.wanted = [0] * classes

    def add(self, detections, judged, ignored):
        kinds, scores, boxes = detections
        for kind in range(len(self.hits)):
            truth = judged[judged[:, 0] == kind, 1:5]
            self.wanted[kind] += len(truth)
            mine = kinds == kind
            free = torch.ones(len(truth), dtype=torch.bool)
            iou = pair_iou(boxes[mine], truth) if len(truth) else None
            spared = pair_iou(boxes[mine], ignored[ignored[:, 0] == kind, 1:5])
            for index, score in enumerate(scores[mine].tolist()):
                best = (iou[index] * free).max(0) if iou is not None else None
                if best is not None and best.values >= 0.5:
                    free[best.indices] = False
                    self.hits[kind].append((score, 1))
                elif spared.shape[1] == 0 or spared[index].max() < 0.3:
                    self.hits[kind].append((score, 0))

    def values(self):
        result = []
        for hits, wanted in zip(self.hits, self.wanted):
            if wanted == 0:
                continue
            ordered = np.array([hit for _, hit in sorted(hits, key=lambda item: -item[0])] or [0])
            found = np.cumsum(ordered)
            precision = found / np.arange(1, len(ordered) + 1)
            envelope = np.maximum.accumulate(precision[::-1])[::-1]
            recall = np.concatenate([[0], found / wanted])
            result.append(float(np.sum(np.diff(recall) * envelope)))
        return result
