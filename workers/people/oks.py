"""Object key-point similarity: how likely two skeletons are the same person.

Boxes of two people who stand half a metre apart overlap by more than half; their key-points do not coincide. So
duplicates are told by OKS and never by the overlap of boxes.
"""

import numpy as np
from numpy.typing import NDArray

COCO_POINTS = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
"""The BlazePose landmarks that stand for COCO's 17 key-points, in COCO's left-before-right pairs."""

COCO_SIGMAS = np.array(
    [
        0.026,
        0.025,
        0.025,
        0.035,
        0.035,
        0.079,
        0.079,
        0.072,
        0.072,
        0.062,
        0.062,
        0.107,
        0.107,
        0.087,
        0.087,
        0.089,
        0.089,
    ]
)
"""Spread of human annotators per key-point, in units of the root of the person's area (COCO key-point evaluation)."""

AREA_OF_REGION = 0.11
"""A standing adult covers about 0.6 m² in the picture, and the region around an adult is a square of about 2.3 m.

Taking the area from the region and not from the landmarks' box keeps the measure the same for one who stands
sideways, bends or lies, where the box is thin.
"""

MIN_VISIBILITY = 0.3
"""A landmark below this in either skeleton is a guess; two guesses may lie apart for the same person."""

MIN_POINTS = 6
"""With fewer commonly visible points than this, all 17 are compared: a similarity of three points proves nothing."""


def oks(
    landmarks: NDArray[np.float32],
    sizes_px: NDArray[np.float64],
    other_landmarks: NDArray[np.float32],
    other_sizes_px: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compare each skeleton of one list with each of another.

    ``landmarks`` is (M, 33, 4) and ``other_landmarks`` (N, 33, 4): x, y in frame pixels, z, visibility 0-1;
    ``sizes_px`` (M,) and ``other_sizes_px`` (N,) are the sides of their regions. Returns (M, N) float64 in 0-1: the
    mean over the commonly visible key-points of ``exp(-d² / (2 area (2 sigma)²))``, area being the geometric mean of
    both people's (the evaluation formula of COCO, which knows one area only).
    """
    one = np.asarray(landmarks, np.float64).reshape(-1, 33, 4)[:, COCO_POINTS]
    two = np.asarray(other_landmarks, np.float64).reshape(-1, 33, 4)[:, COCO_POINTS]
    if not len(one) or not len(two):
        return np.zeros((len(one), len(two)))
    squared_px = np.square(one[:, None, :, :2] - two[None, :, :, :2]).sum(-1)
    area_px = AREA_OF_REGION * np.asarray(sizes_px, np.float64)[:, None] * np.asarray(other_sizes_px, np.float64)[None]
    spread = 2.0 * area_px[..., None] * np.square(2.0 * COCO_SIGMAS)
    similar = np.exp(-squared_px / np.maximum(spread, 1e-9))
    seen = np.minimum(one[:, None, :, 3], two[None, :, :, 3]) >= MIN_VISIBILITY
    seen |= seen.sum(-1, keepdims=True) < MIN_POINTS
    return np.asarray((similar * seen).sum(-1) / seen.sum(-1))


BONES = (
    (0, 11), (0, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24),
    (23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32),
)  # fmt: skip
"""Pairs of BlazePose landmarks; the lines between them run through a body."""

BONE_WIDTH = 0.05
"""Of the region's side, 0.12 m: half the width of a trunk. A landmark this close to a bone lies on the body."""

_BONE_ENDS = np.array(BONES)


def share_on(landmarks: NDArray[np.float32], other: NDArray[np.float32], other_size_px: float) -> float:
    """Which share of the visible key-points of one skeleton lies on the body of another, 0-1.

    Both (33, 4). A skeleton that a model sees upside down on a person, or in one of his limbs, has little OKS with
    the right one and lies on it all the same; that of another person next to him does not.
    """
    points = landmarks[COCO_POINTS]
    points = points[points[:, 3] > MIN_VISIBILITY, :2].astype(np.float64)
    if not len(points):
        return 1.0
    start, end = other[_BONE_ENDS[:, 0], :2].astype(np.float64), other[_BONE_ENDS[:, 1], :2].astype(np.float64)
    along = end - start
    offset = points[:, None] - start[None]
    place = np.clip((offset * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-9), 0.0, 1.0)
    distance = np.linalg.norm(offset - place[..., None] * along, axis=-1).min(axis=1)
    return float((distance <= BONE_WIDTH * other_size_px).mean())


def duplicates(
    landmarks: NDArray[np.float32], sizes_px: NDArray[np.float64], threshold: float
) -> list[tuple[int, int, float]]:
    """Pairs (i, j, similarity), i < j, of skeletons that are one person, most similar first.

    ``landmarks`` is (N, 33, 4) and ``sizes_px`` (N,), as for :func:`oks`.
    """
    similar = oks(landmarks, sizes_px, landmarks, sizes_px)
    rows, columns = np.nonzero(np.triu(similar >= threshold, 1))
    pairs = [(int(i), int(j), float(similar[i, j])) for i, j in zip(rows, columns, strict=True)]
    return sorted(pairs, key=lambda pair: -pair[2])
