"""Plots of several lines: a signal over time in braille, and bars; pure, texts only."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

EIGHTHS = " ▁▂▃▄▅▆▇█"
ASCII_FULL, ASCII_HALF = "#", "."
WEAK = "░"
"""Fills bars that do not count."""
LONGEST_GAP_NS = 2_000_000_000
"""Samples farther apart are not joined: nobody knows what was between them."""
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)


def signal(
    samples: Sequence[tuple[int, float | None]],
    span: tuple[int, int],
    width: int,
    height: int,
    *,
    in_ascii: bool = False,
) -> list[str]:
    """Values 0-1 over the time ``span`` (both in ns), 1 at the top; None parts the line."""
    if width < 1 or height < 1 or span[1] <= span[0]:
        return [""] * max(height, 0)
    across, down = (1, 1) if in_ascii else (2, 4)
    dots = np.zeros((height * down, width * across), dtype=bool)
    before: tuple[int, float, float] | None = None
    for at, value in samples:
        if value is None or not math.isfinite(value):
            before = None
            continue
        x = (at - span[0]) / (span[1] - span[0]) * (dots.shape[1] - 1)
        y = (1.0 - min(max(value, 0.0), 1.0)) * (dots.shape[0] - 1)
        joins = before is not None and at - before[0] <= LONGEST_GAP_NS
        from_x, from_y = (before[1], before[2]) if joins and before is not None else (x, y)
        steps = int(max(abs(x - from_x), abs(y - from_y))) + 1
        xs = np.rint(np.linspace(from_x, x, steps + 1)).astype(int)
        ys = np.rint(np.linspace(from_y, y, steps + 1)).astype(int)
        inside = (xs >= 0) & (xs < dots.shape[1])
        dots[ys[inside], xs[inside]] = True
        before = (at, x, y)
    if in_ascii:
        return ["".join("*" if dot else " " for dot in row) for row in dots]
    patterns = np.einsum("hdwa,da->hw", dots.reshape(height, 4, width, 2), _BITS, dtype=np.uint32, casting="unsafe")
    return ["".join(chr(0x2800 + int(cell)) if cell else " " for cell in row) for row in patterns]


def marks(at: Iterable[tuple[int, str]], span: tuple[int, int], width: int) -> str:
    """A line with one character for each moment; where two fall together, the later one is shown."""
    line = [" "] * max(width, 0)
    for moment, sign in at:
        if span[0] <= moment <= span[1] and span[1] > span[0] and width > 0:
            line[min(int((moment - span[0]) / (span[1] - span[0]) * width), width - 1)] = sign
    return "".join(line)


def bars(
    values: Sequence[float | None],
    width: int,
    height: int,
    *,
    weak: Sequence[bool] = (),
    in_ascii: bool = False,
    top: float | None = None,
) -> list[str]:
    """Bars from 0 up, the newest that fit; ``weak`` ones are filled otherwise. ``top``: value of a full bar."""
    if width < 1 or height < 1 or not values:
        return [""] * max(height, 0)
    cells = bar_cells(len(values), width)
    shown = list(values)[-(width // cells) :]
    faint = list(weak)[-len(shown) :] if weak else [False] * len(shown)
    known = [value for value in shown if value is not None and math.isfinite(value)]
    most = top if top is not None else max(known, default=0.0)
    lines = []
    for row in range(height):
        below = height - 1 - row
        line = []
        for value, is_weak in zip(shown, faint, strict=True):
            good = value is not None and math.isfinite(value) and most > 0
            full = min(max(float(value or 0.0) / most, 0.0), 1.0) * height - below if good else 0.0
            char = _piece(full, is_weak=is_weak, in_ascii=in_ascii)
            line.append(char * max(cells - 1, 1) + (" " if cells > 1 else ""))
        lines.append("".join(line).rstrip())
    return lines


def bar_cells(count: int, width: int) -> int:
    """Cells of one bar with the blank behind it."""
    return max(min(width // max(count, 1), 4), 1)


def _piece(full: float, *, is_weak: bool, in_ascii: bool) -> str:
    """One cell of a bar that reaches ``full`` cells up from its lower edge."""
    if in_ascii:
        return " " if full < 0.25 else (ASCII_HALF if is_weak or full < 0.75 else ASCII_FULL)
    if is_weak:
        return WEAK if full > 0.2 else " "
    return EIGHTHS[min(max(round(full * 8), 0), 8)]


def hour_labels(hours: Sequence[int], cells: int) -> str:
    """Hours of the day under bars of so many cells, as many as have room."""
    every = max(math.ceil(3 / max(cells, 1)), 1)
    line = "".join(
        f"{hour:02}".ljust(cells * every)[: cells * every] for at, hour in enumerate(hours) if at % every == 0
    )
    return line.rstrip()
