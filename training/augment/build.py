"""A track of another body: larger or smaller, with longer or shorter limbs. Pure functions; joint angles stay."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.dataset.landmarks import Track

_HIPS, _SHOULDERS = 33, 34
"""Middles of hips and shoulders, which are points of the body without being landmarks."""

_TREE = (
    ("hip_width", _HIPS, (23, 24)),
    ("trunk", _HIPS, (_SHOULDERS,)),
    ("shoulder_width", _SHOULDERS, (11, 12)),
    ("head", _SHOULDERS, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
    ("upper_arm", 11, (13,)), ("upper_arm", 12, (14,)),
    ("forearm", 13, (15,)), ("forearm", 14, (16,)),
    ("hand", 15, (17, 19, 21)), ("hand", 16, (18, 20, 22)),
    ("thigh", 23, (25,)), ("thigh", 24, (26,)),
    ("shank", 25, (27,)), ("shank", 26, (28,)),
    ("foot", 27, (29, 31)), ("foot", 28, (30, 32)),
)  # fmt: skip
"""Part of the body, the point that it hangs on, and the points that it carries; parents before children."""

PARTS = tuple(dict.fromkeys(part for part, _, _ in _TREE))
"""What can be made longer or shorter; left and right limbs are alike."""


def scaled(track: Track, factor: float) -> Track:
    """A larger or smaller person at the same place."""
    return rebuilt(track, dict.fromkeys(PARTS, factor))


def rebuilt(track: Track, factors: Mapping[str, float]) -> Track:
    """A person whose ``PARTS`` have other lengths, by factors; the middle of the hips stays where it is."""
    matrix = _matrix(factors)
    landmarks = track.landmarks.copy()
    landmarks[..., :3] = matrix @ track.landmarks[..., :3]
    return replace(track, landmarks=landmarks, world=matrix @ track.world)


def _matrix(factors: Mapping[str, float]) -> NDArray[np.float32]:
    """What turns landmarks into landmarks: every new point is a sum of old ones (33, 33), whose weights add up to 1."""
    old = np.vstack([np.eye(33), np.zeros((2, 33))])
    old[_HIPS, [23, 24]] = old[_SHOULDERS, [11, 12]] = 0.5
    new = old.copy()
    for part, parent, children in _TREE:
        for child in children:
            new[child] = new[parent] + factors.get(part, 1.0) * (old[child] - old[parent])
    return new[:33].astype(np.float32)
