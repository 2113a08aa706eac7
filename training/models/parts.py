"""What several networks are made of."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workers.exercise.pose_features import BLOCKS, COUNT

_FARTHEST = 5.0
_LEAST_STD = 0.05


class Standardise(nn.Module):
    """Brings every column to mean 0 and deviation 1 over the training data; does nothing until it has seen some."""

    mean: Tensor
    scale: Tensor

    def __init__(self, without: Iterable[str] = ()) -> None:
        """``without``: blocks of columns that are passed over whatever ``fit`` is told."""
        super().__init__()
        self.without = tuple(without)
        self.register_buffer("mean", torch.zeros(COUNT))
        self.register_buffer("scale", torch.ones(COUNT))

    def fit(self, inputs: NDArray[np.float32], without: Iterable[str] = ()) -> None:
        """Take mean and deviation of windows (N, steps, COUNT); the columns of blocks ``without`` become 0."""
        columns = inputs.reshape(-1, COUNT)
        # A column that hardly moves in training would turn a small change elsewhere into an enormous one.
        deviation = np.maximum(columns.std(axis=0, dtype=np.float64), _LEAST_STD)
        self.mean.copy_(torch.from_numpy(columns.mean(axis=0, dtype=np.float64)))
        self.scale.copy_(torch.from_numpy(1.0 / deviation))
        for block in (*self.without, *without):
            self.scale[BLOCKS[block]] = 0.0

    def forward(self, windows: Tensor) -> Tensor:
        """Windows of the same shape; what is far outside of the training data is limited."""
        return ((windows - self.mean) * self.scale).clamp(-_FARTHEST, _FARTHEST)


class CausalConv(nn.Module):
    """A convolution over time (N, channels, steps) that looks at no later step."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.convolution = nn.Conv1d(inputs, outputs, kernel, dilation=dilation)

    def forward(self, series: Tensor) -> Tensor:
        """As many steps as were given; before the first stands nothing."""
        return self.convolution(nn.functional.pad(series, (self.past, 0)))


class ResidualBlock(nn.Module):
    """Two causal convolutions beside a way around them."""

    def __init__(self, channels: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.way = nn.Sequential(
            CausalConv(channels, channels, kernel, dilation),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Dropout(dropout),
            CausalConv(channels, channels, kernel, dilation),
            nn.BatchNorm1d(channels),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, series: Tensor) -> Tensor:
        """(N, channels, steps) in and out."""
        return self.dropout(torch.relu(series + self.way(series)))


class NowAndMean(nn.Module):
    """Logits from the newest step and the mean over all of a series (N, channels, steps)."""

    def __init__(self, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * channels, classes))

    def forward(self, series: Tensor) -> Tensor:
        """(N, classes)."""
        return self.out(torch.cat([series[:, :, -1], series.mean(dim=2)], dim=1))
