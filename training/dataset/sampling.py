"""Frames of a recording at another rate or size; pixels keep their shape, times stay those of capture."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from core.errors import ConfigError
from core.frame import Frame

Size = tuple[int, int]
"""Width and height, pixels."""
LEAST_SIDE_PX, MOST_SIDE_PX = 32, 8192
_EARLY_S = 1e-4
"""Time-stamps are rounded: a frame this much before its turn is the one that is meant."""


def read_size(text: str) -> Size:
    """A size such as ``640x480``; raises ConfigError for anything else."""
    found = re.fullmatch(r"(\d{1,5})\s*[x×X]\s*(\d{1,5})", text.strip())
    if found is None:
        raise ConfigError(f"{text!r} is no size; write width and height in pixels, such as 640x480")
    size = int(found[1]), int(found[2])
    if not all(LEAST_SIDE_PX <= side <= MOST_SIDE_PX for side in size):
        raise ConfigError(f"the size {text} is out of bounds; each side is {LEAST_SIDE_PX} to {MOST_SIDE_PX} pixels")
    return size


def fitted(size: Size, box: Size | None) -> Size:
    """The largest size of the same shape inside ``box``, with even sides; never larger than ``size`` itself."""
    if box is None:
        return size
    scale = min(box[0] / size[0], box[1] / size[1], 1.0)
    if scale == 1.0:
        return size
    width, height = (max(2, 2 * round(side * scale / 2)) for side in size)
    return width, height


def thinned(frames: Iterable[Frame], fps: float | None) -> Iterator[Frame]:
    """At most ``fps`` frames a second, evenly by their times; all of them where it is None."""
    due = 0
    for frame in frames:
        time_s = frame.captured_ns / 1e9
        if fps is None:
            yield frame
        elif time_s + _EARLY_S >= due / fps:
            due = int((time_s + _EARLY_S) * fps) + 1
            yield frame


def scaled(frame: Frame, size: Size) -> Frame:
    """A frame in another size."""
    height, width = frame.pixels.shape[:2]
    if (width, height) == size:
        return frame
    way = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    return replace(frame, pixels=np.asarray(cv2.resize(frame.pixels, size, interpolation=way), np.uint8))
