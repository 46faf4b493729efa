"""A small anchor-free detector of our own: plain 3x3 convolutions, two output grids (strides 8 and 16).

Output layout is that of a raw YOLOX export (Ge et al. 2021), which the `yolox` adapter reads:
[1, cells, 5 + classes], centre and size relative to the cell, objectness and classes after the sigmoid.
"""

import torch
from torch import nn
from torch.nn import functional as F

STRIDES = (8, 16)


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, kernel=3, stride=1, dilation=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03, eps=1e-3),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    def __init__(self, channels, dilation=1):
        super().__init__()
        self.conv = Conv(channels, channels, dilation=dilation)

    def forward(self, x):
        return x + self.conv(x)


class Head(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = Conv(inputs, inputs)
        self.out = nn.Conv2d(inputs, 5 + classes, 1)
        # Most cells are empty: begin with a low objectness, so that the first steps are not spent on that.
        nn.init.constant_(self.out.bias[4:5], -4.0)

    def forward(self, x):
        return self.out(self.conv(x))


class Detector(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes
        self.stem = nn.Sequential(Conv(3, 16, stride=2), Conv(16, 24, stride=2), Residual(24))
        self.eighth = nn.Sequential(Conv(24, 48, stride=2), Residual(48))
        self.sixteenth = nn.Sequential(Conv(48, 72, stride=2), Residual(72))
        self.thirtysecond = nn.Sequential(Conv(72, 80, stride=2), Residual(80, dilation=2))
        self.squeeze_low = Conv(80, 40, kernel=1)
        self.merge_middle = Conv(72 + 40, 56)
        self.squeeze_middle = Conv(56, 32, kernel=1)
        self.merge_high = Conv(48 + 32, 40)
        self.heads = nn.ModuleList([Head(40, classes), Head(56, classes)])

    def grids(self, x):
        high = self.eighth(self.stem(x))
        middle = self.sixteenth(high)
        low = F.interpolate(self.squeeze_low(self.thirtysecond(middle)), scale_factor=2.0, mode="nearest")
        middle = self.merge_middle(torch.cat([middle, low], 1))
        up = F.interpolate(self.squeeze_middle(middle), scale_factor=2.0, mode="nearest")
        high = self.merge_high(torch.cat([high, up], 1))
        return [head(grid) for head, grid in zip(self.heads, (high, middle))]

    def forward(self, x):
        """Raw rows [batch, cells, 5 + classes], logits for objectness and classes."""
        return torch.cat([grid.flatten(2).transpose(1, 2) for grid in self.grids(x)], 1)


class Export(nn.Module):
    """What goes into the ONNX file: the same rows, objectness and classes after the sigmoid."""

    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, images):
        rows = self.detector(images)
        return torch.cat([rows[..., :4], rows[..., 4:].sigmoid()], -1)


def cells_of(width, height):
    """Column, row and stride of every output row."""
    parts = []
    for stride in STRIDES:
        rows, columns = torch.meshgrid(
            torch.arange(height // stride), torch.arange(width // stride), indexing="ij"
        )
        flat = torch.stack([columns.flatten(), rows.flatten(), torch.full_like(rows.flatten(), stride)], 1)
        parts.append(flat.float())
    return torch.cat(parts, 0)


def boxes_of(rows, cells):
    """Boxes x1 y1 x2 y2 in input pixels from raw rows."""
    centre = (rows[..., :2] + cells[:, :2]) * cells[:, 2:]
    half = rows[..., 2:4].clamp(max=6.0).exp() * cells[:, 2:] / 2
    return torch.cat([centre - half, centre + half], -1)
