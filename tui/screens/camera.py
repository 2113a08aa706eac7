"""One camera: to be replaced by the real screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.desk import Desk
from tui.plain import plain
from tui.screens.base import ConsoleScreen


class CameraScreen(ConsoleScreen):
    """Will show one camera: live view, state history, rates, zones, errors, its worker."""

    def __init__(self, desk: Desk, camera: str) -> None:
        super().__init__(desk)
        self.camera = camera

    def crumb(self) -> str:
        """Its title."""
        known = self.desk.state.cameras.get(self.camera)
        return plain(known.title if known is not None else self.camera)

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Camera: live view, state history, rates, zones, errors, its worker.", markup=False)
