"""Who is dead or useless although its process lives; pure: heartbeats and time are arguments.

Ages are counted from when a heartbeat was seen to change, never by the wall clock, which may be set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.messages import AnyHeartbeat, IngestHeartbeat, WorkerHeartbeat
from core.runtime import STALE_AFTER_S

MUTE_AFTER_S = 2.5
"""Well before a heartbeat is stale, and more than a beat that comes late."""
FLOWS_S = 3.0
"""A camera whose count of frames grew within this time gives frames."""


K = TypeVar("K")


class HeartbeatWatch:
    """Ages of heartbeats, by this process's own clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int, float]] = {}

    def look(self, processes: Mapping[str, AnyHeartbeat], now_s: float) -> None:
        """Take the newest heartbeats; call about once a second while Redis answers."""
        for name, heartbeat in processes.items():
            before = self._seen.get(name)
            if before is None or before[:2] != (heartbeat.pid, heartbeat.beat_utc_ns):
                self._seen[name] = (heartbeat.pid, heartbeat.beat_utc_ns, now_s)

    def forgive(self, now_s: float) -> None:
        """Redis or this process was away: nobody is to blame for the beats of that time."""
        self._seen = {name: (pid, beat, now_s) for name, (pid, beat, _) in self._seen.items()}

    def has_beaten(self, name: str, pid: int) -> bool:
        """Whether this very process has written a heartbeat."""
        return self._seen.get(name, (0, 0, 0.0))[0] == pid

    def is_stale(self, name: str, pid: int, now_s: float) -> bool:
        """Whether this very process wrote heartbeats and no longer does."""
        seen = self._seen.get(name)
        return seen is not None and seen[0] == pid and now_s - seen[2] > STALE_AFTER_S

    def is_mute(self, name: str, pid: int, now_s: float) -> bool:
        """Whether this very process, which asks, cannot get its heartbeat through: then nobody else can either."""
        seen = self._seen.get(name)
        return seen is not None and seen[0] == pid and now_s - seen[2] > MUTE_AFTER_S


@dataclass(slots=True)
class _Count:
    """A number that should grow."""

    value: int
    grew_s: float
    since_s: float
    """Since when it grows without a pause."""


class ResultsWatch:
    """Frames of a camera against the results of the worker that has it."""

    def __init__(self) -> None:
        self._published: dict[str, _Count] = {}
        self._worked: dict[tuple[str, str, int], _Count] = {}

    def forgive(self) -> None:
        """Redis or this process was away: begin anew."""
        self._published.clear()
        self._worked.clear()

    def look(self, processes: Mapping[str, AnyHeartbeat], behind_s: float, now_s: float) -> dict[str, str]:
        """Workers that have given no results for so long although frames come, each with what to say of it."""
        for heartbeat in processes.values():
            if isinstance(heartbeat, IngestHeartbeat):
                self._grow(self._published, heartbeat.camera, heartbeat.frames_out, now_s)
        workers = [each for each in processes.values() if isinstance(each, WorkerHeartbeat)]
        loads = {(each.sender, camera, load.token): load for each in workers for camera, load in each.cameras.items()}
        self._worked = {key: count for key, count in self._worked.items() if key in loads}
        for key, load in loads.items():
            self._grow(self._worked, key, load.frames, now_s)
        return {each.sender: said for each in workers if (said := self._judge(each, behind_s, now_s))}

    def _judge(self, worker: WorkerHeartbeat, behind_s: float, now_s: float) -> str:
        flowing = [camera for camera in worker.cameras if self._flows(camera, behind_s, now_s)]
        still = {}
        for camera in flowing:
            count = self._worked[worker.sender, camera, worker.cameras[camera].token]
            still[camera] = now_s - count.grew_s
        # One camera of several that starves for a while is a matter of load, which a restart would make worse.
        behind = [camera for camera, still_s in still.items() if still_s > behind_s]
        if not behind or (len(behind) < len(flowing) and max(still.values()) <= 3 * behind_s):
            return ""
        longest_s = max(still[camera] for camera in behind)
        return f"frames of {', '.join(sorted(behind))} come and results have not for {longest_s:.0f} s"

    def _flows(self, camera: str, behind_s: float, now_s: float) -> bool:
        count = self._published.get(camera)
        return count is not None and now_s - count.grew_s < FLOWS_S and count.grew_s - count.since_s >= behind_s

    @staticmethod
    def _grow(counts: dict[K, _Count], key: K, value: int, now_s: float) -> None:
        count = counts.get(key)
        if count is None or value < count.value:
            counts[key] = _Count(value, now_s, now_s)
        elif value > count.value:
            if now_s - count.grew_s > FLOWS_S:
                count.since_s = now_s
            count.value, count.grew_s = value, now_s
