"""When each process was heard of last, by this process's own clock; pure: heartbeats and times are arguments.

The clock of another machine may be wrong, and any wall clock may be set: a heartbeat is fresh because it has changed.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from core.messages import AnyHeartbeat


class Hearing:
    """Ages of heartbeats; look about as often as they are written."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, int]] = {}
        """By process: its newest heartbeat's own time, and when that was new here, monotonic."""

    def dated(self, processes: Mapping[str, AnyHeartbeat], now_ns: int, now_utc_ns: int) -> dict[str, AnyHeartbeat]:
        """The heartbeats with the UTC, by our clock, at which they were new; ``now_ns``: monotonic.

        One that is seen for the first time may be of a process that died long ago: it is as old as it says.
        """
        heard: dict[str, tuple[int, int]] = {}
        for name, beat in processes.items():
            before = self._heard.get(name)
            if before is None:
                heard[name] = beat.beat_utc_ns, now_ns - max(now_utc_ns - beat.beat_utc_ns, 0)
            else:
                heard[name] = before if before[0] == beat.beat_utc_ns else (beat.beat_utc_ns, now_ns)
        self._heard = heard
        return {
            name: replace(beat, beat_utc_ns=now_utc_ns - (now_ns - heard[name][1])) for name, beat in processes.items()
        }
