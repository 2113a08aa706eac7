"""What networks on crops of people have in common: the side of their pictures, and a part that never learns."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class PixelNetwork(nn.Module):
    """Crops (N, 3, side_px, side_px) float32, 0-1 RGB, to logits (N, classes).

    Where there is a ``frozen`` part, ``tuned`` turns its features into logits, and training may compute the features
    of every crop once. Where there is none, ``tuned`` and ``forward`` see the pictures themselves.
    """

    frozen: nn.Module | None
    tuned: nn.Module

    def __init__(self, side_px: int) -> None:
        super().__init__()
        self.side_px = side_px
        self.frozen = None

    def forward(self, crops: Tensor) -> Tensor:
        """(N, classes)."""
        return self.tuned(crops if self.frozen is None else self.frozen(crops))

    def features(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the frozen part makes of crops; the crops themselves where nothing is frozen."""
        if self.frozen is None:
            return crops
        faster = getattr(self.frozen, "numbers", None)
        if faster is not None:
            return np.asarray(faster(crops), np.float32)
        self.frozen.eval()
        with torch.inference_mode():
            found: NDArray[np.float32] = self.frozen(torch.from_numpy(crops)).numpy()
        return found
