"""One-euro smoothing of landmarks by capture time, one smoother per track.

Owns the filters' state; must never know of frames, networks or tracks. Constants and formulas are those of MediaPipe
(Apache-2.0): ``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``,
``modules/pose_landmark/pose_landmark_filtering.pbtxt``, ``util/filtering/one_euro_filter.cc``.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.pose.pose import Pose

_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class OneEuroConstants:
    """How strongly a signal is smoothed."""

    min_cutoff_hz: float
    """Cut-off of a signal at rest: lower removes more jitter, and drags more."""
    beta: float
    """Cut-off gained per unit of speed: higher follows fast movement more closely, and lets more jitter through."""
    derivative_cutoff_hz: float = 1.0
    """Cut-off of the speed itself."""


IMAGE_LANDMARKS = OneEuroConstants(min_cutoff_hz=0.05, beta=80.0)
"""For pixels, speed measured in sides of the region per second."""
WORLD_LANDMARKS = OneEuroConstants(min_cutoff_hz=0.1, beta=40.0)
"""For metres, speed measured in metres per second."""
AUXILIARY_LANDMARKS = OneEuroConstants(min_cutoff_hz=0.01, beta=10.0)
"""For the two points that give the next region, as image landmarks; MediaPipe's older graphs smooth them, Tasks does
not, and neither do our backends."""
VISIBILITY_ALPHA = 0.1
"""Weight of the newest visibility in its moving average: about 10 frames of memory. A higher one lets a limb that is
hidden for a frame flicker; a lower one keeps calling it visible."""

SMALLEST_SCALE = 1e-6
"""An object smaller than this has no meaningful speed and is not smoothed
(``calculators/util/landmarks_smoothing_calculator.proto``)."""


class OneEuroFilter:
    """One-euro filter over an array: every element is a signal of its own, all share the time.

    (Casiez, Roussel, Vogel: 1 EUR filter, CHI 2012, in MediaPipe's variant: the derivative is taken against the
    previous raw value.)
    """

    def __init__(self, constants: OneEuroConstants) -> None:
        self._constants = constants
        self._last_ns = 0
        self._raw: NDArray[np.float64] | None = None
        self._smooth: NDArray[np.float64] = np.empty(0)
        self._speed: NDArray[np.float64] = np.empty(0)

    def update(self, values: NDArray[np.floating], captured_ns: int, object_scale: float = 1.0) -> NDArray[np.float64]:
        """Smoothed values, float64 in the shape of ``values``, which must stay the same until ``reset``.

        Args:
            values: Any shape; in the signal's unit.
            captured_ns: Time of capture. A time that is not later than the last one returns the values unchanged, and
                so does an object without size; neither is remembered.
            object_scale: Size of the object in the signal's unit; speed is measured in sizes per second.
        """
        raw = np.array(values, dtype=np.float64)
        if object_scale < SMALLEST_SCALE or (self._raw is not None and captured_ns <= self._last_ns):
            return raw
        if self._raw is None:
            self._smooth, self._speed = raw, np.zeros_like(raw)
        else:
            frequency_hz = _NS_PER_S / (captured_ns - self._last_ns)
            speed = (raw - self._raw) * (frequency_hz / object_scale)
            keep = _alpha(np.float64(self._constants.derivative_cutoff_hz), frequency_hz)
            self._speed = keep * speed + (1 - keep) * self._speed
            cutoff_hz = self._constants.min_cutoff_hz + self._constants.beta * np.abs(self._speed)
            follow = _alpha(cutoff_hz, frequency_hz)
            self._smooth = follow * raw + (1 - follow) * self._smooth
        self._raw, self._last_ns = raw, captured_ns
        return self._smooth.copy()

    def reset(self) -> None:
        """Forget the past: the next values pass unchanged."""
        self._raw = None


class PoseSmoother:
    """Smooths the poses of one track as MediaPipe Tasks smooths its only pose."""

    def __init__(self) -> None:
        self._image = OneEuroFilter(IMAGE_LANDMARKS)
        self._world = OneEuroFilter(WORLD_LANDMARKS)
        self._visibility: NDArray[np.float64] | None = None

    def update(self, pose: Pose, captured_ns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Smoothed landmarks (33, 4) float32 and world landmarks (33, 3) float32, as in ``Pose``.

        The object scale is the side of the next region, as in Tasks. Visibility is averaged per frame, whatever its
        time, because MediaPipe does so.
        """
        landmarks = np.empty_like(pose.landmarks)
        landmarks[:, :3] = self._image.update(pose.landmarks[:, :3], captured_ns, pose.next_region.size)
        seen = pose.landmarks[:, 3].astype(np.float64)
        if self._visibility is not None:
            seen = VISIBILITY_ALPHA * seen + (1 - VISIBILITY_ALPHA) * self._visibility
        self._visibility = seen
        landmarks[:, 3] = seen
        return landmarks, self._world.update(pose.world, captured_ns).astype(np.float32)

    def reset(self) -> None:
        """Forget the past, when the person was lost: a filter that remembers drags the pose across the gap."""
        self._image.reset()
        self._world.reset()
        self._visibility = None


def _alpha(cutoff_hz: NDArray[np.float64] | np.float64, frequency_hz: float) -> NDArray[np.float64] | np.float64:
    """Weight of the newest value in a first-order low pass: 1 / (1 + frequency / (2 pi cutoff))."""
    turn = 2 * math.pi * cutoff_hz
    return np.asarray(turn / (turn + frequency_hz))
