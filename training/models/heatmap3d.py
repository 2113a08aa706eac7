"""Convolutions over a volume of key-point heat maps, after PoseC3D (Duan et al. 2022, arXiv 2104.13586).

The maps are drawn inside the network from where the joints are in the picture and how well they are seen, so that it
takes the same windows as every other model. World landmarks are not looked at.
"""

import torch
from torch import Tensor, nn

from workers.exercise.pose_features import BLOCKS, JOINTS

_GROUPS = ((0, 1, 2), (3, 5), (4, 6), (7, 8), (9, 11, 13), (10, 12, 14))
"""Positions in ``JOINTS`` that share a map: head and shoulders, left arm, right arm, hips, left leg, right leg."""
_STEPS = 16
_REACH = 3.0
"""How far the map goes from the middle of the hips at the window's end, in torso lengths: arms overhead stay inside."""


class HeatMaps(nn.Module):
    """Draws windows as volumes (N, groups, steps, side, side)."""

    cells: Tensor

    def __init__(self, steps: int, side: int) -> None:
        super().__init__()
        self.every = -(-steps // _STEPS)
        self.first = (steps - 1) % self.every
        self.register_buffer("cells", torch.linspace(-_REACH, _REACH, side))
        # A joint covers a cell and a half: a sharper one falls between cells, a wider one melts into the trunk.
        self.sharpness = 0.5 / (1.5 * 2 * _REACH / side) ** 2

    def forward(self, windows: Tensor) -> Tensor:
        """Of windows (N, steps, COUNT) every n-th step, the newest among them."""
        steps = windows[:, self.first :: self.every]
        count = steps.shape[1]
        # Where the hips were before the end of the window is part of the movement: a jump, a walk.
        points = steps[..., BLOCKS["image"]].reshape(-1, count, len(JOINTS), 2)
        points = points + steps[..., BLOCKS["place"]].reshape(-1, count, 1, 2)
        across = self._bumps(points[..., 0])
        down = self._bumps(points[..., 1]) * steps[..., BLOCKS["visibility"]].unsqueeze(-1)
        maps = [down[:, :, group, :].transpose(-2, -1) @ across[:, :, group, :] for group in _GROUPS]
        return torch.stack(maps, dim=1)

    def _bumps(self, places: Tensor) -> Tensor:
        return torch.exp(-((places.unsqueeze(-1) - self.cells) ** 2) * self.sharpness)


class HeatMap3d(nn.Module):
    """Three convolutions in x, y and time that halve the volume, and the mean of what is left."""

    def __init__(self, steps: int, classes: int, width: int, side: int, dropout: float) -> None:
        super().__init__()
        self.maps = HeatMaps(steps, side)
        self.layers = nn.Sequential(
            _layer(len(_GROUPS), width, (1, 2, 2)),
            _layer(width, 2 * width, (2, 2, 2)),
            _layer(2 * width, 4 * width, (2, 2, 2)),
        )
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, classes))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        return self.out(self.layers(self.maps(windows)).mean(dim=(2, 3, 4)))


def _layer(inputs: int, outputs: int, stride: tuple[int, int, int]) -> nn.Module:
    convolution = nn.Conv3d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm3d(outputs), nn.ReLU())


def build(steps: int, classes: int, *, width: int = 20, side: int = 24, dropout: float = 0.3) -> nn.Module:
    """Of exactly this number of steps, of which at most sixteen are drawn, ``side`` by ``side`` cells."""
    return HeatMap3d(steps, classes, width, side, dropout)
