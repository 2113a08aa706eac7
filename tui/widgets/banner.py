"""Lines above everything else while something is wrong with the whole console; takes no room while all is well."""

from rich.text import Text
from textual.widgets import Static

from tui.theme import Palette

MOST_LINES = 3


class Banner(Static):
    """A few lines of trouble."""

    DEFAULT_CSS = "Banner { height: auto; max-height: 5; display: none; }"

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.lines: list[str] = []

    def show(self, lines: list[str], palette: Palette) -> None:
        """Show these lines, and nothing if there are none."""
        lines = lines[:MOST_LINES]
        if lines == self.lines:
            return
        self.lines = lines
        self.display = bool(lines)
        self.update(Text("\n".join(f" ! {line} " for line in lines), style=palette.banner, no_wrap=False))
