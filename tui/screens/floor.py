"""The floor: every camera and everybody on it; the first screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import ConsoleScreen


class FloorScreen(ConsoleScreen):
    """Cameras above, people below."""

    MODE = "floor"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Floor", markup=False)
