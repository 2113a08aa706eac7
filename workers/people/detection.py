"""The slot for a person detector: what it is asked and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workers.pose.pose import Region


@dataclass(frozen=True, slots=True)
class Window:
    """An axis-aligned rectangle of the frame to search, frame pixels; x1 and y1 are exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Detection:
    """A person found by a detector."""

    region: Region
    """The square to estimate landmarks in."""
    score: float
    """0-1."""


class PersonDetector(Protocol):
    """Finds people in parts of a frame."""

    def detect(self, pixels: NDArray[np.uint8], windows: Sequence[Window]) -> list[Detection]:
        """Search the windows of one frame, (height, width, 3) uint8 BGR; duplicates are already suppressed."""
        ...

    def close(self) -> None:
        """Release the model; the detector is not used afterwards."""
        ...
