"""A pinhole camera in the rehearsal gym: from metres to pixels."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera stands and what it sees; it has no roll and no lens distortion."""

    position_m: tuple[float, float, float] = (0.0, -5.0, 1.5)
    look_at_m: tuple[float, float, float] = (0.0, 0.0, 0.9)
    field_of_view: float = 60.0
    """Horizontal, degrees."""
    width: int = 640
    height: int = 480
    fps: float = 25.0
    noise: float = 3.0
    """Standard deviation of the sensor's noise, grey levels of 255; a webcam in a lit room has 2-5."""
    shutter: float = 0.0
    """Share of the time between two frames during which a picture is exposed, 0-1; 0 is a moment, without motion blur.
    Webcams have 0.1-0.3 in a lit room and up to 1 in a dim one."""

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / float(np.tan(np.radians(self.field_of_view / 2)))

    def axes(self) -> Array:
        """(3, 3) rows: the camera's right, down and forward in the world."""
        return _axes(self.position_m, self.look_at_m)

    def seen(self, world: Array) -> Array:
        """World points, (..., 3) metres, in the camera's own frame: x right, y down, z the depth; metres."""
        return np.asarray((world - np.array(self.position_m)) @ self.axes().T)

    def projected(self, seen: Array) -> Array:
        """Points of the camera's own frame, (..., 3) metres, in the picture: (..., 2) pixels.

        A point at or behind the lens has no picture; it is projected as if it were 5 cm in front of it.
        """
        depth = np.maximum(seen[..., 2:], 0.05)
        centre = np.array([(self.width - 1) / 2, (self.height - 1) / 2])
        return np.asarray(seen[..., :2] / depth * self.focal_px + centre)


@lru_cache(maxsize=64)
def _axes(position_m: tuple[float, float, float], look_at_m: tuple[float, float, float]) -> Array:
    """Asked for with every point that is projected, and the same as long as the camera stands still."""
    forward = np.subtract(look_at_m, position_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right)
    axes = np.stack([right, np.cross(forward, right), forward])
    axes.flags.writeable = False
    return axes
