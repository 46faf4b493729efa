"""Which cell answers for which object (after SimOTA, Ge et al. 2021), and what a wrong answer costs."""

import torch
from torch.nn import functional as F

from model import boxes_of


def pair_iou(a, b):
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1)
    return inter / (area(a)[:, None] + area(b)[None] - inter + 1e-6)


@torch.no_grad()
def assign(rows, boxes, objects, cells):
    """Cell indices and, for each, the object it answers for."""
    middle = (cells[:, :2] + 0.5) * cells[:, 2:]
    truth = objects[:, 1:5]
    centre = (truth[:, :2] + truth[:, 2:]) / 2
    away = (middle[None] - centre[:, None]).abs().amax(-1)
    near = away < 1.5 * cells[None, :, 2]
    # Small things may have no cell that near; then the nearest of the fine grid is a candidate all the same.
    near[torch.arange(len(truth)), away.argmin(1)] = True
    candidates = near.any(0).nonzero().squeeze(1)
    iou = pair_iou(truth, boxes[candidates])
    score = rows[candidates, 5:].sigmoid() * rows[candidates, 4:5].sigmoid()
    wanted = score[:, objects[:, 0].long()].T.clamp(1e-6)
    cost = -wanted.sqrt().log() - 3 * (iou + 1e-6).log() + 1e5 * ~near[:, candidates]
    matching = torch.zeros_like(cost, dtype=torch.bool)
    wants = iou.topk(min(10, iou.shape[1]), 1).values.sum(1).int().clamp(1, 8)
    for index in range(len(truth)):
        best = cost[index].topk(min(int(wants[index]), cost.shape[1]), largest=False)
        matching[index, best.indices[best.values < 1e4]] = True
    shared = matching.sum(0) > 1
    if shared.any():
        winner = cost[:, shared].argmin(0)
        matching[:, shared] = False
        matching[winner, shared.nonzero().squeeze(1)] = True
    taken = matching.any(0)
    return candidates[taken], matching[:, taken].float().argmax(0)


def giou(a, b):
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1)
    union = area(a) + area(b) - inter + 1e-6
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1) + 1e-6
    return inter / union, inter / union - (hull - union) / hull


def loss_of(rows, labels, ignored, cells):
    """Summed over a batch, per answering cell."""
    boxes = boxes_of(rows, cells)
    middle = (cells[:, :2] + 0.5) * cells[:, 2:]
    total = rows.new_zeros(3)
    positives = 0
    for index, objects in enumerate(labels):
        target = torch.zeros(len(cells))
        weight = torch.ones(len(cells))
        for box in ignored[index][:, 1:5]:
            inside = ((middle >= box[:2]) & (middle <= box[2:])).all(1)
            weight[inside] = 0
        if len(objects) > 0:
            chosen, owner = assign(rows[index].detach(), boxes[index].detach(), objects, cells)
            iou, generous = giou(boxes[index, chosen], objects[owner, 1:5])
            target[chosen], weight[chosen] = 1.0, 1.0
            wanted = F.one_hot(objects[owner, 0].long(), rows.shape[-1] - 5).float()
            wanted = wanted * (0.4 + 0.6 * iou.detach().clamp(0, 1))[:, None]
            total[0] = total[0] + 5 * (1 - generous).sum()
            total[2] = total[2] + F.binary_cross_entropy_with_logits(
                rows[index, chosen, 5:], wanted, reduction="sum"
            )
            positives += len(chosen)
        total[1] = total[1] + F.binary_cross_entropy_with_logits(
            rows[index, :, 4], target, weight, reduction="sum"
        )
    return total.sum() / max(1, positives)
