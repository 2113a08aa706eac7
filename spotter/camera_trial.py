"""Opens a camera for a few seconds and measures it, as its own process would see it; keeps no picture."""

import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError, SpotterError
from core.frame import Frame
from core.settings import Camera, Workers
from ingest.sources import Break, open_source
from workers.people.finder import PeopleFinder, open_finder
from workers.people.tracked import TrackedPerson

FINDER_WAIT_S = 10.0
"""For the picture that is being searched when the trial ends."""


class Finder(Protocol):
    """What finds people; a ``PeopleFinder`` or, in a test, something with an easier life."""

    def update(self, frame: Frame) -> list[TrackedPerson]:
        """The people in a frame."""
        ...


@dataclass(slots=True)
class Trial:
    """What was seen of a camera."""

    width: int = 0
    height: int = 0
    frames: int = 0
    frames_per_second: float = 0.0
    """Between the first frame and the last; 0 for fewer than two."""
    opened_after_s: float = 0.0
    first_frame_after_s: float = 0.0
    """From the start, opening included."""
    delay_s: float = 0.0
    """Median from capture to here."""
    dropped: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
    people: int | None = None
    """Most people at a time; None if nobody looked."""
    searched: int = 0
    """Frames in which people were looked for."""


def open_people_finder(workers: Workers) -> PeopleFinder:
    """What the workers of this gym find people with, weights fetched if they are missing.

    :raises ModelError: if they are unusable
    :raises OutOfReachError: if they cannot be fetched
    """
    from workers.models.pull import ensure_pose_models

    ensure_pose_models(workers.model)
    return open_finder(detector=workers.detector, variant=workers.model, max_people=workers.max_people)


def try_camera(
    camera: Camera, seconds: float, finder: Finder | None, take: Callable[[Frame], None] | None = None
) -> Trial:
    """Open a camera and take its frames for so long after the first one.

    :param take: is given every frame, and must be quick
    :raises SourceError: if it gives no frame, with the reason
    """
    trial = Trial()
    start_ns = mono_ns()
    # Not the time-outs' sum: opening has its own, and what has opened must give a frame within this.
    deadline = _Deadline()
    watcher = _Watcher(finder) if finder is not None else None
    delays: list[float] = []
    times: list[int] = []
    try:
        with open_source(camera, stop=deadline.is_over) as source:
            trial.opened_after_s = (mono_ns() - start_ns) / NANOSECONDS
            deadline.set(camera.read_timeout)
            for frame in source:
                if isinstance(frame, Break):
                    trial.gaps += 1
                    continue
                now_ns = mono_ns()
                if not times:
                    trial.first_frame_after_s = (now_ns - start_ns) / NANOSECONDS
                    deadline.set(seconds)
                times.append(now_ns)
                delays.append((now_ns - frame.captured_ns) / NANOSECONDS)
                trial.height, trial.width = frame.pixels.shape[:2]
                if watcher is not None:
                    watcher.show(frame)
                if take is not None:
                    take(frame)
            trial.dropped = dict(source.dropped)
    finally:
        if watcher is not None:
            watcher.close()
    if not times:
        raise SourceError("stalled", f"{camera.source} opened, and gave no frame within {camera.read_timeout:g} s")
    trial.frames = len(times)
    trial.delay_s = max(0.0, statistics.median(delays))
    if times[-1] > times[0]:
        trial.frames_per_second = (len(times) - 1) * NANOSECONDS / (times[-1] - times[0])
    if watcher is not None:
        trial.people, trial.searched = watcher.result()
    return trial


class _Deadline:
    """When nobody wants frames any more; never, until it is set."""

    def __init__(self) -> None:
        self._at_ns: int | None = None

    def set(self, seconds: float) -> None:
        self._at_ns = mono_ns() + round(seconds * NANOSECONDS)

    def is_over(self) -> bool:
        return self._at_ns is not None and mono_ns() >= self._at_ns


class _Watcher:
    """Looks for people in a thread of its own, in the newest frame, so that the camera is measured undisturbed."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._wake = threading.Condition()
        self._newest: Frame | None = None
        self._closed = False
        self._most = 0
        self._searched = 0
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._look, name="people", daemon=True)
        self._thread.start()

    def show(self, frame: Frame) -> None:
        """Give the newest frame; one that was not looked at yet is forgotten."""
        with self._wake:
            self._newest = frame
            self._wake.notify()

    def close(self) -> None:
        """Look at what is there still, and end."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join(FINDER_WAIT_S)

    def result(self) -> tuple[int, int]:
        """Most people at a time, and frames looked at; raises what the finder raised."""
        if self._problem is not None:
            raise self._problem
        if self._thread.is_alive():
            raise SpotterError(f"looking for people in one picture takes more than {FINDER_WAIT_S:g} s")
        return self._most, self._searched

    def _look(self) -> None:
        try:
            while (frame := self._next()) is not None:
                self._most = max(self._most, len(self._finder.update(frame)))
                self._searched += 1
        except BaseException as error:  # noqa: BLE001  # handed to the thread that asks for the result
            self._problem = error

    def _next(self) -> Frame | None:
        with self._wake:
            while self._newest is None and not self._closed:
                self._wake.wait(0.5)
            frame, self._newest = self._newest, None
            return frame
