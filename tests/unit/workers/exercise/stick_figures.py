"""Skeletons put together by hand, so that every angle is known without measuring it."""

import numpy as np

PX_PER_M = 200.0


def standing() -> np.ndarray:
    """Upright, arms hanging, legs straight: (33, 3) metres in the person's own frame: left, up, forward."""
    points = np.zeros((33, 3))
    points[0:11] = (0.0, 0.70, 0.10)
    for side, left in ((0, 1.0), (1, -1.0)):
        points[11 + side] = (0.20 * left, 0.50, 0.0)
        points[13 + side] = (0.20 * left, 0.20, 0.0)
        points[15 + side] = (0.20 * left, -0.05, 0.0)
        points[[17 + side, 19 + side, 21 + side]] = (0.20 * left, -0.12, 0.0)
        points[23 + side] = (0.10 * left, 0.0, 0.0)
        points[25 + side] = (0.10 * left, -0.42, 0.0)
        points[27 + side] = (0.10 * left, -0.84, 0.0)
        points[29 + side] = (0.10 * left, -0.90, -0.05)
        points[31 + side] = (0.10 * left, -0.90, 0.15)
    return points


def mirrored(points: np.ndarray) -> np.ndarray:
    """The mirror image of a skeleton: left and right landmarks change places."""
    swapped = points * (-1.0, 1.0, 1.0)
    order = np.arange(33)
    order[1:7] = (4, 5, 6, 1, 2, 3)
    for first in (7, 9, *range(11, 33, 2)):
        order[[first, first + 1]] = first + 1, first
    return np.asarray(swapped[order])


def pitched(points: np.ndarray, degrees: float) -> np.ndarray:
    """The whole body tipped forward about the hips: 90 lies face down, -90 lies on the back."""
    angle = np.radians(degrees)
    up, forward = points[:, 1], points[:, 2]
    return np.stack(
        [
            points[:, 0],
            up * np.cos(angle) - forward * np.sin(angle),
            up * np.sin(angle) + forward * np.cos(angle),
        ],
        axis=1,
    )


def seen(points: np.ndarray, yaw: float = 0.0) -> np.ndarray:
    """What a camera sees: (33, 3) float32 metres, x right, y down, z away; at yaw 0 the person faces it."""
    angle = np.radians(yaw)
    left, up, forward = points.T
    x = left * np.cos(angle) - forward * np.sin(angle)
    z = -(forward * np.cos(angle) + left * np.sin(angle))
    return np.stack([x, -up, z], axis=1).astype(np.float32)


def pictured(world: np.ndarray, visibility: float = 1.0, px_per_m: float = PX_PER_M) -> np.ndarray:
    """Landmarks (33, 4) float32 in a picture of a person at (320, 240), for a camera far away."""
    landmarks = np.empty((33, 4), np.float32)
    landmarks[:, 0] = 320 + world[:, 0] * px_per_m
    landmarks[:, 1] = 240 + world[:, 1] * px_per_m
    landmarks[:, 2] = world[:, 2] * px_per_m
    landmarks[:, 3] = visibility
    return landmarks
