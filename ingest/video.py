"""A recording as a sequence of upright colour frames with capture times; reads every frame and says what is missing.

Never touches the network, never changes a file, and never shows a frame that the recording does not hold.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ClipError
from core.frame import Frame
from core.names import shown_name
from ingest.clock import ASSUMED_FPS, NANOSECONDS, Clock, is_credible_rate, typical_step_s
from ingest.container import HEAD_BYTES, Container, read_container, why_unreadable
from ingest.opencv import local_recordings_only, set_up_opencv

MIN_SIDE_PX = 32
"""A person in a picture of this height has joints two pixels apart; below, nothing can be told of anybody."""
PROBED_FRAMES = 12
"""Enough time-stamps for a median step, even with B-frames and a slow start; few enough to cost nothing."""
RATE_AGREEMENT = 0.07
"""Rounding to milliseconds changes the step of 60 frames/s by 6 %; a header that differs by more means something else,
for example fields."""
COUNT_SLACK = 0.02
LENGTH_SLACK_S = 1.0
LENGTH_SLACK = 0.05
"""A recording counts as truncated without missing bytes only when both its frames and its length fall short by more
than these: sound often outlasts the picture by a second, and many containers only estimate the number of frames."""


class Recording:
    """Every frame of a recording, in order; a context manager that is iterated once.

    Raises ``ClipError`` at once if nothing can be read. ``truncated`` and the final figures are known when the
    iteration has ended.
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 1) -> None:
        set_up_opencv(threads)
        self._name = shown_name(path)
        self._threads = threads
        self.notes: list[str] = []
        """Remarks on the recording in plain words, for the reader of a result."""
        self.truncated: str | None = None
        """Why the recording ended before its announced end; None if it did not, or is not read to its end yet."""
        self.frames_read = 0
        self._last_ns = 0
        head, self._container = self._look(Path(path))
        capture = self._capture(path)
        if capture is None:
            raise ClipError(f"{self._name}: {why_unreadable(head, self._container)}")
        positions_ms = _first_positions_ms(capture)
        capture.release()
        self._open = self._capture(path)
        if self._open is None or not positions_ms:
            raise ClipError(f"{self._name}: {self._why_no_frame()}")
        self.width = int(self._open.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(self._open.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if min(self.width, self.height) < MIN_SIDE_PX:
            self.close()
            raise ClipError(f"{self._name}: {self.width}x{self.height} pixels are too few to see anybody")
        self._header_fps = self._open.get(cv2.CAP_PROP_FPS)
        counted = self._open.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count_or_none = self._container.frames or (round(counted) if 0 < counted < 1e9 else None)
        """How many frames the container announces, for a progress bar; often an estimate."""
        self._clock = self._start_clock(positions_ms)

    def _look(self, path: Path) -> tuple[bytes, Container]:
        """Check that the path is a readable file and read what its container says."""
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise ClipError(f"{self._name}: it is a folder, not a recording")
            if not stat.S_ISREG(mode):
                raise ClipError(f"{self._name}: it is not a regular file")
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
                return head, read_container(file)
        except FileNotFoundError as error:
            raise ClipError(f"{self._name}: there is no such file") from error
        except PermissionError as error:
            raise ClipError(f"{self._name}: no permission to read it") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ClipError(f"{self._name}: it cannot be read ({reason})") from error

    def _capture(self, path: str | os.PathLike[str]) -> cv2.VideoCapture | None:
        """Open the file with FFmpeg through a descriptor.

        A name could be a pattern or an address to FFmpeg, and bytes that are not UTF-8 crash OpenCV's bindings; the
        path of a descriptor is neither.
        """
        with Path(path).open("rb") as file, local_recordings_only():
            source = f"file:/dev/fd/{file.fileno()}" if os.name == "posix" else f"file:{Path(path).absolute()}"
            capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, self._threads])
        return capture if capture.isOpened() else None

    def _why_no_frame(self) -> str:
        if self._container.missing_bytes:
            return "it was cut off before its first frame"
        return "it holds no frame that can be decoded"

    def _start_clock(self, positions_ms: list[float]) -> Clock:
        step_s = typical_step_s(positions_ms)
        promised_fps = self._promised_fps()
        if step_s is not None and self._container.timed and is_credible_rate(1 / step_s):
            # The header's rate is the finer one where the stamps are rounded to milliseconds, as in Matroska.
            agrees = is_credible_rate(self._header_fps) and abs(self._header_fps * step_s - 1) < RATE_AGREEMENT
            self._step_s = 1 / self._header_fps if agrees else step_s
            return Clock(self._step_s, trusted=True)
        if len(positions_ms) == 1:
            self._step_s = 1 / promised_fps if promised_fps else 1 / ASSUMED_FPS
            return Clock(self._step_s, trusted=True)
        stated = f"{self._header_fps:g}" if self._container.timed else "0"
        if promised_fps is not None:
            self._step_s = 1 / promised_fps
            self.notes.append(
                f"the time-stamps are unusable (frame rate {stated}); evenly spaced at {promised_fps:.3g} frames/s, "
                "from the length that the file states"
            )
        else:
            self._step_s = 1 / ASSUMED_FPS
            self.notes.append(f"the frame rate is unusable ({stated}); {ASSUMED_FPS:g} frames/s are assumed")
        return Clock(self._step_s, trusted=False)

    def _promised_fps(self) -> float | None:
        """Frame rate from the container's length and number of frames, else from its header; None if not credible."""
        if self._container.frames and self._container.duration_s:
            fps = self._container.frames / self._container.duration_s
        else:
            fps = self._header_fps
        return fps if is_credible_rate(fps) else None

    @property
    def nominal_frames_per_second(self) -> float:
        """Usual frame rate, known before anything is read; for writing a video of the same pace."""
        return 1 / self._step_s

    @property
    def frames_per_second(self) -> float:
        """Mean frame rate by the time-stamps read so far; the nominal one before there are two."""
        if self.frames_read < 2 or self._last_ns == 0:
            return self.nominal_frames_per_second
        return (self.frames_read - 1) * NANOSECONDS / self._last_ns

    @property
    def duration_s(self) -> float:
        """Length of what was read so far: up to the end of the last frame."""
        return self.frames_read / self.frames_per_second

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the decoder; may be called twice."""
        if self._open is not None:
            self._open.release()
            self._open = None

    def __iter__(self) -> Iterator[Frame]:
        while True:
            pixels = self._read()
            if pixels is None:
                break
            self._last_ns = self._clock.stamp(self._position_ms)
            frame = Frame(pixels, self._last_ns, self.frames_read)
            self.frames_read += 1
            yield frame
        self._conclude()

    def _read(self) -> NDArray[np.uint8] | None:
        if self._open is None:
            return None
        try:
            ok, pixels = self._open.read()
        except cv2.error as error:
            raise ClipError(f"{self._name}: frame {self.frames_read} cannot be decoded ({error.err})") from error
        if not ok:
            return None
        self._position_ms = self._open.get(cv2.CAP_PROP_POS_MSEC)
        return self._of_one_size(np.asarray(pixels, dtype=np.uint8))

    def _of_one_size(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Scale a frame to the size of the first one, which everything after this relies on."""
        if pixels.shape == (self.height, self.width, 3):
            return pixels
        note = "the size of the picture changes; all frames are scaled to the first one's size"
        if note not in self.notes:
            self.notes.append(note)
        return np.asarray(cv2.resize(pixels, (self.width, self.height)), dtype=np.uint8)

    def _conclude(self) -> None:
        """Compare what was read with what the container announced."""
        if self._clock.repaired:
            self.notes.append(f"{self._clock.repaired} time-stamps were missing or ran backwards and were repaired")
        container = self._container
        announced_s = container.duration_s or self._header_duration_s()
        if container.missing_bytes:
            of = f" of {announced_s:.1f} s" if announced_s and announced_s > self.duration_s else ""
            self.truncated = (
                f"the file is cut off: {container.missing_bytes} bytes are missing at its end; "
                f"{self.frames_read} frames ({self.duration_s:.1f} s{of}) could be read"
            )
        elif self._falls_short(announced_s):
            self.truncated = (
                f"only {self.frames_read} of {self.frame_count_or_none} announced frames "
                f"({self.duration_s:.1f} s of {announced_s:.1f} s) could be read"
            )
        elif container.frames is not None and self.frames_read < container.frames * (1 - COUNT_SLACK) - 1:
            self.notes.append(f"{container.frames - self.frames_read} of {container.frames} frames cannot be decoded")

    def _header_duration_s(self) -> float | None:
        if self.frame_count_or_none is None or not is_credible_rate(self._header_fps):
            return None
        return self.frame_count_or_none / self._header_fps

    def _falls_short(self, announced_s: float | None) -> bool:
        if announced_s is None or self.frame_count_or_none is None:
            return False
        few = self.frames_read < self.frame_count_or_none * (1 - COUNT_SLACK) - 1
        return few and self.duration_s < announced_s - max(LENGTH_SLACK_S, LENGTH_SLACK * announced_s)


def _first_positions_ms(capture: cv2.VideoCapture) -> list[float]:
    """Decode the first frames and give their time-stamps in milliseconds."""
    positions: list[float] = []
    while len(positions) < PROBED_FRAMES and capture.grab():
        positions.append(float(capture.get(cv2.CAP_PROP_POS_MSEC)))
    return positions
