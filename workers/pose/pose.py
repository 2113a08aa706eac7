"""What a pose estimate is, and the small interface that every pose backend offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

LANDMARKS = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""The 33 BlazePose landmarks in model order; left and right are the person's own."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rotated square of the frame that should hold one person."""

    x: float
    """Centre, frame pixels."""
    y: float
    size: float
    """Side, frame pixels."""
    rotation: float
    """Radians; 0 for a person whose head points up in the frame, positive clockwise as seen on the screen."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One person's landmarks in one frame, unsmoothed."""

    landmarks: NDArray[np.float32]
    """(33, 4) float32: x, y in frame pixels, z in the same scale (negative towards the camera), visibility 0-1."""
    world: NDArray[np.float32]
    """(33, 3) float32: x, y, z in metres, origin between the hips, y down."""
    presence: float
    """0-1: how sure the model is that the region holds a person."""
    region: Region
    """Where the landmarks were looked for."""
    next_region: Region
    """Where to look in the next frame, from the auxiliary landmarks."""


class PoseBackend(Protocol):
    """Turns regions of a frame into poses."""

    def poses(self, pixels: NDArray[np.uint8], captured_ns: int, regions: Sequence[Region]) -> list[Pose]:
        """Estimate the poses in one frame, (height, width, 3) uint8 BGR.

        A backend that estimates by region returns one pose per region, in order, whatever its presence. A backend
        that searches the frame by itself (``finds_people``) ignores the regions and returns the poses it found.
        """
        ...

    @property
    def finds_people(self) -> bool:
        """Whether the backend searches for people itself, so that no person detector is needed."""
        ...

    def close(self) -> None:
        """Release the models; the backend is not used afterwards."""
        ...
