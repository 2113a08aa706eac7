"""Two streams: what the body looks like and how it moves, each with a network of its own, fused by their answers.

After Simonyan and Zisserman 2014 (arXiv 1406.2199), on joints and their motion as in 2s-AGCN (Shi et al. 2019, arXiv
1805.07694).
"""

import torch
from torch import Tensor, nn

from training.models.parts import NowAndMean, ResidualBlock, Standardise
from workers.exercise.pose_features import COUNT, FRAME_COUNT

_KERNEL = 3


class Stream(nn.Module):
    """A short temporal convolutional network."""

    def __init__(self, columns: int, classes: int, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Dropout1d(dropout / 2), nn.Conv1d(columns, width, 1), nn.ReLU())
        self.blocks = nn.Sequential(*(ResidualBlock(width, _KERNEL, 2**number, dropout) for number in range(blocks)))
        self.out = NowAndMean(width, classes, dropout)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, columns) to (N, classes)."""
        return self.out(self.blocks(self.enter(windows.transpose(1, 2))))


class TwoStream(nn.Module):
    """The sum of two networks' logits."""

    def __init__(self, classes: int, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.posture = Stream(FRAME_COUNT, classes, width, blocks, dropout)
        self.motion = Stream(COUNT - FRAME_COUNT, classes, width, blocks, dropout)
        # How much each is listened to, learned.
        self.shares = nn.Parameter(torch.ones(2))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        columns = self.standardise(windows)
        posture, motion = self.posture(columns[..., :FRAME_COUNT]), self.motion(columns[..., FRAME_COUNT:])
        return posture * self.shares[0] + motion * self.shares[1]


def build(steps: int, classes: int, *, width: int = 48, blocks: int = 4, dropout: float = 0.2) -> nn.Module:
    """Any number of steps."""
    return TwoStream(classes, width, blocks, dropout)
