"""Rendered frames in memory, and cheap augmentation of whole batches."""

import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

WIDTH, HEIGHT, PICTURE_HEIGHT, PAD = 384, 224, 216, 114.0
# An object of which less than this is seen is neither learnt nor counted against the detector.
HIDDEN_MAX = 0.75


class Frames:
    """Pictures are decoded when they are first asked for and then kept."""

    def __init__(self, folder, kinds):
        self.folder, self.files, self.labels, self.kept = Path(folder), [], [], {}
        for kind in kinds:
            listing = json.loads((Path(folder) / f"{kind}.json").read_text())
            for frame in listing["frames"]:
                self.files.append(frame["file"])
                rows = [[o["classId"], *(v / 2 for v in o["box"]), o["hidden"]] for o in frame["objects"]]
                self.labels.append(np.array(rows, dtype=np.float32).reshape(-1, 6))

    def __len__(self):
        return len(self.files)

    def picture(self, index):
        if index not in self.kept:
            with Image.open(self.folder / self.files[index]) as image:
                # Halving with a box filter is what the pipeline's bilinear resize does at exactly 2 to 1.
                self.kept[index] = np.asarray(image.convert("RGB").reduce(2))
        return self.kept[index]

    def batch(self, indices):
        images = torch.from_numpy(np.stack([self.picture(i) for i in indices])).permute(0, 3, 1, 2).float()
        return images, [torch.from_numpy(self.labels[i].copy()) for i in indices]


def pad(images):
    return F.pad(images, (0, 0, 0, HEIGHT - PICTURE_HEIGHT), value=PAD)


def normalise(images):
    return (images - 127.5) / 64.0


def augment(images, labels):
    """Mirror, scale and shift, light, colour, blur and noise."""
    count = images.shape[0]
    scale = torch.empty(count).uniform_(0.9, 1.15)
    shift_x, shift_y = torch.empty(count).uniform_(-0.06, 0.06), torch.empty(count).uniform_(-0.05, 0.05)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = mirror / scale, 1 / scale
    theta[:, 0, 2], theta[:, 1, 2] = shift_x, shift_y
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    images = F.grid_sample(images - PAD, grid, align_corners=False, padding_mode="zeros") + PAD
    moved = []
    for index, rows in enumerate(labels):
        rows = rows.clone()
        size = torch.tensor([WIDTH / 2, PICTURE_HEIGHT / 2])
        corners = rows[:, 1:5].reshape(-1, 2, 2) / size - 1
        corners[..., 0] = (corners[..., 0] - shift_x[index]) * scale[index] * mirror[index]
        corners[..., 1] = (corners[..., 1] - shift_y[index]) * scale[index]
        corners = (corners + 1) * size
        low, high = corners.amin(1), corners.amax(1)
        area = (high - low).prod(1)
        low = torch.minimum(low.clamp(min=0), size * 2)
        high = torch.minimum(high.clamp(min=0), size * 2)
        left = (high - low).prod(1) / area.clamp(min=1e-3)
        rows[:, 1:3], rows[:, 3:5] = low, high
        rows[:, 5] = 1 - (1 - rows[:, 5]) * left
        moved.append(rows)
    light = torch.empty(count, 1, 1, 1).uniform_(0.8, 1.2) * torch.empty(count, 3, 1, 1).uniform_(0.94, 1.06)
    images = images * light + torch.empty(count, 1, 1, 1).uniform_(-12, 12)
    if random.random() < 0.3:
        images = images * 0.5 + F.avg_pool2d(images, 3, 1, 1) * 0.5
    images = images + torch.randn_like(images) * random.uniform(0, 5)
    return images.clamp(0, 255), moved


def split(rows):
    """What is to be found, and what is too small or too hidden to judge."""
    wide, high = rows[:, 3] - rows[:, 1], rows[:, 4] - rows[:, 2]
    judged = (rows[:, 5] <= HIDDEN_MAX) & (wide >= 3) & (high >= 3)
    return rows[judged], rows[~judged]
