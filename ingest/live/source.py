"""What every live source offers, and the waiting that the paced ones share. Knows no kind of source."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from core.clock import NANOSECONDS, mono_ns
from core.frame import Frame
from core.messages import GapReason

Stop = Callable[[], bool]
"""Whether nobody wants frames any more; asked several times a second."""
LOOK_NS = NANOSECONDS // 10
"""Longest sleep between two looks at ``Stop``."""


@dataclass(frozen=True, slots=True)
class Break:
    """The next frame does not follow on the one before, and the source knows why."""

    reason: GapReason


class Source(ABC):
    """Frames of one camera, from when it is made until it ends or fails; a context manager that is iterated once.

    ``Frame.captured_ns`` is the monotonic time of this host, strictly increasing. ``Frame.sequence`` begins at 0 or
    later and grows; a gap in the numbers are frames that were left out, which ``dropped`` counts. Making and iterating
    one raises ``SourceError``.
    """

    live = True
    """Whether frames come when they like, so that none for a while means a stall; False for what is paced here."""

    def __init__(self) -> None:
        self.dropped: dict[str, int] = {}
        """Frames that the source had and did not give, by reason."""

    @abstractmethod
    def __iter__(self) -> Iterator[Frame | Break]:
        """Give frames, in order, until the source ends."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the camera or file; may be called twice, and only by the thread that iterates."""

    def drop(self, reason: str, frames: int = 1) -> None:
        """Count frames that are left out."""
        self.dropped[reason] = self.dropped.get(reason, 0) + frames

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class CaptureTimes:
    """Capture times of a camera that gives none: when its frame arrived, and never the same twice."""

    def __init__(self) -> None:
        self._last_ns = 0

    def stamp(self, arrived_ns: int) -> int:
        """Time of a frame that has arrived now."""
        self._last_ns = max(arrived_ns, self._last_ns + 1)
        return self._last_ns


def wait_until(due_ns: int, stop: Stop) -> bool:
    """Sleep until a monotonic time; False if it was interrupted by ``stop``."""
    while not stop():
        left_ns = due_ns - mono_ns()
        if left_ns <= 0:
            return True
        time.sleep(min(left_ns, LOOK_NS) / NANOSECONDS)
    return False
