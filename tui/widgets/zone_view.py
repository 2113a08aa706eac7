"""What one camera sees: its people as skeletons or a picture, its zones with their names, what is masked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.editing import Picture
from tui.halfblocks import half_blocks
from tui.plain import cut, fitted
from tui.skeleton import NOBODY, OUTLINE, Drawing, Mode, draw
from tui.theme import DARK, Palette, palette
from tui.views.sight import Corners, Outline, View

LABEL = -3
"""Owner of a cell that names a zone."""
MASKED = -4
"""Owner of a cell that is blacked out."""
SHADE, ASCII_SHADE = "░", "%"
CORNERS, ASCII_CORNERS = "□■", "+@"
"""Of a zone that is edited: the others, and the one that is chosen."""


class ZoneView(Widget):
    """Draws a ``View`` as large as it goes."""

    DEFAULT_CSS = "ZoneView { width: 1fr; height: 1fr; }"

    def __init__(self, *, in_ascii: bool = False) -> None:
        super().__init__()
        self.view = View()
        self._in_ascii = in_ascii
        self._palette = palette(DARK.name)
        self._lines: list[list[Segment]] | None = None

    def show(self, view: View, styles: Palette) -> None:
        """Show this."""
        if view != self.view or styles is not self._palette:
            self.view, self._palette, self._lines = view, styles, None
            self.refresh()

    def on_resize(self) -> None:
        """Draw anew."""
        self._lines = None

    def render_line(self, y: int) -> Strip:
        """A line of it."""
        if self._lines is None:
            self._lines = self._drawn(self.size.width, self.size.height)
        line = self._lines[y] if y < len(self._lines) else []
        return Strip(line).adjust_cell_length(self.size.width, self._palette.text)

    def _drawn(self, width: int, height: int) -> list[list[Segment]]:
        view, styles = self.view, self._palette
        if width < 4 or height < 3:
            return []
        heading = styles.grey if view.is_old else styles.strong
        lines = [[Segment(fitted(view.heading, width), heading)]]
        if view.picture is not None:
            lines += self._over_picture(view.picture, width, height - 1)
        else:
            drawing = drawn_view(view, width, height - 1, in_ascii=self._in_ascii)
            lines += [self._styled(drawing, row) for row in range(height - 1)]
        for index, words in enumerate(view.words):
            place = max((height - len(view.words)) // 2, 1) + index
            if place < height:
                lines[place] = [Segment(fitted(" " * max((width - len(words)) // 2, 0) + words, width), styles.warning)]
        return lines

    def _over_picture(self, picture: Picture, width: int, height: int) -> list[list[Segment]]:
        """The picture, and the zones over it in their places."""
        below = [
            _cells(line) for line in half_blocks(picture, width, height, in_ascii=self._in_ascii or self.app.no_color)
        ]
        aspect = picture.width / max(picture.height, 1)
        above = drawn_view(View(zones=self.view.zones, aspect=aspect), width, height, in_ascii=self._in_ascii)
        top, left = (height - len(below)) // 2, (width - len(below[0] if below else ())) // 2
        lines = [[Segment(" ", self._palette.text)] * width for _ in range(height)]
        for row, cells in enumerate(below):
            lines[top + row][left : left + len(cells)] = cells
        marked = self._palette.accent
        for row, column in np.argwhere(above.owners != NOBODY).tolist():
            style = lines[row][column].style
            ground = Style(color=marked.color, bgcolor=style.bgcolor if style is not None else None, bold=True)
            lines[row][column] = Segment(chr(above.chars[row, column]), ground)
        return [list(Segment.simplify(line)) for line in lines]

    def _styled(self, drawing: Drawing, row: int) -> list[Segment]:
        return [Segment(text, self._style(owner)) for text, owner in drawing.row(row)]

    def _style(self, owner: int) -> Style:
        styles = self._palette
        if owner in (NOBODY, OUTLINE, MASKED):
            return styles.muted
        if self.view.is_old:
            return styles.grey
        return styles.accent if owner == LABEL else styles.people[owner % len(styles.people)]


def drawn_view(view: View, width: int, height: int, *, in_ascii: bool = False) -> Drawing:
    """Skeletons over zones over masks, as characters and whose they are."""
    outlines = [zone.corners for zone in view.zones]
    mode: Mode = "ascii" if in_ascii else "braille"
    drawing = draw(view.figures, width, height, aspect=view.aspect, outlines=outlines, mode=mode)
    chars, owners = drawing.chars.copy(), drawing.owners.copy()
    for corners in view.masks:
        hidden = _inside(corners, width, height, view.aspect) & (owners == NOBODY)
        chars[hidden], owners[hidden] = ord(ASCII_SHADE if in_ascii else SHADE), MASKED
    for zone in view.zones:
        _write(zone, chars, owners, view.aspect)
        if zone.chosen is not None:
            _mark_corners(zone, chars, owners, view.aspect, ASCII_CORNERS if in_ascii else CORNERS)
    return Drawing(chars, owners)


def shares_of_cells(width: int, height: int, aspect: float) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Where in the picture the middle of each column and row is, as ``skeleton.draw`` fits it; may be outside."""
    wide, high = 2.0 * width, 4.0 * height
    dots = min((wide - 1) / max(aspect, 1e-3), high - 1)
    left, top = (wide - 1 - dots * aspect) / 2, (high - 1 - dots) / 2
    columns = (np.arange(width) * 2 + 0.5 - left) / (dots * aspect)
    rows = (np.arange(height) * 4 + 1.5 - top) / dots
    return columns, rows


def _inside(corners: Corners, width: int, height: int, aspect: float) -> NDArray[np.bool_]:
    """(height, width): cells whose middle is in a polygon, by the rays to their left."""
    columns, rows = shares_of_cells(width, height, aspect)
    inside = np.zeros((height, width), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        crossing = (y0 > rows) != (y1 > rows)
        at = x0 + (rows - y0) / ((y1 - y0) or 1.0) * (x1 - x0)
        inside ^= crossing[:, None] & (columns[None, :] < at[:, None])
    return inside


def _write(zone: Outline, chars: NDArray[np.uint32], owners: NDArray[np.int16], aspect: float) -> None:
    """Name a zone as high in it as there is room, cut to its width; not at all where people fill it."""
    height, width = chars.shape
    columns, rows = shares_of_cells(width, height, aspect)
    xs, ys = [x for x, _ in zone.corners], [y for _, y in zone.corners]
    first, last = int(np.searchsorted(columns, min(xs))) + 1, int(np.searchsorted(columns, max(xs))) - 1
    text = cut(zone.label, min(last - first, width - max(first, 0)))
    if not text or cell_len(text) != len(text):
        return  # it has no room, or its characters would shift the rest of the line
    start = max(first + (last - first - len(text)) // 2, 0)
    top, bottom = (int(np.searchsorted(rows, edge)) for edge in (min(ys), max(ys)))
    for row in range(max(top + 1, 0), min(bottom, height)):
        place = (row, slice(start, start + len(text)))
        if (owners[place] == NOBODY).all() or (owners[place] == MASKED).all():
            chars[place], owners[place] = [ord(char) for char in text], LABEL
            return


def _mark_corners(
    zone: Outline, chars: NDArray[np.uint32], owners: NDArray[np.int16], aspect: float, marks: str
) -> None:
    """Mark every corner; the chosen one last, so that nothing hides it."""
    columns, rows = shares_of_cells(chars.shape[1], chars.shape[0], aspect)
    for place in sorted(range(len(zone.corners)), key=lambda place: place == zone.chosen):
        x, y = zone.corners[place]
        cell = int(np.abs(rows - y).argmin()), int(np.abs(columns - x).argmin())
        chars[cell], owners[cell] = ord(marks[place == zone.chosen]), LABEL


def _cells(line: Sequence[Segment]) -> list[Segment]:
    """A segment a cell, of characters that are one cell wide."""
    return [Segment(char, segment.style) for segment in line for char in segment.text]
