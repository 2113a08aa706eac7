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
REMEMBERED_S = 300.0
"""For how long a run is remembered whose heartbeat another one has replaced."""
FLOWS_S = 3.0
"""A camera whose count of frames grew within this time gives frames."""


K = TypeVar("K")


class HeartbeatWatch:
    """Ages of heartbeats, by this process's own clock.

    A process is known by its boot, never by its process id: two machines may have the same, and every container has 1.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}
        """By boot: the newest heartbeat's own time, and when it was new here."""

    def look(self, processes: Mapping[str, AnyHeartbeat], now_s: float) -> None:
        """Take the newest heartbeats; call about once a second while Redis answers."""
        for heartbeat in processes.values():
            before = self._seen.get(heartbeat.boot)
            if not heartbeat.boot:
                continue  # of an older version, so of none that is asked about here
            if before is None or before[0] != heartbeat.beat_utc_ns:
                self._seen[heartbeat.boot] = (heartbeat.beat_utc_ns, now_s)
        present = {heartbeat.boot for heartbeat in processes.values()}
        self._seen = {
            boot: seen for boot, seen in self._seen.items() if boot in present or now_s - seen[1] < REMEMBERED_S
        }

    def forgive(self, now_s: float) -> None:
        """Redis or this process was away: nobody is to blame for the beats of that time."""
        self._seen = {boot: (beat, now_s) for boot, (beat, _) in self._seen.items()}

    def has_beaten(self, boot: str) -> bool:
        """Whether this very process has written a heartbeat."""
        return boot in self._seen

    def is_stale(self, boot: str, now_s: float) -> bool:
        """Whether this very process wrote heartbeats and no longer does."""
        return boot in self._seen and now_s - self._seen[boot][1] > STALE_AFTER_S

    def is_mute(self, boot: str, now_s: float) -> bool:
        """Whether this very process, which asks, cannot get its heartbeat through: then nobody else can either."""
        return boot in self._seen and now_s - self._seen[boot][1] > MUTE_AFTER_S


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
        """Boots of workers that have given no results for so long although frames come, with what to say of each."""
        for heartbeat in processes.values():
            if isinstance(heartbeat, IngestHeartbeat):
                self._grow(self._published, heartbeat.camera, heartbeat.frames_out, now_s)
        workers = [each for each in processes.values() if isinstance(each, WorkerHeartbeat)]
        loads = {(each.boot, camera, load.token): load for each in workers for camera, load in each.cameras.items()}
        self._worked = {key: count for key, count in self._worked.items() if key in loads}
        for key, load in loads.items():
            self._grow(self._worked, key, load.frames, now_s)
        return {each.boot: said for each in workers if (said := self._judge(each, behind_s, now_s))}

    def _judge(self, worker: WorkerHeartbeat, behind_s: float, now_s: float) -> str:
        flowing = [camera for camera in worker.cameras if self._flows(camera, behind_s, now_s)]
        still = {}
        for camera in flowing:
            count = self._worked[worker.boot, camera, worker.cameras[camera].token]
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
