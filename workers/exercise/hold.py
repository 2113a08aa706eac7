"""Positions that are held: seconds, not repetitions."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.exercise.catalogue import Exercise
from workers.exercise.features import INDEX
from workers.exercise.recognise import in_posture

# A person who moves a joint by more than this within the time is on the way, not holding; BlazePose's own jitter on a
# person who holds still stays below a third of it.
_STILL_DEGREES = 25.0
_STILL_S = 1.5
# A hold goes on over a gap of this length: a foot put right, a hand that wipes the face.
_PATIENCE_S = 1.5
_ANGLES = np.array([*range(8), INDEX["trunk"]])
_SEEN = 0.5


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch of time in one position."""

    start_s: float
    end_s: float
    features: NDArray[np.float32]
    """(COUNT,) float32: mean over the hold."""

    @property
    def duration_s(self) -> float:
        """Seconds held."""
        return self.end_s - self.start_s


@dataclass(slots=True)
class HoldLane:
    """Watches for one held exercise."""

    exercise: Exercise
    _recent: deque[tuple[float, NDArray[np.float32]]] = field(default_factory=deque)
    _start_s: float | None = None
    _last_s: float = 0.0
    _sum: NDArray[np.float64] | None = None
    _frames: int = 0
    _finished: list[Hold] = field(default_factory=list)

    def update(self, time_s: float, features: NDArray[np.float32]) -> None:
        """Take the features (COUNT,) of one frame."""
        if self._start_s is not None and time_s - self._last_s > _PATIENCE_S:
            self._end()
        if not in_posture(self.exercise.posture, features) or not self._is_still(time_s, features):
            return
        if self._start_s is None or self._sum is None:
            # Stillness is known only after a while; the position was taken before.
            self._start_s, self._frames = self._recent[0][0], 0
            self._sum = np.zeros(len(features))
        self._last_s = time_s
        self._sum += features
        self._frames += 1

    def holds(self) -> list[Hold]:
        """The holds that lasted long enough, the one that is going on included."""
        current = self._current()
        return [*self._finished, *([current] if current is not None else [])]

    def drop_before(self, time_s: float) -> None:
        """Let go of the holds that ended before a time."""
        self._finished = [hold for hold in self._finished if hold.end_s >= time_s]

    def _is_still(self, time_s: float, features: NDArray[np.float32]) -> bool:
        if self._recent and time_s - self._recent[-1][0] > _PATIENCE_S:
            self._recent.clear()
        self._recent.append((time_s, features[_ANGLES]))
        while time_s - self._recent[0][0] > _STILL_S:
            self._recent.popleft()
        if time_s - self._recent[0][0] < 0.5 * _STILL_S:
            return False
        seen = np.append(self._visibility(features) >= _SEEN, True)
        angles = np.stack([angles for _, angles in self._recent])
        return bool(np.all(np.ptp(angles, axis=0)[seen] <= _STILL_DEGREES))

    @staticmethod
    def _visibility(features: NDArray[np.float32]) -> NDArray[np.float32]:
        first = INDEX["elbow_visibility_left"]
        return features[first : first + 8]

    def _current(self) -> Hold | None:
        if self._start_s is None or self._sum is None or self._last_s - self._start_s < self.exercise.min_s:
            return None
        return Hold(self._start_s, self._last_s, (self._sum / self._frames).astype(np.float32))

    def _end(self) -> None:
        current = self._current()
        if current is not None:
            self._finished.append(current)
        self._start_s = self._sum = None
