"""Temporal convolutional network: causal, dilated, residual (Bai, Kolter and Koltun 2018, arXiv 1803.01271)."""

from collections.abc import Iterable

from torch import Tensor, nn

from training.models.parts import NowAndMean, ResidualBlock, Standardise
from workers.exercise.pose_features import COUNT

_KERNEL = 3


class Tcn(nn.Module):
    """Residual blocks whose reach into the past doubles from one to the next."""

    def __init__(self, classes: int, width: int, blocks: int, dropout: float, *, without: Iterable[str] = ()) -> None:
        """``without``: blocks of columns that it never looks at."""
        super().__init__()
        self.standardise = Standardise(without)
        # Whole columns are dropped too: landmarks of one limb are the first thing to be wrong on a stranger.
        self.enter = nn.Sequential(nn.Dropout1d(dropout / 2), nn.Conv1d(COUNT, width, 1), nn.ReLU())
        self.blocks = nn.Sequential(*(ResidualBlock(width, _KERNEL, 2**number, dropout) for number in range(blocks)))
        self.out = NowAndMean(width, classes, dropout)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        return self.out(self.blocks(self.enter(self.standardise(windows).transpose(1, 2))))


def build(steps: int, classes: int, *, width: int = 64, blocks: int = 4, dropout: float = 0.2) -> nn.Module:
    """Any number of steps; four blocks look at 61 of them."""
    return Tcn(classes, width, blocks, dropout)
