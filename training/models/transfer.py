"""A new last layer on a network that was trained for something else, and on request more of its last layers."""

from torch import nn

from training.models.backbones import DEFAULT, open_backbone
from training.models.pixel_network import PixelNetwork

_LEAST_VARIANCE = 0.1
"""A feature that hardly varies in training must not be blown up where it does: BlazePose's go from 0 to 6."""


class Transfer(PixelNetwork):
    """Frozen layers, last layers that are trained on, and a head."""

    def __init__(self, classes: int, backbone: str, unfreeze: int, width: int, dropout: float) -> None:
        opened = open_backbone(backbone, unfreeze)
        super().__init__(opened.side_px)
        self.frozen = opened.frozen
        self.licence = opened.licence
        head = nn.Sequential(
            nn.BatchNorm1d(opened.features, eps=_LEAST_VARIANCE),
            nn.Dropout(dropout),
            nn.Linear(opened.features, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, classes),
        )
        self.tuned = nn.Sequential(opened.trained, head)


def build(
    classes: int, *, backbone: str = DEFAULT, unfreeze: int = 0, width: int = 128, dropout: float = 0.3
) -> PixelNetwork:
    """A new network; ``unfreeze``: how many of the backbone's last layers are trained on.

    BlazePose is cut between whole blocks, so that a few more convolutions than asked for may learn.
    """
    return Transfer(classes, backbone, unfreeze, width, dropout)
