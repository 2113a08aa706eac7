"""A recording played in real time by its own time stamps, once or for ever."""

import logging
from collections.abc import Iterator
from pathlib import Path

from core.clock import NANOSECONDS, mono_ns
from core.errors import ClipError, SourceError
from core.frame import Frame
from core.names import shown_name
from ingest.live.source import Break, Source, Stop, wait_until
from ingest.video import Recording

logger = logging.getLogger(__name__)

LATE_NS = NANOSECONDS // 2
"""A frame overdue by more is left out: less would drop frames at every hiccup of a busy machine, more would let the
delay that staff see grow."""
BEHIND_NS = 3 * NANOSECONDS
"""When decoding is this far behind, the recording goes on from where it is, with a gap, instead of dropping on."""


class PacedRecording(Source):
    """A video file as a camera: capture times are the start plus the recording's own times, so intervals are exact."""

    live = False

    def __init__(self, path: Path, *, loop: bool, stop: Stop, start_mono_ns: int | None = None) -> None:
        super().__init__()
        self._path, self._loop, self._stop = path, loop, stop
        self._start_ns = start_mono_ns or 0
        self._recording = self._opened()

    def _opened(self) -> Recording:
        if not self._path.exists():
            raise SourceError("not found", f"{shown_name(self._path)}: there is no such file")
        try:
            return Recording(self._path)
        except ClipError as error:
            raise SourceError("unusable", str(error)) from error

    def close(self) -> None:
        """Close the file."""
        self._recording.close()

    def __iter__(self) -> Iterator[Frame | Break]:
        start_ns = max(self._start_ns, mono_ns())
        sequence = 0
        while True:
            try:
                for frame in self._recording:
                    due_ns = start_ns + frame.captured_ns
                    late_ns = mono_ns() - due_ns
                    sequence += 1
                    if late_ns > BEHIND_NS:
                        start_ns, due_ns = start_ns + late_ns, due_ns + late_ns
                        yield Break("stalled")
                    elif late_ns > LATE_NS:
                        self.drop("late")
                        continue
                    if not wait_until(due_ns, self._stop):
                        return
                    yield Frame(frame.pixels, due_ns, sequence - 1)
            except ClipError as error:
                raise SourceError("unusable", str(error)) from error
            self._say_what_was_missing()
            if not self._loop or self._stop():
                return
            start_ns += round(self._recording.duration_s * NANOSECONDS)
            self._recording.close()
            self._recording = self._opened()
            yield Break("looped")

    def _say_what_was_missing(self) -> None:
        if self._recording.truncated:
            logger.warning("%s: %s", shown_name(self._path), self._recording.truncated)
