"""Clips and frames written anew: smaller, at another rate, as pictures; what was captured when stays so.

Writes only to the paths it is given.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from core.errors import ClipError, OutputError
from core.names import shown_name, valid_text
from ingest.container import read_container
from ingest.video import Recording
from training.dataset.clip import Part
from training.dataset.clip_processes import raise_if_given_up
from training.dataset.crops import to_jpeg
from training.dataset.sampling import Size, fitted, scaled, thinned

LONGEST_HOLD_S = 10.0
"""A longer hole in the time-stamps becomes one of this length: a camera that slept would fill the disk otherwise."""
MOST_FPS = 240.0


def write_clip(source: Path, target: Path, box: Size | None, fps: float | None) -> str | None:
    """Write a clip as MP4 (MPEG-4) that fits into ``box``, at a constant rate; gives why it ends early, or None.

    A frame stays until the next is due, so that times hold for clips of any rate. Raises ClipError if nothing can be
    read, OutputError if it cannot be written; leaves no file then.
    """
    if str(target) != valid_text(str(target)):
        raise OutputError(f"{shown_name(target)}: videos cannot be written under a name that is not UTF-8")
    with Recording(source) as recording:
        width, height = fitted((recording.width, recording.height), box)
        size = (width + width % 2, height + height % 2)
        rate = round(min(fps or recording.nominal_frames_per_second, MOST_FPS), 3)
        writer = cv2.VideoWriter(str(target), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
        if not writer.isOpened():
            raise OutputError(f"{shown_name(target)}: a video of {size[0]}x{size[1]} at {rate:g}/s cannot be written")
        try:
            written, truncated = _copy(recording, writer, size, rate)
        finally:
            writer.release()
    with target.open("rb") as file:
        container = read_container(file)
    # OpenCV does not say when the disk is full; the file then lacks its index or the end of its pictures.
    if not container.has_index or container.missing_bytes or container.frames != written:
        target.unlink()
        raise OutputError(f"{shown_name(target)}: the video could not be written completely; is the disk full?")
    return truncated


def _copy(recording: Recording, writer: cv2.VideoWriter, size: Size, rate: float) -> tuple[int, str | None]:
    """Write the frames at their times; gives how many were written, and why the recording ended early."""
    written, hidden, last = 0, 0, None
    # The frame nearest to each time, whichever of the two rates is the higher one.
    early = 0.5 * min(1.0, rate / recording.nominal_frames_per_second)
    try:
        for frame in recording:
            raise_if_given_up()
            due = int(frame.captured_ns / 1e9 * rate + early) - hidden
            longest = max(round(LONGEST_HOLD_S * rate), 1)
            if due - written > longest:
                hidden += due - written - longest
                due = written + longest
            while last is not None and written < due:
                writer.write(last)
                written += 1
            last = scaled(frame, size).pixels
            if written <= due:
                writer.write(last)
                written += 1
    except ClipError as error:
        if last is None:
            raise
        return written, f"{error}; what was read until then is kept"
    return written, recording.truncated


def write_frames(source: Path, folders: Iterable[tuple[Part, Path]], fps: float) -> tuple[int, str | None]:
    """Write frames of each part into its folder, as ``NUMBER_SECONDS.jpg``; gives how many, and why it ends early.

    Pictures of an earlier time in these folders go. Raises ClipError if nothing can be read, OutputError.
    """
    folders = list(folders)
    count = 0
    for _, folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*s.jpg"):
                old.unlink()
        except OSError as error:
            raise OutputError(f"{shown_name(folder)}: cannot be written ({error.strerror})") from None
    with Recording(source) as recording:
        try:
            for frame in thinned(recording, fps):
                raise_if_given_up()
                time_s = frame.captured_ns / 1e9
                for part, folder in folders:
                    if part.start_s <= time_s < part.end_s:
                        _write_picture(folder / f"{frame.sequence:06d}_{time_s:08.3f}s.jpg", frame.pixels)
                        count += 1
        except ClipError as error:
            if not count:
                raise
            return count, f"{error}; what was read until then is kept"
        return count, recording.truncated


def _write_picture(path: Path, pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
    try:
        path.write_bytes(to_jpeg(pixels))
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None
