"""Help: the keys that work on the screen below, made from its bindings; nothing is written twice."""

from typing import Any, ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Label, Static

from tui import texts

KeyRow = tuple[str, str, str]
"""Keys, what they do, and more about it."""

NOT_TOLD = frozenset(
    f"{how}_{way}" for how in ("scroll", "page") for way in ("left", "right", "up", "down", "home", "end")
) | {"screen.copy_text", "help_quit"}
"""What Textual binds everywhere and nobody needs to be told."""


class HelpScreen(ModalScreen[None]):
    """A box over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "app.pop_screen", "Close", key_display="Esc"),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll { width: 76; max-width: 95%; height: auto; max-height: 90%; padding: 0 2;
        border: round $primary; background: $surface; }
    HelpScreen Label { text-style: bold; margin-bottom: 1; }
    """

    def __init__(self, rows: list[KeyRow]) -> None:
        super().__init__()
        self.rows = rows

    def compose(self) -> ComposeResult:
        """The box."""
        table = Table(box=None, show_header=False, pad_edge=False, expand=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        for keys, what, more in self.rows:
            table.add_row(keys, f"{what}: {more}" if more else what)
        with VerticalScroll():
            yield Label(texts.HELP_TITLE, markup=False)
            yield Static(table)


def help_rows(screen: Screen[Any]) -> list[KeyRow]:
    """All keys that do something on a screen now: its own, those of what has the keyboard, and those of everywhere.

    Keys of one action stand together.
    """
    ranks: dict[object, int] = {screen: 0, screen.focused: 1, screen.app: 2}
    found = sorted(screen.active_bindings.values(), key=lambda active: ranks.get(active.node, 3))
    rows: dict[str, tuple[list[str], str, str]] = {}
    for active in found:
        binding = active.binding
        if not active.enabled or binding.action in NOT_TOLD or not (binding.description or binding.tooltip):
            continue
        shown = screen.app.get_key_display(binding)
        keys, _, _ = rows.setdefault(binding.action, ([], binding.description, binding.tooltip))
        if shown not in keys:
            keys.append(shown)
    return [(" ".join(keys), what, more) for keys, what, more in rows.values()]
