"""Boxes over a screen that ask for a few words, or for one of several rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tui.theme import palette
from tui.widgets.row_table import Column, Row, RowTable

_BOX = """
{name} {{ align: center middle; }}
{name} > Vertical {{ width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; border: round $primary;
    background: $surface; }}
{name} Label {{ text-style: bold; width: 100%; }}
{name} Static {{ height: auto; }}
{name} Input {{ height: 3; }}
{name} RowTable {{ height: {height}; }}
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One line to be filled."""

    key: str
    label: str
    value: str = ""
    longest: int = 60


class AskScreen(ModalScreen[dict[str, str] | None]):
    """Asks for words; gives them by key, or None. ``check`` gives what is wrong, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]
    DEFAULT_CSS = _BOX.format(name="AskScreen", height="auto")

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        note: str = "",
        check: Callable[[Mapping[str, str]], str] = lambda values: "",
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = tuple(fields)
        self._note = note
        self._check = check

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical():
            yield Label(self._title, markup=False)
            if self._note:
                yield Static(self._note, markup=False)
            for field in self._fields:
                yield Static(field.label, markup=False)
                yield Input(field.value, max_length=field.longest, id=f"ask-{field.key}")
            yield Static("", id="wrong", markup=False)
            yield Static("Enter takes it, Tab goes on, Esc leaves it", markup=False)

    def on_input_submitted(self) -> None:
        """Give what was typed, if it can be used."""
        values = {field.key: self.query_one(f"#ask-{field.key}", Input).value.strip() for field in self._fields}
        wrong = self._check(values)
        if wrong:
            self.query_one("#wrong", Static).update(wrong)
        else:
            self.dismiss(values)

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


class PickScreen(ModalScreen[str | None]):
    """Asks for one of several rows; gives its key, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "cancel", "Cancel")]
    DEFAULT_CSS = _BOX.format(name="PickScreen", height="14")

    def __init__(self, title: str, columns: Sequence[Column], rows: Sequence[Row], note: str = "") -> None:
        super().__init__()
        self._title = title
        self._columns = tuple(columns)
        self._rows = tuple(rows)
        self._note = note

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical():
            yield Label(self._title, markup=False)
            if self._note:
                yield Static(self._note, markup=False)
            yield RowTable(self._columns, id="pick")
            yield Static("Enter takes it, Esc leaves it", markup=False)

    def on_mount(self) -> None:
        """Show the rows."""
        table: Any = self.query_one(RowTable)
        table.show(self._rows, palette(self.app.theme))
        table.focus()

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Give the row."""
        message.stop()
        self.dismiss(message.key)

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)
