"""How alike two people are dressed, from the colours that an observation carries. Identifies nobody.

The packed form is that of ``ObservedPerson.clothing``: 2 x 80 float32 (torso, legs), NaN where a part was not seen;
each part is three histograms that sum to 1.
"""

import numpy as np
from numpy.typing import NDArray

PARTS, BINS = 2, 80
Clothing = NDArray[np.float32]
"""(2, 80) float32."""


def unpacked(packed: bytes | None) -> Clothing | None:
    """The colours out of a message; None where there are none, or not in this form."""
    if packed is None or len(packed) != PARTS * BINS * 4:
        return None
    colours = np.frombuffer(packed, "<f4").reshape(PARTS, BINS)
    usable = np.isfinite(colours).all(axis=1) & (colours >= 0).all(axis=1)
    if not usable.any():
        return None
    return np.where(usable[:, None], colours, np.float32(np.nan)).astype(np.float32)


def likeness(one: Clothing | None, two: Clothing | None) -> float | None:
    """0-1: the Bhattacharyya coefficient over the parts seen in both; None if there is no such part."""
    if one is None or two is None:
        return None
    parts = np.sqrt(one * two).sum(axis=1) / 3.0
    seen = np.isfinite(parts)
    return float(parts[seen].mean()) if seen.any() else None


def blended(mean: Clothing | None, seen: Clothing, weight: float) -> Clothing:
    """The running mean after one more look; ``weight`` 0-1 is that of the new look."""
    if mean is None:
        return seen
    mixed = (1 - weight) * mean + weight * seen
    return np.where(np.isfinite(mixed), mixed, np.where(np.isfinite(mean), mean, seen)).astype(np.float32)
