"""A question before something that cannot be undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, Static


class ConfirmScreen(ModalScreen[bool]):
    """Asks; gives True for yes. Anything but ``y`` is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No", key_display="n"),
    ]
    DEFAULT_CSS = """
    ConfirmScreen { align: center middle; }
    ConfirmScreen > Vertical { width: 64; max-width: 95%; height: auto; padding: 1 2; border: round $warning;
        background: $surface; }
    ConfirmScreen Label { text-style: bold; width: 100%; }
    ConfirmScreen Static { height: auto; margin-top: 1; }
    """

    def __init__(self, question: str, why: str = "") -> None:
        super().__init__()
        self._question = question
        self._why = why

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical():
            yield Label(self._question, markup=False)
            if self._why:
                yield Static(self._why, markup=False)
            yield Static("y  yes      n  no", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Give the answer."""
        self.dismiss(answer)
