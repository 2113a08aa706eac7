"""How a person stands, lies and stays in the picture, from the landmarks of one frame; pure functions.

Says None where it cannot be told; nothing here guesses a place on the floor from a body whose feet are hidden.
"""

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import INDEX
from workers.people.appearance import COLOUR_BINS, LIGHT_BINS, Clothing

Point = tuple[float, float]

SEEN = 0.5
"""Visibility below which a landmark is the model's guess."""
_FEET = ((27, 29, 31), (28, 30, 32))
"""Ankle, heel and tip of either foot."""
_BODY = np.array([0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])

LYING_TRUNK = (60.0, 120.0)
"""Degrees from upright. Who bends over a bar gets there too, but has the hips high above the ankles."""
LYING_HIPS = 0.6
"""Torso lengths that the hips of somebody who lies are at most above the ankles; on a bench, feet on the floor, 0.8."""

MOVED_M = 0.15
"""Who has moved by more than this is not still; the landmarks of somebody who lies motionless wander by up to 0.08."""
MOVED_SHARE = 0.75
"""Quantile of the landmarks' distances: one hand that is guessed wrongly is no movement, an arm and a leg are."""

CLOTHING_VALUES = LIGHT_BINS + 2 * COLOUR_BINS


def feet(landmarks: NDArray[np.float32], width: int, height: int) -> Point | None:
    """The point of the floor between the feet, as shares of the picture; None where no foot is seen in it.

    ``landmarks`` (33, 4): x, y in frame pixels, z, visibility 0-1.
    """
    places = []
    for foot in _FEET:
        points = landmarks[list(foot)]
        seen = points[points[:, 3] >= SEEN, :2]
        if len(seen):
            places.append(seen.mean(axis=0))
    if not places:
        return None
    x, y = np.mean(places, axis=0)
    place = float(x) / width, float(y) / height
    return place if 0.0 <= place[0] <= 1.0 and 0.0 <= place[1] <= 1.0 else None


def is_lying(features: NDArray[np.float32]) -> bool:
    """Whether the trunk lies flat and low, from features (COUNT,)."""
    low, high = LYING_TRUNK
    return bool(low <= features[INDEX["trunk"]] <= high and features[INDEX["hip_over_ankle"]] <= LYING_HIPS)


def body_points(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """The landmarks that tell whether somebody moves: (13, 3) float32 x, y in frame pixels, visibility."""
    return np.asarray(landmarks[_BODY][:, [0, 1, 3]])


def has_moved(before: NDArray[np.float32], now: NDArray[np.float32], px_per_m: float) -> bool:
    """Whether somebody moved between two looks, as ``body_points`` gives them."""
    seen = np.minimum(before[:, 2], now[:, 2]) >= SEEN
    if int(seen.sum()) < 4:
        return True
    distances = np.hypot(*(now[seen, :2] - before[seen, :2]).T)
    return bool(np.quantile(distances, MOVED_SHARE) > MOVED_M * max(px_per_m, 1.0))


def packed_points(landmarks: NDArray[np.float32], width: int, height: int) -> bytes:
    """33 x (x, y, visibility) float32, little-endian, x and y as shares of the picture."""
    points = landmarks[:, [0, 1, 3]] / np.array([width, height, 1.0], np.float32)
    return points.astype("<f4").tobytes()


def packed_clothing(worn: Clothing) -> bytes:
    """2 x 80 float32, little-endian: torso and legs; NaN for what was not seen."""
    parts = [np.full(CLOTHING_VALUES, np.nan) if part is None else part for part in (worn.torso, worn.legs)]
    return np.stack(parts).astype("<f4").tobytes()
