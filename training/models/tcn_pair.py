"""Two temporal convolutional networks whose answers are averaged: one looks at everything, one at what carries over.

Joints one by one tell more movements apart, but differ between drawn and real people; without them strangers' exercises
are known more surely. The two err at different people, so that their mean errs less than either.
"""

import torch
from torch import Tensor, nn

from training.models import TOO_PERSONAL
from training.models.tcn import Tcn


class TcnPair(nn.Module):
    """In training each example is shown to one of the two alone, so that they do not learn to lean on each other."""

    def __init__(self, classes: int, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.first = Tcn(classes, width, blocks, dropout)
        self.second = Tcn(classes, width, blocks, dropout, without=TOO_PERSONAL)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes): the logarithm of the mean probability."""
        first, second = self.first(windows), self.second(windows)
        if self.training:
            return torch.where(torch.rand(len(windows), 1) < 0.5, first, second)
        return torch.stack([first.log_softmax(1), second.log_softmax(1)]).logsumexp(0)


def build(steps: int, classes: int, *, width: int = 64, blocks: int = 4, dropout: float = 0.2) -> nn.Module:
    """Any number of steps; the sizes are those of each of the two."""
    return TcnPair(classes, width, blocks, dropout)
