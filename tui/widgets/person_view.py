"""One person drawn large, and lines of text that fill their widget; draws only."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import fitted
from tui.skeleton import NOBODY, Box, Figure, around, draw
from tui.theme import DARK, Palette, palette


class PersonView(Widget):
    """A skeleton as large as it goes."""

    DEFAULT_CSS = "PersonView { width: 1fr; height: 1fr; }"

    def __init__(self, *, in_ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._in_ascii = in_ascii
        self._palette = palette(DARK.name)
        self._points = b""
        self._aspect = 4 / 3
        self._words = ""
        self._is_old = False
        self._room: Box | None = None
        self._lines: list[list[Segment]] | None = None

    def show(
        self,
        points: bytes,
        aspect: float,
        styles: Palette,
        *,
        words: str = "",
        is_old: bool = False,
        room: Box | None = None,
    ) -> None:
        """Show a person; ``words`` stand in the middle where there is nobody to draw.

        ``room`` is the part of the picture to draw, in which the person moves; left out, it goes with the person.
        """
        new = (points, aspect, styles, words, is_old, room)
        if new != (self._points, self._aspect, self._palette, self._words, self._is_old, self._room):
            self._points, self._aspect, self._palette, self._words, self._is_old, self._room = new
            self._lines = None
            self.refresh()

    def on_resize(self) -> None:
        """Draw anew."""
        self._lines = None

    def render_line(self, y: int) -> Strip:
        """A line of it."""
        width = self.size.width
        if self._lines is None:
            self._lines = self._drawn(width, self.size.height)
        line = self._lines[y] if y < len(self._lines) else []
        return Strip(line).adjust_cell_length(width, self._palette.text)

    def _drawn(self, width: int, height: int) -> list[list[Segment]]:
        styles = self._palette
        if width < 2 or height < 2:
            return []
        if not self._points:
            blank = [Segment(" " * width, styles.text)]
            words = fitted(" " * max((width - len(self._words)) // 2, 0) + self._words, width)
            return [*[blank] * (height // 2), [Segment(words, styles.warning)]]
        drawing = draw(
            [Figure(self._points)],
            width,
            height,
            aspect=self._aspect,
            view=self._room or around(self._points, self._aspect),
            mode="ascii" if self._in_ascii else "braille",
        )
        shade = styles.grey if self._is_old else styles.primary
        return [
            [Segment(text, styles.text if owner == NOBODY else shade) for text, owner in drawing.row(row)]
            for row in range(height)
        ]


class Lines(Widget):
    """Lines of plain text, each in one style, cut to the width; fills the rest with blanks."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: tuple[tuple[str, Style], ...] = ()
        self._palette = palette(DARK.name)

    def show(self, lines: Sequence[tuple[str, Style]], styles: Palette) -> None:
        """Show these."""
        if tuple(lines) != self.lines or styles is not self._palette:
            self.lines, self._palette = tuple(lines), styles
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line."""
        width = self.size.width
        text, style = self.lines[y] if y < len(self.lines) else ("", self._palette.text)
        return Strip([Segment(fitted(text, width), style)], width)
