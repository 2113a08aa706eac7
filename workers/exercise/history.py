"""The recent features of one person, by capture time."""

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import COUNT, INDEX, paired, paired_visibility

_FIRST_CAPACITY = 512
# A joint seen on one side only is worth more than a mean with a guessed one: weights fall with visibility squared.
_VISIBILITY_POWER = 2.0


class History:
    """A growing table of features; old rows are dropped when told so."""

    def __init__(self) -> None:
        """Start empty."""
        self._times = np.empty(_FIRST_CAPACITY, dtype=np.float64)
        self._features = np.empty((_FIRST_CAPACITY, COUNT), dtype=np.float32)
        self._start = 0
        self._end = 0

    def append(self, time_s: float, features: NDArray[np.float32]) -> None:
        """Add one frame; ``features`` (COUNT,) float32, times increase."""
        if self._end == len(self._times):
            self._make_room()
        self._times[self._end] = time_s
        self._features[self._end] = features
        self._end += 1

    @property
    def times(self) -> NDArray[np.float64]:
        """(N,) float64 seconds; a view, valid until the next append."""
        return self._times[self._start : self._end]

    @property
    def features(self) -> NDArray[np.float32]:
        """(N, COUNT) float32; a view, valid until the next append."""
        return self._features[self._start : self._end]

    def forget_before(self, time_s: float) -> None:
        """Drop the rows before ``time_s``."""
        self._start += int(np.searchsorted(self.times, time_s))

    def slice(self, start_s: float, end_s: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Times and features from ``start_s`` to ``end_s``, both included; views."""
        first, last = np.searchsorted(self.times, (start_s, end_s), side="left")
        if last < len(self.times) and self.times[last] == end_s:
            last += 1
        return self.times[first:last], self.features[first:last]

    def restore(self, times: NDArray[np.float64], features: NDArray[np.float32]) -> None:
        """Take over the rows of another history: times (N,) and features (N, COUNT)."""
        self._times, self._features = times, features
        self._start, self._end = 0, len(times)

    def _make_room(self) -> None:
        count = self._end - self._start
        capacity = max(_FIRST_CAPACITY, 2 * count)
        times, features = np.empty(capacity), np.empty((capacity, COUNT), dtype=np.float32)
        times[:count], features[:count] = self.times, self.features
        self._times, self._features, self._start, self._end = times, features, 0, count


SIDES = ("both", "left", "right")


def signal_values(features: NDArray[np.float32], signal: str, side: str) -> NDArray[np.float32]:
    """The values of a signal in features (N, COUNT), for ``side`` both, left or right: (N,) float32.

    A joint on both sides is the mean weighted by visibility. A plain feature is the same for all sides.
    """
    if f"{signal}_left" not in INDEX:
        if signal == "rise_m":
            scale = np.maximum(features[:, INDEX["px_per_m"]], 1.0)
            return np.asarray(-features[:, INDEX["image_shoulder_y"]] / scale, dtype=np.float32)
        return features[:, INDEX[signal]]
    left, right = paired(features, signal)
    if side == "left":
        return left
    if side == "right":
        return right
    if signal not in ("elbow", "shoulder", "hip", "knee"):
        return np.asarray((left + right) / 2, dtype=np.float32)
    left_weight, right_weight = (v**_VISIBILITY_POWER + 1e-3 for v in paired_visibility(features, signal))
    return np.asarray((left * left_weight + right * right_weight) / (left_weight + right_weight), dtype=np.float32)


def signal_visibility(features: NDArray[np.float32], signal: str, side: str) -> NDArray[np.float32]:
    """How well the signal is seen, (N,) float32 in 0-1; the better side counts where ``side`` is both."""
    if f"{signal}_visibility_left" not in INDEX:
        better = np.maximum(*paired_visibility(features, "hip"))
        return np.asarray(better, dtype=np.float32)
    left, right = paired_visibility(features, signal)
    if side == "left":
        return left
    if side == "right":
        return right
    return np.maximum(left, right)
