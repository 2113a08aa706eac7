"""Which frames are sent on and when a camera is tried again. Pure: time is an argument."""

import random
from collections import deque

from core.clock import NANOSECONDS

SLACK = 0.25
"""Of an interval: how much too early a frame may come. Less would drop frames of a jittering camera that sends just the
wanted rate; more would let two close frames through."""


class Thinner:
    """Chooses frames evenly so that no more than ``fps`` a second remain; None lets all through."""

    def __init__(self, fps: float | None) -> None:
        self._step_ns = None if fps is None else round(NANOSECONDS / fps)
        self._due_ns: int | None = None

    def passes(self, captured_ns: int) -> bool:
        """Whether a frame of this capture time is sent on."""
        if self._step_ns is None:
            return True
        if self._due_ns is None:
            self._due_ns = captured_ns
        if captured_ns < self._due_ns - round(SLACK * self._step_ns):
            return False
        # On the grid as long as that is possible; after a pause, no burst makes up for it.
        begun_ns = self._due_ns if captured_ns < self._due_ns + self._step_ns else captured_ns
        self._due_ns = begun_ns + self._step_ns
        return True

    def restart(self) -> None:
        """Let the next frame through, whenever it comes."""
        self._due_ns = None


class Rate:
    """Events a second over a window that ends now."""

    def __init__(self, window_s: float = 5.0) -> None:
        self._window_ns = round(window_s * NANOSECONDS)
        self._at_ns: deque[int] = deque()
        self._began_ns: int | None = None

    def count(self, now_ns: int) -> None:
        """One happened now."""
        if self._began_ns is None:
            self._began_ns = now_ns
        self._at_ns.append(now_ns)
        self._forget(now_ns)

    def per_second(self, now_ns: int) -> float:
        """The rate; in the beginning over the time since the first, at least a second."""
        self._forget(now_ns)
        if self._began_ns is None:
            return 0.0
        seen_ns = min(max(now_ns - self._began_ns, NANOSECONDS), self._window_ns)
        return len(self._at_ns) * NANOSECONDS / seen_ns

    def _forget(self, now_ns: int) -> None:
        while self._at_ns and self._at_ns[0] <= now_ns - self._window_ns:
            self._at_ns.popleft()


class Backoff:
    """How long to wait before the next try: longer with every failure, and never the same for many cameras."""

    def __init__(self, first_s: float = 1.0, most_s: float = 30.0, draw: random.Random | None = None) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._draw = draw or random.Random()
        self._failures = 0

    def next_s(self) -> float:
        """Seconds to wait now; 50-100 % of a time that doubles up to the most."""
        wait_s = min(self._first_s * 2.0 ** min(self._failures, 30), self._most_s)
        self._failures += 1
        return wait_s * self._draw.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It works again."""
        self._failures = 0
