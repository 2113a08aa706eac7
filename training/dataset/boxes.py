"""Boxes around the people of a track, and whom a recording is about. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.dataset.landmarks import Track

VISIBLE = 0.5
"""As the finder has it: hidden landmarks are guesses that may lie far from the body."""


def visible_boxes(track: Track) -> NDArray[np.float32]:
    """(N, 4) float32: x0, y0, x1, y1 around the visible landmarks, pixels, clipped to the picture; NaN for nobody.

    Where no landmark is visible, around all of them.
    """
    points = track.landmarks[..., :2]
    counted = (track.landmarks[..., 3] >= VISIBLE) & np.isfinite(points).all(axis=2)
    counted |= ~counted.any(axis=1, keepdims=True) & np.isfinite(points).all(axis=2)
    some = counted.any(axis=1)
    low = np.where(counted[..., None], points, np.inf).min(axis=1)
    high = np.where(counted[..., None], points, -np.inf).max(axis=1)
    limits = [track.width, track.height] if track.width and track.height else [np.inf, np.inf]
    boxes = np.concatenate([np.clip(low, 0, limits), np.clip(high, 0, limits)], axis=1).astype(np.float32)
    boxes[~some] = np.nan
    return boxes


def main_person(tracks: Sequence[Track], start_s: float, end_s: float) -> int | None:
    """Number of the person seen largest for longest from ``start_s`` until before ``end_s``; None if nobody is seen."""
    seen: dict[int, float] = {}
    for track in tracks:
        then = (track.times >= start_s) & (track.times < end_s)
        boxes = visible_boxes(track)[then]
        heights = np.nan_to_num(boxes[:, 3] - boxes[:, 1])
        if len(heights):
            seen[track.person] = seen.get(track.person, 0.0) + float(heights.sum())
    return max(seen, key=lambda person: (seen[person], -person), default=None)
