"""The annotated video: every frame of a recording with skeletons, names, counts and cues drawn in."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.errors import OutputError
from core.frame import Frame
from core.names import shown_name, valid_text
from ingest.container import read_container
from ingest.opencv import set_up_opencv
from spotter.analysis import ClipAnalysis, Seen, Status
from spotter.drawing import (
    BACKGROUND,
    DIMMED,
    WHITE,
    Box,
    Pixels,
    Word,
    draw_label,
    draw_skeleton,
    fitted_label,
    mixed,
    person_colour,
    placed,
)  # fmt: skip
from spotter.replacing import ReplacingFile, output_errors

LONGEST_HOLD_S = 10.0
"""A longer hole in the time-stamps is shown as a pause of this length: a camera that slept overnight would otherwise
fill the disk with one picture."""
MAX_FPS = 240.0
HEAD_ROOM = 0.06
"""Of the height of a person's landmarks."""


class AnnotatedVideo:
    """Writes an MP4 of constant frame rate whose pictures stand at their capture times; see ``spotter.outputs.Output``.

    Of a recording with constant frame rate every frame is written once. Of one with variable rate a frame stays until
    the next is due, and of frames closer together than the nominal rate the later one is left out.
    """

    def __init__(self, target: Path, size: tuple[int, int], frames_per_second: float) -> None:
        set_up_opencv()
        self._fps = round(min(frames_per_second, MAX_FPS), 3)
        # MPEG-4 stores colours for 2x2 blocks: sides are even.
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._replacing = ReplacingFile(target)
        self._written = 0
        self._hidden = 0
        """How many pictures of the time-line are left out because a hole was shortened."""
        self._last: Pixels | None = None
        self._writer = self._open_writer(target)

    def _open_writer(self, target: Path) -> cv2.VideoWriter:
        path = str(self._replacing.path)
        # Bytes that are not UTF-8 crash OpenCV's bindings.
        if path != valid_text(path):
            self._replacing.discard()
            raise OutputError(f"{shown_name(target)}: videos cannot be written to a folder whose name is not UTF-8")
        writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), self._fps, self._size)
        if not writer.isOpened():
            self._replacing.discard()
            raise OutputError(
                f"{shown_name(target)}: a video of {size_text(self._size)} at {self._fps:g}/s cannot be written"
            )
        return writer

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Draw one frame and write it at its time."""
        due = round(time_s * self._fps) - self._hidden
        longest = max(math.ceil(LONGEST_HOLD_S * self._fps), 1)
        if due - self._written > longest:
            self._hidden += due - self._written - longest
            due = self._written + longest
        while self._last is not None and self._written < due:
            self._write(self._last)
        self._last = drawn(frame.pixels, seen, self._size)
        if self._written <= due:
            self._write(self._last)

    def _write(self, pixels: Pixels) -> None:
        self._writer.write(pixels)
        self._written += 1

    def finish(self, analysis: ClipAnalysis) -> None:
        """Complete the video, look whether all of it reached the disk, and put it in its place."""
        self._writer.release()
        target = self._replacing.target
        with output_errors(target):
            with self._replacing.path.open("rb") as file:
                container = read_container(file)
            # OpenCV does not say when the disk is full; the file then lacks its index or the end of its pictures.
            if not container.has_index or container.missing_bytes or container.frames != self._written:
                raise OutputError(f"{shown_name(target)}: the video could not be written completely; is the disk full?")
            self._replacing.commit()

    def discard(self) -> None:
        """Remove what was written, unless the file is in its place already."""
        self._writer.release()
        self._replacing.discard()


def size_text(size: tuple[int, int]) -> str:
    """Write a size as ``640x360``."""
    return f"{size[0]}x{size[1]}"


def drawn(pixels: Pixels, seen: Sequence[Seen], size: tuple[int, int]) -> Pixels:
    """Copy a frame, extended to ``size`` (width, height) at its right and lower edge, and draw everybody into it."""
    height, width = pixels.shape[:2]
    canvas = np.ascontiguousarray(np.pad(pixels, ((0, size[1] - height), (0, size[0] - width), (0, 0)), mode="edge"))
    for one in seen:
        draw_skeleton(canvas, one.person.landmarks, one.person.track)
    taken: list[Box] = []
    for one in seen:
        status = one.status
        label = fitted_label(head_words(one.person.track, status), status.cue, size)
        x0, y0, x1, y1 = one.person.box_px
        # The topmost landmarks are eyes or hands: leave room for the head above them.
        box = placed(label.extent(), ((x0 + x1) / 2, y0 - HEAD_ROOM * (y1 - y0)), size, taken)
        draw_label(canvas, label, box, person_colour(one.person.track))
        taken.append(box)
    return canvas


def head_words(number: int, status: Status) -> list[Word]:
    """Write ``#1 squat 5 +1``: number, exercise, sure repetitions, and dimmed the tentative ones."""
    words = [Word(f"#{number}", person_colour(number))]
    if not status.exercise:
        return words
    words.append(Word(f" {status.exercise.replace('_', ' ')}", WHITE))
    if status.hold_s is not None:
        words.append(Word(f" {status.hold_s:.0f} s", WHITE))
    elif status.reps:
        words.append(Word(f" {status.reps}", WHITE))
    if status.tentative:
        words.append(Word(f" +{status.tentative}", mixed(WHITE, BACKGROUND, DIMMED)))
    return words
