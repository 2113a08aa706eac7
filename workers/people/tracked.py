"""A person as the rest of the system sees one: a number and landmarks for one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TrackedPerson:
    """One person in one frame."""

    track: int
    """Number of the track, counted from 1 by the instance that owns it; never used twice by that instance."""
    landmarks: NDArray[np.float32]
    """(33, 4) float32, smoothed: x, y in frame pixels, z in the same scale, visibility 0-1."""
    world: NDArray[np.float32]
    """(33, 3) float32, smoothed: metres, origin between the hips, y down."""
    presence: float
    """0-1: how sure the pose model is that this is a person."""
    box_px: tuple[float, float, float, float]
    """x0, y0, x1, y1 around the visible landmarks, frame pixels, clipped to the frame."""
