"""What time it is by each camera's clock, told by the newest frame heard of; no clock of this machine is trusted.

Filled by the live thread, asked by the folding one; a camera that was not heard of has this machine's time.
"""

from threading import Lock

from core.clock import NANOSECONDS

SAME_CLOCK_NS = 5 * NANOSECONDS
"""A frame is heard of some time after it was captured: a smaller difference is no other clock."""


class CameraTimes:
    """By camera, how its clock stands to this machine's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._heard: dict[str, tuple[int, int]] = {}
        """Capture time of the newest frame, UTC, and when it was heard of, monotonic."""

    def hear(self, camera: str, captured_utc_ns: int, now_ns: int) -> None:
        """A frame was heard of now (monotonic). A clock that is set is followed, either way."""
        with self._lock:
            self._heard[camera] = captured_utc_ns, now_ns

    def ahead_ns(self, now_ns: int, now_utc_ns: int) -> dict[str, int]:
        """The cameras whose clocks differ from ``now_utc_ns``, and by how much they are ahead of it."""
        with self._lock:
            heard = dict(self._heard)
        ahead = {camera: at_utc_ns + (now_ns - at_ns) - now_utc_ns for camera, (at_utc_ns, at_ns) in heard.items()}
        return {camera: by_ns for camera, by_ns in ahead.items() if abs(by_ns) > SAME_CLOCK_NS}
