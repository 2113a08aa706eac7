"""A folder of pictures as a camera: in the order of their names, evenly paced."""

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.names import shown_name
from ingest.live.source import Break, Source, Stop, wait_until
from ingest.opencv import set_up_opencv

logger = logging.getLogger(__name__)

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"))
DEFAULT_FPS = 5.0
MAX_FILE_BYTES = 256 * 2**20
"""A larger file is no picture of a camera; reading it would fill the memory."""
MAX_SIDE_PX = 16_384


class ImageFolder(Source):
    """Pictures in a folder, listed anew at every turn; one that cannot be read is left out, and its time passes."""

    live = False

    def __init__(
        self, folder: Path, *, fps: float | None, loop: bool, stop: Stop, start_mono_ns: int | None = None
    ) -> None:
        super().__init__()
        set_up_opencv()
        self._folder, self._loop, self._stop = folder, loop, stop
        self._fps = fps or DEFAULT_FPS
        self._start_ns = start_mono_ns or 0
        self._complained: set[Path] = set()
        self._pictures = self._listed()

    def _listed(self) -> list[Path]:
        try:
            pictures = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in SUFFIXES)
        except FileNotFoundError as error:
            raise SourceError("not found", f"{shown_name(self._folder)}: there is no such folder") from error
        except OSError as error:
            raise SourceError("unusable", f"{shown_name(self._folder)}: cannot be listed ({error.strerror})") from error
        if not pictures:
            known = ", ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
            raise SourceError("unusable", f"{shown_name(self._folder)}: holds no picture ({known})")
        return pictures

    def close(self) -> None:
        """Nothing is held open."""

    def __iter__(self) -> Iterator[Frame | Break]:
        start_ns = max(self._start_ns, mono_ns())
        sequence = 0
        while True:
            shown = 0
            for path in self._pictures:
                due_ns = start_ns + round(sequence * NANOSECONDS / self._fps)
                if not wait_until(due_ns, self._stop):
                    return
                pixels = self._read(path)
                sequence += 1
                if pixels is None:
                    self.drop("unreadable")
                    continue
                shown += 1
                yield Frame(pixels, due_ns, sequence - 1)
            if not shown:
                raise SourceError("unusable", f"{shown_name(self._folder)}: none of its pictures can be read")
            if not self._loop:
                return
            self._pictures = self._listed()
            yield Break("looped")

    def _read(self, path: Path) -> NDArray[np.uint8] | None:
        try:
            pixels = decoded_picture(path.read_bytes()) if path.stat().st_size <= MAX_FILE_BYTES else None
        except OSError:
            pixels = None
        if pixels is None and path not in self._complained:
            self._complained.add(path)
            logger.warning("%s: cannot be read as a picture and is left out", shown_name(path))
        return pixels


def decoded_picture(data: bytes) -> NDArray[np.uint8] | None:
    """A picture file as (height, width, 3) uint8 BGR; None if it cannot be decoded or is absurdly large."""
    if not data:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if pixels is None or max(pixels.shape[:2]) > MAX_SIDE_PX:
        return None
    return np.asarray(pixels, dtype=np.uint8)
