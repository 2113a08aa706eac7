"""Blacks out what a camera must not show. Pure.

A mask protects privacy, so in doubt it covers more: its border counts as inside, and so do holes that a polygon
makes by crossing itself.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.settings import Polygon


class Masks:
    """Polygons in relative positions, for frames of any size."""

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        self._polygons = polygons
        self._size: tuple[int, int] | None = None
        self._outlines: list[NDArray[np.int32]] = []

    def blacken(self, pixels: NDArray[np.uint8]) -> None:
        """Set everything inside to zero, in place; ``pixels`` is (height, width, 3) uint8."""
        if not self._polygons:
            return
        size = (pixels.shape[1], pixels.shape[0])
        if size != self._size:
            self._outlines = [outline for polygon in self._polygons for outline in _outlines(polygon, *size)]
            self._size = size
        for outline in self._outlines:
            # One by one: OpenCV leaves out what an even number of polygons of one call covers.
            cv2.drawContours(pixels, [outline], 0, (0, 0, 0), cv2.FILLED)


def _outlines(polygon: Polygon, width: int, height: int) -> list[NDArray[np.int32]]:
    """The outer borders of what a polygon covers, (N, 1, 2) pixels each."""
    corners = np.round(np.asarray(polygon) * (width - 1, height - 1)).astype(np.int32)
    covered = np.zeros((height, width), np.uint8)
    cv2.fillPoly(covered, [corners], 255)
    found, _ = cv2.findContours(covered, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [np.asarray(outline, dtype=np.int32) for outline in found]
