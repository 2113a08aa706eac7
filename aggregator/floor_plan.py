"""From a camera's picture to the floor plan: a homography out of points that are known in both, and how sure it is.

Pure arithmetic; who stands there is for ``identity``. The hot path uses plain numbers: arrays cost more than the sum.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.messages import Relative
from core.settings import Camera

FEWEST_POINTS = 4
FLATTEST = 1e-3
"""Smallest spread of the points across their main direction, as a share of that along it: flatter ones lie on a line,
and a line fixes no plane."""
POOR_FIT_M = 0.5
"""A residual above this is a mistyped point: nobody measures a gym's floor so badly."""
BEYOND = 1.0
"""How far outside the measured points, in diagonals of their bounding box, a place is still believed: farther out, a
pixel is metres and the feet are those of a reflection or of somebody behind a window."""
LEAST_BEYOND_M = 4.0

ACROSS_SHARE = 0.05
"""Of a body's height in the picture: how far the point between the feet is off sideways (one standard deviation)."""
UPWARDS_SHARE = 0.09
"""The same along the picture's vertical: toes and heels, hidden ankles, and feet that leave the floor. On the floor it
becomes an error of range, several times larger than that of the direction, when the camera looks flatly."""
STANDING_M = 0.1
"""What nothing is more exact than: the lens, the measuring tape, the middle of a stance."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is on the floor, and how far that may be off."""

    x: float
    y: float
    """Metres on the floor plan."""
    xx: float
    xy: float
    yy: float
    """Covariance, square metres."""


class FloorPlan:
    """One camera's view of the floor."""

    def __init__(self, relative: NDArray[np.float64], metres: NDArray[np.float64]) -> None:
        """``relative`` and ``metres``: (N, 2) each, N >= 4, not on a line.

        Raises ``ValueError`` where the points fix no plane.
        """
        homography = _homography(relative, metres)
        self._h: tuple[float, ...] = tuple(float(value) for value in homography.ravel())
        back = np.c_[relative, np.ones(len(relative))] @ homography.T
        if (back[:, 2] <= 0).any():
            raise ValueError("some points lie beyond the horizon of the others")
        errors = np.linalg.norm(back[:, :2] / back[:, 2:] - metres, axis=1)
        self.residual_m = float(np.sqrt(np.square(errors).mean()))
        """Root mean square of what the points are off by; 0 for four points, which fit always."""
        self.worst_point = int(errors.argmax())
        low, high = metres.min(axis=0), metres.max(axis=0)
        margin = max(LEAST_BEYOND_M, BEYOND * float(np.linalg.norm(high - low)))
        self._low = (float(low[0]) - margin, float(low[1]) - margin)
        self._high = (float(high[0]) + margin, float(high[1]) + margin)

    def to_floor(self, point: Relative) -> tuple[float, float] | None:
        """Metres of a relative point of the picture; None beyond the horizon and far outside the measured points."""
        h = self._h
        u, v = point
        w = h[6] * u + h[7] * v + h[8]
        if not w > 1e-9:
            return None
        x, y = (h[0] * u + h[1] * v + h[2]) / w, (h[3] * u + h[4] * v + h[5]) / w
        if not (self._low[0] <= x <= self._high[0] and self._low[1] <= y <= self._high[1]):
            return None
        return x, y

    def place(self, feet: Relative, body: float, aspect: float, doubt: float = 1.0) -> Place | None:
        """Where the feet are, with its covariance.

        ``body``: height of the body in the picture, as a share of the picture's height; ``aspect``: the picture's width
        over its height; ``doubt``: factor on the errors, 1 for feet that are seen.
        """
        found = self.to_floor(feet)
        if found is None:
            return None
        h = self._h
        x, y = found
        w = h[6] * feet[0] + h[7] * feet[1] + h[8]
        across, upwards = ACROSS_SHARE * body * doubt / aspect, UPWARDS_SHARE * body * doubt
        xu, yu = (h[0] - h[6] * x) / w * across, (h[3] - h[6] * y) / w * across
        xv, yv = (h[1] - h[7] * x) / w * upwards, (h[4] - h[7] * y) / w * upwards
        least = STANDING_M * STANDING_M
        return Place(x, y, xu * xu + xv * xv + least, xu * yu + xv * yv, yu * yu + yv * yv + least)


def floor_plan(camera: Camera, width: int, height: int) -> FloorPlan | None:
    """A camera's floor plan; None if it has no floor points. ``width`` and ``height``: its picture, pixels.

    Raises ``ConfigError`` where the points fix no plane or contradict each other.
    """
    if not camera.floor:
        return None
    name = f"camera '{camera.id}'"
    if len(camera.floor) < FEWEST_POINTS:
        raise ConfigError(f"{name}: {len(camera.floor)} floor points fix no floor plan; give at least {FEWEST_POINTS}")
    size = camera.floor_size or (width, height)
    pixels = np.array([point.pixel for point in camera.floor], np.float64)
    metres = np.array([point.metre for point in camera.floor], np.float64)
    if not (np.isfinite(pixels).all() and np.isfinite(metres).all()):
        raise ConfigError(f"{name}: a floor point is not a number; give pixels and metres")
    try:
        plan = FloorPlan(pixels / size, metres)
    except ValueError as error:
        raise ConfigError(f"{name}: the floor points fix no floor plan ({error}); measure them anew") from error
    if plan.residual_m > POOR_FIT_M:
        raise ConfigError(
            f"{name}: the floor points contradict each other by {plan.residual_m:.1f} m; "
            f"number {plan.worst_point + 1} fits worst, check its pixel and its metres"
        )
    return plan


def _homography(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) that maps ``source`` onto ``target`` with the least algebraic error after normalisation (Hartley 1997).

    Its sign is such that the third coordinate is positive on the source's side of the horizon.
    """
    if len(source) < FEWEST_POINTS:
        raise ValueError("fewer than four")
    for points in (source, target):
        spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if spread[1] <= FLATTEST * spread[0]:
            raise ValueError("they lie on a line")
    into, out_of = _normaliser(source), _normaliser(target)
    one = np.c_[source, np.ones(len(source))] @ into.T
    two = np.c_[target, np.ones(len(target))] @ out_of.T
    rows = np.zeros((2 * len(one), 9))
    rows[0::2, 0:3] = rows[1::2, 3:6] = one
    rows[0::2, 6:9] = -two[:, :1] * one
    rows[1::2, 6:9] = -two[:, 1:2] * one
    _, sizes, directions = np.linalg.svd(rows)
    if sizes[7] <= 1e-9 * sizes[0]:
        raise ValueError("three of four lie on a line")
    result = np.linalg.inv(out_of) @ directions[-1].reshape(3, 3) @ into
    third = (np.c_[source, np.ones(len(source))] @ result.T)[:, 2]
    if np.median(third) < 0:
        result = -result
    return np.asarray(result / np.abs(result).max())


def _normaliser(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) that moves points to mean zero and mean distance √2."""
    middle = points.mean(axis=0)
    scale = math.sqrt(2) / float(np.linalg.norm(points - middle, axis=1).mean())
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]])
