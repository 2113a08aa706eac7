"""What state a camera is in, why, and which gap its next frame closes. Pure: time is an argument."""

from collections import deque
from dataclasses import dataclass
from typing import cast

from core.clock import NANOSECONDS
from core.errors import SourceError
from core.messages import CameraState, FailureReason, GapReason

HOUR_NS = 3600 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class Missing:
    """Frames are missing before the one that has come now."""

    reason: GapReason
    lasted_s: float


class CameraStatus:
    """A camera as its ingest process sees it: starting, online, stalled, offline or ended. Times are monotonic, ns."""

    def __init__(self, now_ns: int, stall_after_s: float) -> None:
        self._stall_after_ns = round(stall_after_s * NANOSECONDS)
        self.state: CameraState = "starting"
        self.reason: FailureReason = ""
        self.detail = ""
        self.since_ns = now_ns
        """Since when it is in this state."""
        self.last_frame_ns: int | None = None
        self._connected_ns: int | None = None
        self._missing: GapReason | None = "restarted"
        self._reconnects_ns: deque[int] = deque()

    def connected(self, now_ns: int) -> None:
        """The source is open; frames are expected from now on."""
        self._connected_ns = now_ns

    def frame(self, now_ns: int) -> Missing | None:
        """A frame has come; tells what is missing before it."""
        missing = None
        lasted_ns = 0 if self.last_frame_ns is None else now_ns - self.last_frame_ns
        if self._missing is None and lasted_ns >= self._stall_after_ns:
            # Nobody watched meanwhile: the process itself was stopped.
            self._missing = "stalled"
        if self._missing is not None:
            missing = Missing(self._missing, lasted_ns / NANOSECONDS)
            if self._missing == "reconnected":
                self._reconnects_ns.append(now_ns)
        self._missing = None
        self.last_frame_ns = now_ns
        self._enter("online", now_ns)
        return missing

    def watch(self, now_ns: int) -> bool:
        """Look whether frames are overdue; True when the camera has just stalled."""
        if self._connected_ns is None or self.state == "stalled":
            return False
        silent_ns = now_ns - max(self._connected_ns, self.last_frame_ns or 0)
        if silent_ns < self._stall_after_ns:
            return False
        if self._missing is None:
            self._missing = "stalled"
        self._enter("stalled", now_ns, "stalled", f"connected, and no frame for {silent_ns / NANOSECONDS:.0f} s")
        return True

    def failed(self, now_ns: int, error: SourceError) -> None:
        """The source could not be opened, or broke off."""
        self._connected_ns = None
        if self.last_frame_ns is not None:
            self._missing = "reconnected"
        self._enter("offline", now_ns, cast(FailureReason, error.reason), str(error))

    def ended(self, now_ns: int) -> None:
        """The source has given all its frames."""
        self._connected_ns = None
        self._enter("ended", now_ns, "ended", "played to its end")

    def reconnects_last_hour(self, now_ns: int) -> int:
        """How often frames came back after a failure."""
        while self._reconnects_ns and self._reconnects_ns[0] <= now_ns - HOUR_NS:
            self._reconnects_ns.popleft()
        return len(self._reconnects_ns)

    def _enter(self, state: CameraState, now_ns: int, reason: FailureReason = "", detail: str = "") -> None:
        if state != self.state:
            self.since_ns = now_ns
        self.state, self.reason, self.detail = state, reason, detail
