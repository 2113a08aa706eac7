"""Three convolutional layers on the crop of a person in one frame: the small end of the zoo."""

from itertools import pairwise

from torch import Tensor, nn

from training.models.pixel_network import PixelNetwork

SIDE_PX = 96
_GRID = 3
"""Cells a side of the map that the classes are told from: one cell forgets where things are, more learn by heart."""


class FrameCnn(PixelNetwork):
    """Convolution, normalisation and pooling three times, then a layer over a coarse map."""

    def __init__(self, classes: int, width: int, dropout: float) -> None:
        super().__init__(SIDE_PX)
        channels = (3, width, 2 * width, 4 * width)
        layers: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(pairwise(channels)):
            # The first one steps over every other pixel: most of the time would go into the largest picture.
            kernel, stride = (5, 2) if number == 0 else (3, 1)
            convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
        head = [nn.AvgPool2d(SIDE_PX // 16 // _GRID), nn.Flatten(), nn.Dropout(dropout)]
        self.tuned = nn.Sequential(*layers, *head, nn.Linear(channels[-1] * _GRID**2, classes))

    def forward(self, crops: Tensor) -> Tensor:
        """(N, 3, side, side) 0-1 RGB to (N, classes)."""
        return self.tuned(crops * 2 - 1)


def build(classes: int, *, width: int = 32, dropout: float = 0.4) -> PixelNetwork:
    """A new network; about a hundred thousand weights by default."""
    return FrameCnn(classes, width, dropout)
