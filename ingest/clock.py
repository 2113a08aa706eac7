"""Capture times of a recording: what its container says, made strictly increasing and plausible. Pure."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

NANOSECONDS = 1_000_000_000
ASSUMED_FPS = 25.0
"""What is assumed of a recording that says nothing credible: between the 24-30 of phones and cameras, so that the speed
of a movement is wrong by less than a fifth."""
MAX_CREDIBLE_FPS = 300.0
"""Above the 240 of a phone's slow motion; below what a broken header claims (1000 and more are usual)."""
RESTART_FRAMES = 5
"""So many time-stamps in a row that lie in the past mean that the recording's clock was set back. Fewer would take two
damaged stamps for a new clock; more would flatten a real restart into even steps for longer."""


def is_credible_rate(fps: float) -> bool:
    """Say whether a frame rate can be that of a camera in a gym; false for NaN, 0 and below."""
    return math.isfinite(fps) and 0 < fps <= MAX_CREDIBLE_FPS


def typical_step_s(positions_ms: Sequence[float]) -> float | None:
    """Give the median step between the first time-stamps in seconds; None if they do not move."""
    steps = [b - a for a, b in pairwise(positions_ms) if b > a]
    # Most of the stamps have to move: a container without stamps gives zeros and perhaps a single other number.
    if not steps or 2 * len(steps) < len(positions_ms) - 1:
        return None
    return statistics.median(steps) / 1000


class Clock:
    """Turns the container's positions into capture times.

    ``step_s`` is the usual time between two frames. With ``trusted`` false the positions are ignored and the frames
    are evenly spaced by the step.
    """

    def __init__(self, step_s: float, *, trusted: bool) -> None:
        self._step_ns = max(round(step_s * NANOSECONDS), 1)
        self._trusted = trusted
        self._origin_ns: int | None = None
        self._last_ns: int | None = None
        self._past = 0
        self.repaired = 0
        """How many time-stamps were missing or lay in the past and were replaced."""

    def stamp(self, position_ms: float) -> int:
        """Capture time in nanoseconds since the first frame, later than any given before."""
        if self._last_ns is None:
            self._origin_ns = _nanoseconds_or_none(position_ms)
            self._last_ns = 0
            return 0
        expected_ns = self._last_ns + self._step_ns
        self._last_ns = self._credible_ns(position_ms, self._last_ns, expected_ns) if self._trusted else expected_ns
        return self._last_ns

    def _credible_ns(self, position_ms: float, last_ns: int, expected_ns: int) -> int:
        position_ns = _nanoseconds_or_none(position_ms)
        if position_ns is None:
            self.repaired += 1
            return expected_ns
        if self._origin_ns is None:
            self._origin_ns = position_ns - expected_ns
        since_first_ns = position_ns - self._origin_ns
        if since_first_ns > last_ns:
            self._past = 0
            return since_first_ns
        self.repaired += 1
        self._past += 1
        if self._past >= RESTART_FRAMES:
            self._origin_ns = position_ns - expected_ns
            self._past = 0
        return expected_ns


def _nanoseconds_or_none(position_ms: float) -> int | None:
    return round(position_ms * 1_000_000) if math.isfinite(position_ms) else None
