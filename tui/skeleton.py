"""Skeletons out of key-points, drawn in characters; pure, and all people of a picture at once.

Braille gives 2 x 4 dots a character, half-blocks 1 x 2, ASCII one; a dot is about square in all but the last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mode = Literal["braille", "half", "ascii"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture."""
Polygon = Sequence[tuple[float, float]]

POINTS = 33
POINT_BYTES = POINTS * 3 * 4
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
NOBODY = -1
OUTLINE = -2
"""Owner of a cell that shows a zone's border and nobody."""
SEEN_FROM = 0.5
"""A landmark below this visibility is a guess: drawn, it would be a limb that nobody sees."""
_BONES = np.array(
    [
        (11, 12), (11, 23), (12, 24), (23, 24),
        (11, 13), (13, 15), (12, 14), (14, 16),
        (23, 25), (25, 27), (27, 31), (24, 26), (26, 28), (28, 32),
    ]
)  # fmt: skip
_NOSE, _EARS, _SHOULDERS, _HIPS = 0, (7, 8), (11, 12), (23, 24)
_ROUND = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
_DOTS: dict[Mode, tuple[int, int]] = {"braille": (2, 4), "half": (1, 2), "ascii": (1, 1)}
"""Dots a character, across and down."""
_BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)
_HALVES = np.array([ord(char) for char in " ▀▄█"], dtype=np.uint32)
_MOST_STEPS = 400
"""Along one line: no terminal is wider."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One person to be drawn."""

    points: bytes
    """33 x (x, y, visibility) packed float32, relative; of another length, it is not drawn."""
    owner: int = 0
    """Given back with every cell that shows this person; from 0."""
    label: str = ""
    """Written over the head; plain ASCII."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Characters, and whose they are."""

    chars: NDArray[np.uint32]
    """(height, width): code points."""
    owners: NDArray[np.int16]
    """(height, width): ``Figure.owner``, ``NOBODY`` or ``OUTLINE``."""

    def row(self, y: int) -> list[tuple[str, int]]:
        """One line as pieces of one owner each; blanks belong to whoever is before them."""
        chars, owners = self.chars[y], self.owners[y]
        text = chars.tobytes().decode("utf-32-le")
        drawn = np.flatnonzero(owners != NOBODY)
        if not len(drawn):
            return [(text, NOBODY)]
        starts = drawn[np.flatnonzero(np.diff(owners[drawn], prepend=NOBODY))]
        bounds = [0, *starts[1:].tolist(), len(text)]
        whose = [int(owner) for owner in owners[starts]]
        return [(text[begin:end], owner) for begin, end, owner in zip(bounds, bounds[1:], whose, strict=False)]

    def lines(self) -> list[str]:
        """The text alone."""
        return ["".join(text for text, _ in self.row(y)).rstrip() for y in range(len(self.chars))]


def draw(
    figures: Sequence[Figure],
    width: int,
    height: int,
    *,
    aspect: float = 4 / 3,
    view: Box = WHOLE,
    outlines: Sequence[Polygon] = (),
    mode: Mode = "braille",
) -> Drawing:
    """Draw the part ``view`` of a picture of this aspect (width by height) into so many characters, undistorted."""
    across, down = _DOTS[mode]
    dots = np.zeros((height * down, width * across), dtype=bool)
    owners = np.full((height, width), NOBODY, dtype=np.int16)
    chars = np.full((height, width), ord(" "), dtype=np.uint32)
    place = _Place.fit(width * across, height * down, aspect, view, dot_aspect=2.0 if mode == "ascii" else 1.0)
    pen = _Pen(dots, owners, chars if mode == "ascii" else None, (across, down))
    for outline in outlines:
        corners = np.asarray(outline, dtype=np.float64).reshape(-1, 2)
        ends = place.of(corners)
        pen.lines(ends, np.roll(ends, -1, axis=0), np.full(len(ends), OUTLINE), dotted=True)
    shown = [figure for figure in figures if len(figure.points) == POINT_BYTES]
    heads: NDArray[np.float64] | None = None
    if shown:
        heads = _draw_people(shown, place, pen)
    if mode != "ascii":
        chars = _characters(dots, width, height, mode)
    if heads is not None:
        _label(shown, heads, (across, down), chars, owners)
    return Drawing(chars, owners)


def around(points: bytes, aspect: float, *, margin: float = 0.15) -> Box:
    """The part of a picture that holds one person, with some room; the whole picture if nothing can be seen."""
    if len(points) != POINT_BYTES:
        return WHOLE
    read = _read([Figure(points)])[0]
    seen = read[read[:, 2] >= SEEN_FROM, :2]
    if len(seen) < 4:
        return WHOLE
    left, top = seen.min(axis=0)
    right, bottom = seen.max(axis=0)
    high = max(bottom - top, (right - left) * aspect / 2.0, 0.05)
    extra_x, extra_y = margin * high / aspect + 0.01, margin * high
    return float(left - extra_x), float(top - extra_y), float(right + extra_x), float(bottom + extra_y)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a relative position of the picture is on the dots."""

    offset: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fit(cls, wide: int, high: int, aspect: float, view: Box, *, dot_aspect: float) -> "_Place":
        """As large as it goes, in the middle."""
        left, top, right, bottom = view
        view_wide = max(right - left, 1e-3) * max(aspect, 1e-3) * dot_aspect
        view_high = max(bottom - top, 1e-3)
        dots = min((wide - 1) / view_wide, (high - 1) / view_high)
        scale = np.array([dots * aspect * dot_aspect, dots])
        room = np.array([wide - 1 - dots * view_wide, high - 1 - dots * view_high]) / 2.0
        return cls(room - scale * np.array([left, top]), scale)

    def of(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) shares to dots."""
        return shares * self.scale + self.offset


class _Pen:
    """Sets dots, and who owns the characters that they are in."""

    def __init__(
        self,
        dots: NDArray[np.bool_],
        owners: NDArray[np.int16],
        chars: NDArray[np.uint32] | None,
        per_char: tuple[int, int],
    ) -> None:
        self._dots, self._owners, self._chars = dots, owners, chars
        self._across, self._down = per_char

    def lines(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        owners: NDArray[np.int64],
        *,
        dotted: bool = False,
    ) -> None:
        """(N, 2) dots each, and whose line it is."""
        if not len(starts):
            return
        longest = float(np.abs(ends - starts).max())
        steps = int(min(max(longest, 1.0), _MOST_STEPS)) + 1
        along = np.linspace(0.0, 1.0, steps)[:: 3 if dotted else 1]
        at = starts[:, None, :] + (ends - starts)[:, None, :] * along[None, :, None]
        whose = np.broadcast_to(owners[:, None], at.shape[:2])
        kind = _stroke(ends - starts, dotted=dotted) if self._chars is not None else None
        self.points(at, whose, None if kind is None else np.broadcast_to(kind[:, None], at.shape[:2]))

    def points(
        self, at: NDArray[np.float64], owners: NDArray[np.int64], chars: NDArray[np.uint32] | None = None
    ) -> None:
        """(..., 2) dots, and whose they are; what is outside is left out."""
        high, wide = self._dots.shape
        x, y = np.rint(at[..., 0]).astype(np.int64), np.rint(at[..., 1]).astype(np.int64)
        inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
        x, y = x[inside], y[inside]
        self._dots[y, x] = True
        self._owners[y // self._down, x // self._across] = owners[inside]
        if self._chars is not None and chars is not None:
            self._chars[y, x] = chars[inside]


def _stroke(way: NDArray[np.float64], *, dotted: bool) -> NDArray[np.uint32]:
    """The ASCII character that looks most like each line."""
    if dotted:
        return np.full(len(way), ord("."), dtype=np.uint32)
    x, y = way[:, 0], 2.0 * way[:, 1]
    steep, flat = np.abs(y) > 2.0 * np.abs(x), np.abs(x) > 2.0 * np.abs(y)
    kinds = [ord(char) for char in "|-\\/"]
    return np.select([steep, flat, x * y > 0], kinds[:3], kinds[3]).astype(np.uint32)


def _read(figures: Sequence[Figure]) -> NDArray[np.float64]:
    """(N, 33, 3) float64: x, y, visibility; what is no number is not seen, and nothing is far away."""
    joined = b"".join(figure.points for figure in figures)
    points = np.frombuffer(joined, dtype="<f4").reshape(-1, POINTS, 3).copy()
    bad: NDArray[np.bool_] = np.any(np.logical_not(np.isfinite(points)), axis=2)
    points[bad] = 0.0
    near: NDArray[np.float64] = np.clip(points.astype(np.float64), -10.0, 10.0)
    return near


def _draw_people(figures: Sequence[Figure], place: _Place, pen: _Pen) -> NDArray[np.float64]:
    """Bones and heads; gives (N, 2) dots: the top of each head, NaN where it is not seen."""
    points = _read(figures)
    owners = np.array([figure.owner for figure in figures], dtype=np.int64)
    at, seen = place.of(points[..., :2]), points[..., 2] >= SEEN_FROM
    drawn = seen[:, _BONES[:, 0]] & seen[:, _BONES[:, 1]]
    starts, ends = at[:, _BONES[:, 0]][drawn], at[:, _BONES[:, 1]][drawn]
    pen.lines(starts, ends, np.broadcast_to(owners[:, None], drawn.shape)[drawn])
    heads = np.where(np.all(seen[:, _EARS], axis=1, keepdims=True), at[:, _EARS].mean(axis=1), at[:, _NOSE])
    body = at[:, _SHOULDERS].mean(axis=1) - at[:, _HIPS].mean(axis=1)
    size = np.maximum(0.22 * np.hypot(body[:, 0], body[:, 1]), 0.6)
    ring = heads[:, None, :] + size[:, None, None] * np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=1)[None]
    known = seen[:, _NOSE] | seen[:, _EARS].any(axis=1)
    mark = np.full(ring.shape[:2], ord("o"), dtype=np.uint32)
    pen.points(ring[known], np.broadcast_to(owners[:, None], ring.shape[:2])[known], mark[known])
    tops = heads - np.stack([np.zeros_like(size), size], axis=1)
    seen_tops: NDArray[np.float64] = np.where(known[:, None], tops, np.nan)
    return seen_tops


def _characters(dots: NDArray[np.bool_], width: int, height: int, mode: Mode) -> NDArray[np.uint32]:
    if mode == "half":
        pairs = dots.reshape(height, 2, width)
        return _HALVES[pairs[:, 0].astype(np.intp) + 2 * pairs[:, 1]]
    cells = dots.reshape(height, 4, width, 2)
    patterns = np.einsum("hdwa,da->hw", cells, _BRAILLE, dtype=np.uint32, casting="unsafe")
    return np.where(patterns > 0, patterns + 0x2800, ord(" ")).astype(np.uint32)


def _label(
    figures: Sequence[Figure],
    heads: NDArray[np.float64],
    per_char: tuple[int, int],
    chars: NDArray[np.uint32],
    owners: NDArray[np.int16],
) -> None:
    """Write numbers over heads; one that has no room is left out."""
    height, width = chars.shape
    for figure, (x, y) in zip(figures, heads.tolist(), strict=True):
        label = figure.label
        if not label or math.isnan(x):
            continue
        row, column = int(y // per_char[1]) - 1, int(x // per_char[0]) - len(label) // 2
        if 0 <= row < height and column >= 0 and column + len(label) <= width:
            chars[row, column : column + len(label)] = [ord(char) for char in label]
            owners[row, column : column + len(label)] = figure.owner
