"""Convolutions over the skeleton and over time, after ST-GCN (Yan et al. 2018, arXiv 1801.07455), with learned links.

The learned part of the links follows 2s-AGCN (Shi et al. 2019, arXiv 1805.07694).
"""

import numpy as np
import torch
from torch import Tensor, nn

from training.models.parts import Standardise
from workers.exercise.pose_features import BLOCKS, BONES, JOINTS, MIRRORED

_KERNEL = 5
_CHANNELS = 3 + 2 + 1 + 3
"""Of each joint: place in space, place in the picture, visibility, velocity."""


def links() -> Tensor:
    """(3, joints, joints) float32: each joint itself, its bones, its partner on the other side; rows sum to 1."""
    count = len(JOINTS)
    found = np.zeros((3, count, count), np.float32)
    found[0] = np.eye(count)
    for first, second in BONES:
        found[1, first, second] = found[1, second, first] = 1.0
    found[2, np.arange(count), MIRRORED] = 1.0
    return torch.from_numpy(found / found.sum(axis=2, keepdims=True))


class Block(nn.Module):
    """A step along the links, a causal step in time, and a way around both; ``stride`` thins out time."""

    links: Tensor

    def __init__(self, inputs: int, outputs: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.outputs = outputs
        self.register_buffer("links", links())
        self.learned = nn.Parameter(torch.zeros(3, len(JOINTS), len(JOINTS)))
        self.spread = nn.Conv2d(inputs, 3 * outputs, 1)
        self.norm = nn.BatchNorm2d(outputs)
        self.time = nn.Sequential(
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.ZeroPad2d((0, 0, _KERNEL - 1, 0)),
            nn.Conv2d(outputs, outputs, (_KERNEL, 1), stride=(stride, 1)),
            nn.BatchNorm2d(outputs),
        )
        self.around = nn.Conv2d(inputs, outputs, 1, stride=(stride, 1))

    def forward(self, series: Tensor) -> Tensor:
        """(N, inputs, steps, joints) to (N, outputs, steps / stride, joints)."""
        steps, joints = series.shape[2], series.shape[3]
        spread = self.spread(series).reshape(-1, 3, self.outputs * steps, joints)
        gathered = (spread @ (self.links + self.learned).transpose(1, 2)).sum(dim=1)
        moved = self.time(self.norm(gathered.reshape(-1, self.outputs, steps, joints)))
        return torch.relu(moved + self.around(series))


class Graph(nn.Module):
    """Blocks over the skeleton, then the class from the mean over joints, at the newest step and over all."""

    def __init__(self, classes: int, width: int, dropout: float) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.blocks = nn.Sequential(
            Block(_CHANNELS, width, 1, dropout),
            Block(width, 2 * width, 2, dropout),
            Block(2 * width, 2 * width, 2, dropout),
        )
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, classes))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        columns, steps = self.standardise(windows), windows.shape[1]

        def by_joint(block: str, channels: int) -> Tensor:
            return columns[..., BLOCKS[block]].reshape(-1, steps, len(JOINTS), channels)

        parts = [by_joint("joints", 3), by_joint("image", 2), by_joint("visibility", 1), by_joint("joint_velocity", 3)]
        series = self.blocks(torch.cat(parts, dim=3).permute(0, 3, 1, 2)).mean(dim=3)
        return self.out(torch.cat([series[:, :, -1], series.mean(dim=2)], dim=1))


def build(steps: int, classes: int, *, width: int = 32, dropout: float = 0.2) -> nn.Module:
    """Any number of steps."""
    return Graph(classes, width, dropout)
