"""Where the picture of a fixed camera moves, whether all of it moves, and where a recording was cut.

Works on a small grey picture only, so that watching an empty room costs next to nothing. A camera that is held in the
hand moves everywhere; that is reported as no information and never as movement everywhere.
"""

from collections import deque
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

SMALL_WIDTH_PX = 160
CELL_PX = 8
EVERY_S = 0.08
"""Between two small pictures. Movement lasts longer than a frame, and shrinking costs a tenth of landmarks."""
LOOK_BACK_S = 0.2
"""Movement is the difference from the picture of this long ago: less and slow movement drowns in noise, more and the
place that somebody left counts as moving."""

MOVED_GREY = 14.0
"""Of 255. Compression noise of indoor cameras stays below 10 after shrinking; dark clothes on a dark floor move by
15 to 20."""

MOVED_SHARE = 0.12
"""Of a cell's pixels: an arm of a small person fills about an eighth of a cell."""

WHOLE_SHARE = 0.6
"""When more of the cells than this move, the camera moves: a person who fills half of the picture moves less of it."""

CUT_GREY = 18.0
CUT_LIKENESS = 0.5
CUT_RATIO = 4.0
"""A cut changes the picture by more than CUT_GREY on average, by more than CUT_RATIO times what the last second's
frames changed, and leaves less than CUT_LIKENESS of correlation. Any one alone also holds for fast movement close
to the camera, for a flash of light, or for two shots of one dark room."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What one frame's change tells."""

    cut: bool
    """The recording was cut between the last frame and this one."""
    known: bool
    """False while nothing can be said about parts of the picture: at the start, after a cut, when the camera moves."""
    moving: NDArray[np.bool_]
    """(rows, columns): cells of the picture that moved; all False where ``known`` is False."""


class MotionWatch:
    """Follows one camera's or recording's picture."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._changes: deque[tuple[float, float]] = deque()
        self._samples: NDArray[np.float32] | None = None
        self._last: Motion | None = None

    def update(self, pixels: NDArray[np.uint8], now_s: float) -> Motion:
        """Compare a frame, (height, width, 3) uint8 BGR, with those before it; ``now_s`` strictly increases.

        Cuts are looked for in each frame, movement every ``EVERY_S``; in between the last answer stands.
        """
        cut = self._is_cut(sample(pixels), now_s)
        if cut:
            self._past.clear()
            self._changes.clear()
        elif self._last is not None and self._past and now_s - self._past[-1][0] < EVERY_S:
            return replace(self._last, cut=False)
        self._last = replace(self._move(shrink(pixels), now_s), cut=cut)
        return self._last

    def _move(self, small: NDArray[np.float32], now_s: float) -> Motion:
        if self._past and self._past[-1][1].shape != small.shape:
            self._past.clear()
        self._past.append((now_s, small))
        while len(self._past) > 2 and self._past[1][0] <= now_s - LOOK_BACK_S:
            self._past.popleft()
        before_s, before = self._past[0]
        if now_s - before_s < LOOK_BACK_S / 2:
            return Motion(cut=False, known=False, moving=np.zeros(grid_shape(small), np.bool_))
        moving = moving_cells(before, small)
        whole = float(moving.mean()) > WHOLE_SHARE
        return Motion(cut=False, known=not whole, moving=moving & (not whole))

    def _is_cut(self, now: NDArray[np.float32], now_s: float) -> bool:
        before, self._samples = self._samples, now
        if before is None or before.shape != now.shape:
            return False
        change = float(np.abs(now - before).mean())
        usual = median(c for _, c in self._changes) if self._changes else 0.0
        self._changes.append((now_s, change))
        while self._changes[0][0] < now_s - 1.0:
            self._changes.popleft()
        return change > max(CUT_GREY, CUT_RATIO * usual) and correlation(before, now) < CUT_LIKENESS


def sample(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Every n-th pixel's green, about 40 by 25, float32 0-255: enough to tell one shot from another."""
    step = max(1, max(pixels.shape[:2]) // 40)
    return pixels[::step, ::step, 1].astype(np.float32)


def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A small grey picture, whole cells only: (rows * 8, columns * 8) float32, 0-255.

    The green channel stands for brightness; every n-th pixel is enough, because the area filter averages what is left.
    """
    height, width = pixels.shape[:2]
    step = max(1, max(height, width) // (2 * SMALL_WIDTH_PX))
    green = np.ascontiguousarray(pixels[::step, ::step, 1])
    scale = SMALL_WIDTH_PX / max(height, width)
    columns = max(1, round(width * scale / CELL_PX))
    rows = max(1, round(height * scale / CELL_PX))
    small = cv2.resize(green, (columns * CELL_PX, rows * CELL_PX), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def grid_shape(small: NDArray[np.float32]) -> tuple[int, int]:
    """Rows and columns of cells in a small picture."""
    return small.shape[0] // CELL_PX, small.shape[1] // CELL_PX


def moving_cells(before: NDArray[np.float32], now: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(rows, columns) bool: the cells that differ between two small pictures of equal shape.

    A change of all pixels alike is a lamp or the camera's exposure and is taken off first.
    """
    difference = now - before
    # Every fourth pixel each way gives the same median for a sixteenth of the time.
    difference -= np.median(difference[::4, ::4])
    moved = np.abs(difference) > MOVED_GREY
    rows, columns = grid_shape(now)
    share = moved.reshape(rows, CELL_PX, columns, CELL_PX).mean(axis=(1, 3))
    return np.asarray(share > MOVED_SHARE)


def correlation(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    """Zero-mean normalised correlation of two pictures of equal shape, -1 to 1; 0 if one of them is flat."""
    a, b = one - one.mean(), two - two.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norm if norm > 1e-6 else 0.0
