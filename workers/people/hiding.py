"""Paints neighbours out of the picture in which one person's landmarks are estimated.

BlazePose expects one person per region. With a second one half a metre beside, a slightly shifted region is enough
for the landmarks to slide over to the neighbour, and the person is lost. Where the neighbour's skeleton is known, his
body can be painted grey first, and they stay (measured; docs/people.md).
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.pose.pose import Pose, Region

NEAR = 0.42
"""Of the larger region's side, about one metre between the middles: farther neighbours do not pull landmarks away, and
painting costs a copy of the frame."""

GREY = 114

_LIMBS = ((11, 13), (13, 15), (15, 19), (12, 14), (14, 16), (16, 20),
          (23, 25), (25, 27), (27, 31), (24, 26), (26, 28), (28, 32))  # fmt: skip
_TRUNK = (11, 12, 24, 23)
_EARS, _SHOULDERS = (7, 8), (11, 12)
_LIMB_WIDTH = 0.055
_HEAD_RADIUS = 0.065
"""Of the region's side: 0.13 m and 0.15 m on an adult, clothes and hair included."""


def is_near(one: Region, two: Region) -> bool:
    """Whether two people are close enough for one's landmarks to slide onto the other."""
    return math.hypot(one.x - two.x, one.y - two.y) < NEAR * max(one.size, two.size)


def hide(pixels: NDArray[np.uint8], others: Sequence[Pose], own: Pose | None) -> NDArray[np.uint8]:
    """A copy of the frame, (height, width, 3) uint8 BGR, with the bodies of others grey.

    What lies on the person's ``own`` last skeleton stays, because where bodies overlap it is not known who is in front.
    """
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for other in others:
        _draw_body(mask, other, 255)
    if own is not None:
        _draw_body(mask, own, 0)
    painted = pixels.copy()
    painted[mask > 0] = GREY
    return painted


def _draw_body(mask: NDArray[np.uint8], pose: Pose, value: int) -> None:
    height, width = mask.shape
    # Far outside of the frame OpenCV's fixed-point coordinates overflow.
    limit = 4.0 * max(height, width)
    points = np.clip(np.nan_to_num(pose.landmarks[:, :2]), -limit, limit).astype(np.int32)
    thick = max(1, round(_LIMB_WIDTH * pose.next_region.size))
    trunk = cv2.convexHull(points[list(_TRUNK)])
    cv2.fillConvexPoly(mask, trunk, value)
    cv2.polylines(mask, [trunk], True, value, thick)
    for start, end in _LIMBS:
        cv2.line(mask, _place(points[start]), _place(points[end]), value, thick)
    head, neck = points[list(_EARS)].mean(axis=0), points[list(_SHOULDERS)].mean(axis=0)
    cv2.circle(mask, _place(head), max(1, round(_HEAD_RADIUS * pose.next_region.size)), value, -1)
    cv2.line(mask, _place(head), _place(neck), value, thick)


def _place(point: NDArray[np.number]) -> tuple[int, int]:
    return int(point[0]), int(point[1])
