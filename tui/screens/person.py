"""One person: to be replaced by the real screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.desk import Desk
from tui.screens.base import ConsoleScreen
from tui.views.people import name_of


class PersonScreen(ConsoleScreen):
    """Will show one person: skeleton, progress signal, sets of the visit, form faults, plots."""

    def __init__(self, desk: Desk, person: str) -> None:
        super().__init__(desk)
        self.person = person

    def crumb(self) -> str:
        """What staff call the person."""
        known = self.desk.state.person(self.person)
        return name_of(known) if known is not None else "somebody"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Person: skeleton, progress, sets of this visit, form faults, plots.", markup=False)
