"""The clocks: the only place of the live system that asks what time it is."""

import time
from datetime import UTC, datetime

NANOSECONDS = 1_000_000_000


def mono_ns() -> int:
    """Monotonic time of this host; never jumps, and means nothing on another host."""
    return time.monotonic_ns()


def utc_ns() -> int:
    """UTC by the wall clock; may jump."""
    return time.time_ns()


def utc_datetime(at_utc_ns: int) -> datetime:
    """Nanoseconds since 1970 as an aware datetime, to the microsecond."""
    seconds, rest = divmod(at_utc_ns, NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


class SteadyUtc:
    """UTC that follows the monotonic clock, so that a wall clock that is set does not tear a recording apart.

    Small differences from the wall clock are followed slowly. A step is believed only after it has lasted.
    """

    STEP_NS = NANOSECONDS // 2
    """A larger difference is a step, a smaller one drift."""
    SLEW_SHARE = 0.001
    """Of the time passed: how fast drift is followed; nobody sees a thousandth in a repetition."""
    BELIEVE_AFTER_NS = 10 * NANOSECONDS

    def __init__(self, at_mono_ns: int, wall_utc_ns: int) -> None:
        self._offset_ns = wall_utc_ns - at_mono_ns
        self._last_ns = at_mono_ns
        self._stepped_since_ns: int | None = None
        self.steps = 0
        """How many steps of the wall clock were followed."""

    def update(self, at_mono_ns: int, wall_utc_ns: int) -> int:
        """UTC at a monotonic time, given what the wall clock says then."""
        passed_ns = max(at_mono_ns - self._last_ns, 0)
        self._last_ns = max(at_mono_ns, self._last_ns)
        difference_ns = wall_utc_ns - at_mono_ns - self._offset_ns
        if abs(difference_ns) < self.STEP_NS:
            self._stepped_since_ns = None
            most_ns = round(passed_ns * self.SLEW_SHARE)
            self._offset_ns += max(-most_ns, min(most_ns, difference_ns))
        elif self._stepped_since_ns is None:
            self._stepped_since_ns = at_mono_ns
        elif at_mono_ns - self._stepped_since_ns >= self.BELIEVE_AFTER_NS:
            self._offset_ns += difference_ns
            self._stepped_since_ns = None
            self.steps += 1
        return at_mono_ns + self._offset_ns
