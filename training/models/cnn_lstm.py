"""Convolutions for what is short, a long short-term memory for what is long.

After Ordonez and Roggen 2016, Sensors 16(1), 115.
"""

import torch
from torch import Tensor, nn

from training.models.parts import CausalConv, Standardise
from workers.exercise.pose_features import COUNT

_KERNEL = 5


class CnnLstm(nn.Module):
    """Two causal convolutions that halve the steps, then a recurrent layer over the quarter that is left."""

    def __init__(self, classes: int, width: int, dropout: float) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.first = nn.Sequential(CausalConv(COUNT, width, _KERNEL), nn.BatchNorm1d(width), nn.ReLU())
        self.second = nn.Sequential(CausalConv(width, width, _KERNEL), nn.BatchNorm1d(width), nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.cells = nn.LSTM(width, width, batch_first=True)
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, classes))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        series = _halved(self.first(self.standardise(windows).transpose(1, 2)))
        series = _halved(self.second(self.dropout(series)))
        states, _ = self.cells(self.dropout(series).transpose(1, 2))
        return self.out(torch.cat([states[:, -1], states.mean(dim=1)], dim=1))


def _halved(series: Tensor) -> Tensor:
    """The larger of each two steps (N, channels, steps), counted from the newest."""
    return nn.functional.max_pool1d(series[:, :, series.shape[2] % 2 :], 2)


def build(steps: int, classes: int, *, width: int = 80, dropout: float = 0.25) -> nn.Module:
    """At least four steps."""
    return CnnLstm(classes, width, dropout)
