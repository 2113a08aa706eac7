"""Recurrent networks over the steps of a window; which cell they have is the caller's."""

import torch
from torch import Tensor, nn

from training.models.parts import Standardise
from workers.exercise.pose_features import COUNT


class Recurrent(nn.Module):
    """A narrow layer, a recurrent network, and the class from its last and its mean state."""

    def __init__(self, cell: type[nn.Module], classes: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.enter = nn.Sequential(nn.Linear(COUNT, width), nn.ReLU(), nn.Dropout(dropout))
        between = dropout if layers > 1 else 0.0
        self.cells = cell(width, width, num_layers=layers, batch_first=True, dropout=between)
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, classes))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        states, _ = self.cells(self.enter(self.standardise(windows)))
        return self.out(torch.cat([states[:, -1], states.mean(dim=1)], dim=1))
