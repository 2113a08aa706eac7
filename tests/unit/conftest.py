"""What the tests of poses and of people share: the real networks, and people drawn in a room."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.script import Performer, Rest
from workers.models.store import PoseModelPaths, pose_models


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn frame."""

    pixels: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    """(people, 33, 2): where the landmarks are."""


@pytest.fixture(scope="session")
def blazepose_paths() -> PoseModelPaths:
    return pose_models("full")


@pytest.fixture(scope="session")
def two_people() -> Drawn:
    """640x480: one at the left, one at the right, 110 px from the middle, about 240 px tall."""
    camera = Camera(position_m=(0.0, -4.0, 1.4))
    people = tuple(Performer((x, 0.0), 180.0, (Rest(1.0),)) for x in (-0.8, 0.8))
    frame, truth = next(draw_clip(Scene(people, camera, duration_s=0.1)))
    return Drawn(frame.pixels, truth.landmarks)
