"""A picture as characters: two pixels in each cell, one above the other; or shades of ASCII where there is no colour.

Pure. A cell is about twice as high as wide, so half of one is about a square.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.editing import Picture

UPPER = "▀"
SHADES = " .:-=+*#%@"
STEP = 8
"""Colours are rounded so far: fewer changes of colour are less to send over a slow line, and nobody sees it."""


def half_blocks(picture: Picture, columns: int, rows: int, *, in_ascii: bool = False) -> list[list[Segment]]:
    """The picture as large as fits into so many cells, its shape kept; a list of segments a line.

    ``in_ascii``: shades instead of colours, also for a terminal that has none.
    """
    pixels = _pixels(picture)
    if pixels is None or columns < 1 or rows < 1:
        return []
    wide, high = _fitting(picture.width, picture.height, columns, 2 * rows)
    small = _resized(pixels, wide, high + high % 2)
    return _shades(small) if in_ascii else _blocks(small)


def _pixels(picture: Picture) -> NDArray[np.uint8] | None:
    """(height, width, 3); None if it is not as large as it says."""
    if picture.width < 1 or picture.height < 1 or len(picture.rgb) != picture.width * picture.height * 3:
        return None
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def _fitting(width: int, height: int, columns: int, half_rows: int) -> tuple[int, int]:
    scale = min(columns / width, half_rows / height)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _resized(pixels: NDArray[np.uint8], wide: int, high: int) -> NDArray[np.uint8]:
    """Means of the pixels under each new one, or the nearest where it is made larger."""
    height, width = pixels.shape[:2]
    tops, lefts = np.arange(high) * height // high, np.arange(wide) * width // wide
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.float32), tops, axis=0), lefts, axis=1)
    counts = np.outer(np.diff(tops, append=height).clip(1), np.diff(lefts, append=width).clip(1))
    return np.asarray(sums / counts[..., None], np.uint8)


def _blocks(pixels: NDArray[np.uint8]) -> list[list[Segment]]:
    rounded = (pixels // STEP * STEP).astype(int)
    lines = []
    for upper, lower in zip(rounded[::2], rounded[1::2], strict=True):
        line: list[Segment] = []
        before, count = None, 0
        for pair in [*map(tuple, np.hstack([upper, lower]).tolist()), None]:
            if pair != before:
                if before is not None:
                    line.append(Segment(UPPER * count, _style(before)))
                before, count = pair, 0
            count += 1
        lines.append(line)
    return lines


@lru_cache(maxsize=20_000)
def _style(pair: tuple[int, ...]) -> Style:
    """Kept, because the next picture has nearly the same colours, and a style takes longer than all else of a cell."""
    return Style.from_color(Color.from_rgb(*pair[:3]), Color.from_rgb(*pair[3:]))


def _shades(pixels: NDArray[np.uint8]) -> list[list[Segment]]:
    grey = (pixels[::2].astype(int) + pixels[1::2]) @ (0.299, 0.587, 0.114) / 2
    places = np.minimum(grey.astype(int) * len(SHADES) // 256, len(SHADES) - 1)
    # With a style, though it says nothing: the filter for terminals without colours asks every segment for it.
    return [[Segment("".join(SHADES[place] for place in line), Style.null())] for line in places.tolist()]
