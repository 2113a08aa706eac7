"""A camera of the rehearsal gym, drawn in real time; all cameras of a gym show the same moment of its scene."""

import time
from collections.abc import Iterator

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError, SpotterError
from core.frame import Frame
from ingest.live.source import Break, Source, Stop, wait_until
from ingest.rehearsal.source import RehearsalSource, rehearsal_camera


class LiveRehearsal(Source):
    """A drawn camera whose scene began, or begins, at a common monotonic time.

    If that time has passed, the scene goes on where it is by now. Capture times are this host's, so the wrong clocks
    that a scene gives its recorders do not count: a capture time less the start is the scene's own time.
    """

    live = False

    def __init__(
        self, name: str, *, fps: float | None, loop: bool, stop: Stop, start_mono_ns: int | None = None
    ) -> None:
        super().__init__()
        self._stop = stop
        begins_ns = mono_ns() if start_mono_ns is None else start_mono_ns
        try:
            offset_s = rehearsal_camera(name)[1].clock_offset_s
            self._start_ns = begins_ns - round(offset_s * NANOSECONDS)
            self._source = RehearsalSource(
                name,
                "real",
                loop=loop,
                rate=fps,
                start_s=self._start_ns / NANOSECONDS,
                clock=time.monotonic,
                sleep=self._sleep,
            )
        except SpotterError as error:
            raise SourceError("not found", str(error)) from error

    def _sleep(self, seconds: float) -> None:
        if not wait_until(mono_ns() + round(seconds * NANOSECONDS), self._stop):
            self._source.close()

    def close(self) -> None:
        """Stop drawing."""
        self._source.close()

    def __iter__(self) -> Iterator[Frame | Break]:
        turn: int | None = None
        for frame in self._source:
            if self._source.frames_skipped:
                self.dropped["late"] = self._source.frames_skipped
            turn, before = frame.sequence // self._source.frames_in_scene, turn
            if before is not None and turn != before:
                yield Break("looped")
            yield Frame(frame.pixels, self._start_ns + frame.captured_ns, frame.sequence)
            if self._stop():
                return
