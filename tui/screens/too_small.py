"""What is shown instead of everything on a terminal that is too small."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import texts

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
"""Laid out for 80x24; below this nothing can be told apart."""


class TooSmallScreen(ModalScreen[None]):
    """Says how large the terminal is and should be; goes by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", "Leave")]
    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; background: $background; }
    TooSmallScreen Static { width: auto; max-width: 100%; height: auto; text-align: center; }
    """

    def compose(self) -> ComposeResult:
        """The words."""
        yield Static(self._words(), markup=False)

    def on_resize(self) -> None:
        """Another size, other words."""
        self.query_one(Static).update(self._words())

    def _words(self) -> str:
        size = self.app.size
        return texts.TOO_SMALL.format(
            width=size.width, height=size.height, needed_width=LEAST_WIDTH, needed_height=LEAST_HEIGHT
        )


def is_too_small(width: int, height: int) -> bool:
    """Whether a terminal of this size cannot show the console."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT
