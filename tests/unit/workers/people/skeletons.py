"""Skeletons of upright people for the tests of tracking: no model, exact places."""

import math

import numpy as np

from workers.pose.pose import Pose, Region

# Metres from the middle of the hips: x to the person's left (right in the picture for one who faces it), y down.
BODY_M = np.array(
    [
        (0.0, -0.75), (0.03, -0.78), (0.04, -0.78), (0.05, -0.78), (-0.03, -0.78), (-0.04, -0.78), (-0.05, -0.78),
        (0.08, -0.76), (-0.08, -0.76), (0.03, -0.71), (-0.03, -0.71), (0.19, -0.52), (-0.19, -0.52), (0.25, -0.25),
        (-0.25, -0.25), (0.27, 0.0), (-0.27, 0.0), (0.28, 0.06), (-0.28, 0.06), (0.27, 0.08), (-0.27, 0.08),
        (0.25, 0.05), (-0.25, 0.05), (0.11, 0.0), (-0.11, 0.0), (0.13, 0.42), (-0.13, 0.42), (0.14, 0.83),
        (-0.14, 0.83), (0.14, 0.88), (-0.14, 0.88), (0.18, 0.9), (-0.18, 0.9),
    ]
)  # fmt: skip
REGION_M = 2.3


def person(
    x: float = 320.0,
    y: float = 240.0,
    *,
    px_per_m: float = 100.0,
    turned: float = 0.0,
    presence: float = 1.0,
    visibility: float = 0.95,
) -> Pose:
    """A standing adult whose hips are at x, y; ``turned`` clockwise in the picture, radians."""
    cos, sin = math.cos(turned), math.sin(turned)
    landmarks = np.zeros((33, 4), np.float32)
    landmarks[:, :2] = BODY_M @ np.array([[cos, sin], [-sin, cos]]) * px_per_m + (x, y)
    landmarks[:, 3] = visibility
    world = np.zeros((33, 3), np.float32)
    world[:, :2] = BODY_M
    region = Region(x, y, REGION_M * px_per_m, turned)
    return Pose(landmarks, world, presence, region, region)


def dress(pixels: np.ndarray, pose: Pose, colour: tuple[int, int, int], noise: int = 12) -> None:
    """Paint a person's trunk and legs into a picture, as cloth: one colour with a grain."""
    x0, y0 = pose.landmarks[[11, 12, 23, 24, 27, 28], :2].min(axis=0).astype(int)
    x1, y1 = pose.landmarks[[11, 12, 23, 24, 27, 28], :2].max(axis=0).astype(int)
    part = pixels[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    grain = np.random.default_rng(0).integers(-noise, noise + 1, (*part.shape[:2], 1))
    part[:] = np.clip(np.array(colour) + grain, 0, 255)
