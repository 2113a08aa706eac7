"""What colour a person's clothes are, so that a track is not continued on somebody else.

Holds no picture: a person's clothing is two small colour histograms, of the torso and of the legs. It tells two
people in one scene apart; it identifies nobody.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LIGHT_BINS = 16
COLOUR_BINS = 32
"""Coarser bins make all dark clothes alike; with these, 80 % of other people in the same picture stay below a likeness
of 0.7 and 97 % of later looks at the same person stay above (measured on mosaics; docs/people.md)."""
COLOUR_RANGE = 32.0
"""Lab colour of nearly all cloth under room light lies within ±32 of grey on both axes; more goes to the last bin."""

MIN_VISIBILITY = 0.4
"""Of the landmarks that span a part. Lower lets the colours of whoever hides the person in; higher loses the legs of
people behind a bench."""

MIN_SAMPLES = 20
"""Of 64 per part; fewer inside the frame do not make a histogram."""

Histogram = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clothing:
    """Colours of one person's clothes; a part that was not seen is None."""

    torso: Histogram | None
    """(80,) float64: lightness, then the two colour axes of Lab; each of the three groups sums to 1."""
    legs: Histogram | None


def clothing(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Clothing:
    """Take the colours of a person's torso and thighs from a frame.

    ``pixels`` is (height, width, 3) uint8 BGR, ``landmarks`` (33, 4): x, y in frame pixels, z, visibility 0-1.
    """
    return Clothing(torso=_part(pixels, landmarks, _TORSO), legs=_part(pixels, landmarks, _THIGHS))


def likeness(one: Clothing, two: Clothing) -> float | None:
    """How alike two people are dressed, 0-1, by the Bhattacharyya coefficient over the parts seen in both.

    None if no part was seen in both.
    """
    parts = [
        float(np.sqrt(a * b).sum() / 3.0)
        for a, b in ((one.torso, two.torso), (one.legs, two.legs))
        if a is not None and b is not None
    ]
    return sum(parts) / len(parts) if parts else None


def blend(mean: Clothing, seen: Clothing, weight: float) -> Clothing:
    """The running mean of a person's clothing after another look; ``weight`` 0-1 is that of the new look."""
    return Clothing(
        torso=_blend_part(mean.torso, seen.torso, weight),
        legs=_blend_part(mean.legs, seen.legs, weight),
    )


def _blend_part(mean: Histogram | None, seen: Histogram | None, weight: float) -> Histogram | None:
    if mean is None or seen is None:
        return mean if seen is None else seen
    return (1.0 - weight) * mean + weight * seen


def _grid(corners: tuple[int, int, int, int], inset: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Bilinear weights (64, 4) of sample points inside a quadrilateral of landmarks, kept off its edges."""
    steps = np.linspace(inset, 1.0 - inset, 8)
    across, down = (axis.ravel() for axis in np.meshgrid(steps, steps))
    weights = np.stack([(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down], axis=1)
    return np.array(corners), weights


_TORSO = (_grid((11, 12, 23, 24), 0.15),)
_THIGHS = tuple(
    (np.array([hip, knee, knee, knee]), np.repeat(np.linspace([0.85, 0.15, 0, 0], [0.15, 0.85, 0, 0], 32), 1, axis=0))
    for hip, knee in ((23, 25), (24, 26))
)


def _part(
    pixels: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    shapes: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...],
) -> Histogram | None:
    points = [w @ landmarks[c, :2] for c, w in shapes if landmarks[c, 3].min() >= MIN_VISIBILITY]
    if not points:
        return None
    height, width = pixels.shape[:2]
    with np.errstate(invalid="ignore"):
        x, y = np.floor(np.concatenate(points)).T.astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if inside.sum() < MIN_SAMPLES:
        return None
    samples = np.ascontiguousarray(pixels[y[inside], x[inside]][None])
    lab = cv2.cvtColor(samples, cv2.COLOR_BGR2LAB)[0].astype(np.float64)
    return _histogram(lab)


def _histogram(lab: NDArray[np.float64]) -> Histogram:
    """(80,) from (N, 3) 8-bit Lab; each sample is shared between its two nearest bins, so that a small change of the
    light moves a little weight and not all of it."""
    scaled = np.empty_like(lab)
    scaled[:, 0] = lab[:, 0] / 255.0 * (LIGHT_BINS - 1)
    scaled[:, 1:] = (lab[:, 1:] - 128.0 + COLOUR_RANGE) / (2.0 * COLOUR_RANGE) * (COLOUR_BINS - 1)
    groups = []
    for axis, bins in enumerate((LIGHT_BINS, COLOUR_BINS, COLOUR_BINS)):
        value = np.clip(scaled[:, axis], 0.0, bins - 1.001)
        low = value.astype(np.int64)
        share = value - low
        group = np.bincount(low, 1.0 - share, bins) + np.bincount(low + 1, share, bins)
        groups.append(group / group.sum())
    return np.concatenate(groups)
