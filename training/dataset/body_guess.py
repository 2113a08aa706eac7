"""Landmarks that a data set lacks, guessed from those that it has, and metres guessed from pixels. Pure.

A guess keeps the features finite and hurts little; it never gets a visibility above 0. In the order of preference: a
joint is where it was in the frames around; where its partner on the other side is; on the line of the limb before it.
"""

import numpy as np
from numpy.typing import NDArray

LANDMARKS = 33
NOSE = 0
CORE = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Head, shoulders, elbows, wrists, hips, knees, ankles: what the rest is guessed from."""
TRUNK = (11, 12, 23, 24)
TORSO_M = 0.5
"""Mid-shoulder to mid-hip of a grown-up, metres; builds differ by a fifth, which the features cancel."""
DEPTH = 1 / 3
"""BlazePose's z in the picture is about three times too deep to be a length on the scale of x. Measured against its own
world landmarks in 111 tracks: joint angles are off by 8 degrees with a third of it, 20 with the whole, 17 without."""

_FACE = tuple(range(1, 11))
_HANDS = {17: (13, 15), 18: (14, 16), 19: (13, 15), 20: (14, 16), 21: (13, 15), 22: (14, 16)}
_FEET = {29: 27, 30: 28, 31: 27, 32: 28}
_LIMBS = (
    (13, 11, 23, 14, 0.6, "towards"),
    (14, 12, 24, 13, 0.6, "towards"),
    (15, 11, 13, 16, 0.9, "beyond"),
    (16, 12, 14, 15, 0.9, "beyond"),
    (25, 11, 23, 26, 0.9, "beyond"),
    (26, 12, 24, 25, 0.9, "beyond"),
    (27, 23, 25, 28, 0.9, "beyond"),
    (28, 24, 26, 27, 0.9, "beyond"),
)
"""Joint, two joints before it, its partner, share of their distance, and where it lies on their line."""
_HAND_SHARE = 0.25
_HEAD_SHARE = 0.35


def fill(points: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Points (N, 33, D) with every landmark that is not ``known`` (N, 33) guessed; None where no trunk is known.

    A trunk needs one shoulder and one hip in some frame.
    """
    filled = np.where(known[..., None], points, 0.0).astype(np.float64)
    seen = np.asarray(known.any(axis=0))
    if not (seen[[11, 12]].any() and seen[[23, 24]].any()):
        return None
    for joint in range(LANDMARKS):
        if seen[joint]:
            _between_frames(filled[:, joint], known[:, joint])
    for joint, partner in ((11, 12), (12, 11), (23, 24), (24, 23)):
        if not seen[joint]:
            filled[:, joint] = filled[:, partner]
    _guess_limbs(filled, seen)
    _guess_ends(filled, seen)
    return filled


def metres(pixels: NDArray[np.float64], *, flat: bool) -> NDArray[np.float32]:
    """World landmarks (N, 33, 3) guessed from those in the picture (N, 33, 3), of any unit: from the hips, y down.

    The torso is half a metre long, with one scale for the whole track. ``flat``: without depth, where a torso that
    leans towards the camera looks short, so that the longest ones are believed; else the middle one.
    """
    points = pixels * np.array([1.0, 1.0, DEPTH])
    hips = points[:, 23:25].mean(axis=1)
    torso = np.linalg.norm(points[:, 11:13].mean(axis=1) - hips, axis=1)
    length = max(float(np.percentile(torso, 90.0 if flat else 50.0)), 1e-6)
    return np.asarray((points - hips[:, None]) * (TORSO_M / length), np.float32)


def _between_frames(values: NDArray[np.float64], known: NDArray[np.bool_]) -> None:
    """Fill the unknown rows of (N, D) from the known ones around, in place."""
    if known.all():
        return
    rows = np.arange(len(values))
    for axis in range(values.shape[1]):
        values[:, axis] = np.interp(rows, rows[known], values[known, axis])


def _guess_limbs(filled: NDArray[np.float64], seen: NDArray[np.bool_]) -> None:
    for joint, first, second, partner, share, place in _LIMBS:
        if seen[joint]:
            continue
        if seen[partner]:
            filled[:, joint] = filled[:, partner]
            continue
        start = filled[:, first if place == "towards" else second]
        filled[:, joint] = start + share * (filled[:, second] - filled[:, first])


def _guess_ends(filled: NDArray[np.float64], seen: NDArray[np.bool_]) -> None:
    """Head, face, hands and feet."""
    if not seen[NOSE]:
        shoulders, hips = filled[:, 11:13].mean(axis=1), filled[:, 23:25].mean(axis=1)
        filled[:, NOSE] = shoulders + _HEAD_SHARE * (shoulders - hips)
    for joint in _FACE:
        if not seen[joint]:
            filled[:, joint] = filled[:, NOSE]
    for joint, (elbow, wrist) in _HANDS.items():
        if not seen[joint]:
            filled[:, joint] = filled[:, wrist] + _HAND_SHARE * (filled[:, wrist] - filled[:, elbow])
    for joint, ankle in _FEET.items():
        if not seen[joint]:
            filled[:, joint] = filled[:, ankle]
