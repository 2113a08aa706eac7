"""Rates out of counters that only grow, and short histories for sparklines; pure: times are arguments."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core.clock import NANOSECONDS
from core.messages import AggregatorHeartbeat, WorkerHeartbeat
from tui.state import FloorState

OVER_S = 6.0
"""A rate is taken over so long: shorter jumps with every heartbeat, longer hides a stall."""
LENGTH = 120
"""Points of a history."""

Key = tuple[str, str]
"""Process or camera, and what is counted."""


@dataclass(slots=True)
class Counter:
    """A number that grows; one that is smaller than before begins anew."""

    points: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=30))
    """Time of the heartbeat by its own clock, and value."""

    def take(self, at_utc_ns: int, value: int) -> bool:
        """Note a value; False if the heartbeat is the one of before."""
        if self.points:
            last_ns, last = self.points[-1]
            if at_utc_ns == last_ns:
                return False
            if value < last or at_utc_ns < last_ns:
                self.points.clear()
        self.points.append((at_utc_ns, value))
        return True

    @property
    def per_s(self) -> float | None:
        """Growth a second; None until two values are known."""
        newest_ns, newest = self.points[-1] if self.points else (0, 0)
        for at_ns, value in self.points:
            if newest_ns - at_ns <= OVER_S * NANOSECONDS:
                passed_s = (newest_ns - at_ns) / NANOSECONDS
                return (newest - value) / passed_s if passed_s > 0 else None
        return None


class RateBook:
    """Rates of everything that heartbeats count; keeps a bounded history of each."""

    def __init__(self) -> None:
        self._counters: dict[Key, Counter] = {}
        self._histories: dict[Key, deque[float]] = {}

    def take(self, state: FloorState) -> None:
        """Take the newest heartbeats; cheap where none is new."""
        seen = set()
        for name, what, at_utc_ns, value in _counted(state):
            key = (name, what)
            seen.add(key)
            counter = self._counters.setdefault(key, Counter())
            if counter.take(at_utc_ns, value) and (rate := counter.per_s) is not None:
                self._histories.setdefault(key, deque(maxlen=LENGTH)).append(rate)
        for key in self._counters.keys() - seen:
            del self._counters[key]
            self._histories.pop(key, None)

    def per_s(self, name: str, what: str) -> float | None:
        """Newest rate; None if it is not known."""
        counter = self._counters.get((name, what))
        return counter.per_s if counter is not None else None

    def history(self, name: str, what: str) -> list[float]:
        """Rates of the last minutes, oldest first."""
        return list(self._histories.get((name, what), ()))


def _counted(state: FloorState) -> Iterator[tuple[str, str, int, int]]:
    """Process or camera, what is counted, when by the sender's clock, and the count."""
    for name, camera in state.cameras.items():
        beat = camera.heartbeat
        if beat is not None:
            yield name, "in", beat.beat_utc_ns, beat.frames_in
            yield name, "out", beat.beat_utc_ns, beat.frames_out
            yield name, "dropped at camera", beat.beat_utc_ns, unwished_drops(beat.dropped)
        worker = state.processes.get(camera.worker)
        if camera.load is not None and worker is not None:
            yield name, "results", worker.beat_utc_ns, camera.load.frames
            yield name, "dropped at worker", worker.beat_utc_ns, sum(camera.load.dropped.values())
    for name, process in state.processes.items():
        if isinstance(process, WorkerHeartbeat | AggregatorHeartbeat):
            yield name, "events", process.beat_utc_ns, process.events


def unwished_drops(dropped: Mapping[str, int]) -> int:
    """Frames that were left out and should not have been; what ``fps`` leaves out is as somebody asked."""
    return sum(count for reason, count in dropped.items() if reason != "paced")


def totals(book: RateBook, names: Iterable[str], what: str) -> float | None:
    """Sum of the rates that are known; None if none is."""
    known = [rate for name in names if (rate := book.per_s(name, what)) is not None]
    return sum(known) if known else None
