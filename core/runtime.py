"""What every process does the same way: signals, logging, title, faulthandler, heartbeat and exit.

The only file that installs signal handlers or configures logging for a long-running process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.messages import AnyHeartbeat
from core.secrets import Address


class Stopping(Protocol):
    """Whether the process was asked to stop."""

    def is_set(self) -> bool:
        """True once it was."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait at most so long; True once it was."""
        ...


@dataclass(frozen=True, slots=True)
class Vitals:
    """What every heartbeat says of its process."""

    sender: str
    pid: int
    host: str
    started_utc_ns: int
    beat_utc_ns: int
    version: str
    rss_mb: float
    cpu_share: float


class Process:
    """One long-running process: made first thing in its entry file.

    Sets title and logging, installs SIGINT and SIGTERM (the first asks to stop, the second kills), and watches that the
    parent lives where there is one (``--parent PID``): an orphan stops by itself.
    """

    def __init__(self, name: str, *, parent_pid: int | None = None, log_level: str = "INFO") -> None:
        raise NotImplementedError

    @property
    def stopping(self) -> Stopping:
        """Asked by every loop."""
        raise NotImplementedError

    def vitals(self) -> Vitals:
        """Newest figures of this process."""
        raise NotImplementedError

    def run(self, body: Callable[["Process"], int | None]) -> int:
        """Run to the end; a ``SpotterError`` becomes one line and its exit code, anything else a logged bug and 1."""
        raise NotImplementedError


class Pulse:
    """Writes a heartbeat each second from a thread of its own.

    ``make`` is asked for the newest heartbeat in that thread; ``alive`` is the time (monotonic, ns) at which the main
    loop last went round: when it stands still for ``stuck_s`` the pulse stops too, so that a hung process looks dead.
    A Redis that does not answer is tried again each second, and logged once each way.
    """

    def __init__(
        self, address: Address, make: Callable[[], AnyHeartbeat], alive: Callable[[], int], stuck_s: float = 5.0
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Begin."""
        raise NotImplementedError

    def stop(self, *, forget: bool) -> None:
        """End; with ``forget`` the heartbeat is removed, as after a stop on purpose."""
        raise NotImplementedError
