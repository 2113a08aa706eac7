"""The form for a new camera: to be replaced by the real screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import ConsoleScreen


class CameraForm(ConsoleScreen):
    """Will ask for a source, show what the camera sees, and write it to gym.toml."""

    def crumb(self) -> str:
        """What it does."""
        return "Add a camera"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Add a camera: a form with a test shot.", markup=False)
