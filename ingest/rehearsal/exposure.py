"""How long a picture is exposed: who moves meanwhile, and at which moments to draw them. Knows nothing of shapes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera

Array = NDArray[np.float64]
STILL_PX = 1.5
"""Who moves less during an exposure stands still: the lens blurs about as much. More leaves slow limbs sharp, less
draws people several times who only breathe."""
_GAP_PX = 4.0
"""Distance between two moments of the fastest point. More shows a limb several times beside itself, less costs time."""
_MOST_MOMENTS = 5
"""However fast it is: a rope that is turned blurs into a few ropes, which is what little is left of it."""


def span_s(camera: Camera) -> float:
    """How long a camera exposes each picture."""
    return camera.shutter / camera.fps


def travel_px(camera: Camera, first: Sequence[Array | None], last: Sequence[Array | None]) -> list[float]:
    """How far the fastest landmark of each person goes in the picture from the first to the last moment, pixels.

    0 for who is missing at one of the two.

    :param first: of each person (33, 3) landmarks, metres in the world; None for who is not there
    """
    return [
        0.0
        if before is None or after is None
        else float(np.linalg.norm(_pixels(camera, after) - _pixels(camera, before), axis=1).max())
        for before, after in zip(first, last, strict=True)
    ]


def _pixels(camera: Camera, landmarks: Array) -> Array:
    return camera.projected(camera.seen(landmarks))


def offsets_s(exposed_s: float, fastest_px: float) -> tuple[float, ...]:
    """The moments at which to draw what moves, seconds from the middle of an exposure: an odd number, evenly spread.

    Each is the middle of an equal part of the exposure, so that their average is as wide as the blur.
    """
    count = min(_MOST_MOMENTS, max(3, int(np.ceil(fastest_px / _GAP_PX)) // 2 * 2 + 1))
    return tuple((((np.arange(count) + 0.5) / count - 0.5) * exposed_s).tolist())
