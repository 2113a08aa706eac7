"""A drawn camera's calibration: its matrices in OpenCV's conventions, and points of the floor in its picture."""

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.scene import Floor
from ingest.rehearsal.truth import FloorPoint

Array = NDArray[np.float64]
_MARGIN = 0.04
"""Points nearer to the edge of the picture than this share of its width are not offered: nobody clicks there."""
_FARTHEST_M = 14.0
_MOST_POINTS = 12


def camera_matrix(camera: Camera) -> Array:
    """(3, 3) intrinsics, pixels."""
    focal = camera.focal_px
    return np.array([[focal, 0, (camera.width - 1) / 2], [0, focal, (camera.height - 1) / 2], [0, 0, 1.0]])


def extrinsics(camera: Camera) -> tuple[Array, Array]:
    """Rotation, (3, 3), and translation, (3,) metres, from the world into the camera's frame."""
    rotation = camera.axes()
    return rotation, -rotation @ np.array(camera.position_m)


def seen_floor_points(camera: Camera, floor: Floor) -> list[FloorPoint]:
    """Points of a half-metre grid on the floor that lie well inside the picture; equipment may stand on them."""
    east, north = floor.size_m
    x, y = np.meshgrid(np.arange(0.5, east, 0.5), np.arange(0.5, north, 0.5))
    metres = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    seen = camera.seen(metres)
    pixels = camera.projected(seen)
    margin = _MARGIN * camera.width
    inside = (pixels >= margin).all(axis=1) & (pixels <= [camera.width - margin, camera.height - margin]).all(axis=1)
    inside &= (seen[:, 2] > 0.3) & (seen[:, 2] < _FARTHEST_M)
    return [
        FloorPoint((round(float(p[0]), 2), round(float(p[1]), 2)), (float(m[0]), float(m[1])))
        for p, m in zip(pixels[inside], metres[inside], strict=True)
    ]


def floor_points(camera: Camera, floor: Floor) -> tuple[FloorPoint, ...]:
    """A dozen of the seen points that lie as far apart in the picture as can be, so that they fix a homography well."""
    seen = seen_floor_points(camera, floor)
    if len(seen) <= _MOST_POINTS:
        return tuple(seen)
    pixels = np.array([point.pixel for point in seen])
    chosen = [int(np.linalg.norm(pixels - pixels.mean(axis=0), axis=1).argmax())]
    nearest = np.linalg.norm(pixels - pixels[chosen[0]], axis=1)
    while len(chosen) < _MOST_POINTS:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(pixels - pixels[chosen[-1]], axis=1))
    return tuple(seen[at] for at in sorted(chosen))
