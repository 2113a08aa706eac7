"""The first line: where one is, and what time it is in the gym."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import cut, fitted
from tui.theme import DARK, Palette, palette


class TopBar(Widget):
    """Breadcrumbs on the left, clock on the right."""

    DEFAULT_CSS = "TopBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.crumbs: list[str] = []
        self._right = ""
        self._palette = palette(DARK.name)

    def show(self, crumbs: list[str], right: str, styles: Palette) -> None:
        """Show where one is."""
        if (crumbs, right, styles) != (self.crumbs, self._right, self._palette):
            self.crumbs, self._right, self._palette = crumbs, right, styles
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        right = cut(f" {self._right} ", width)
        left = fitted(" " + " › ".join(self.crumbs), width - len(right))
        style = self._palette.header
        return Strip([Segment(left, style), Segment(right, style)], width)
