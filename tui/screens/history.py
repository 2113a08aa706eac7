"""History: to be replaced by the real screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import ConsoleScreen


class HistoryScreen(ConsoleScreen):
    """Will show: sessions, sets and repetitions by day, person, exercise, zone and camera."""

    MODE = "history"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("History: Sessions, sets and repetitions by day, person, exercise, zone and camera.", markup=False)
