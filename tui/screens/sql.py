"""A box for statements in SQL that only read, with those asked before, and their answer as a table."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from core.errors import SpotterError
from core.history import SqlAnswer
from tui import texts
from tui.desk import Desk
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.screens.history import ask_export
from tui.widgets.row_table import Column, RowTable
from tui.widgets.rows import text_row

MOST_ROWS = 1000
WIDEST = 40
SAMPLE = 200
"""Rows that are looked at to choose how wide a column is."""


class SqlScreen(ConsoleScreen):
    """Asks the database in its own words."""

    AUTO_FOCUS = "#statement"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "before(-1)", "Before", show=False, tooltip="the statement asked before"),
        Binding("down", "before(1)", "After", show=False),
        Binding("ctrl+o", "export", "Export", tooltip="the answer, to CSV or JSON"),
        Binding("tab", "other", "Rows", show=False, tooltip="between the statement and the rows"),
    ]
    DEFAULT_CSS = """
    SqlScreen #statement { height: 3; }
    SqlScreen #told { height: auto; max-height: 4; padding: 0 1; }
    SqlScreen #answer { height: 1fr; }
    SqlScreen RowTable { height: 1fr; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.answer: SqlAnswer | None = None
        self._at = len(desk.memory.sql)

    def crumb(self) -> str:
        """Its name."""
        return "SQL"

    def body(self) -> Iterable[Widget]:
        """The statement, what is said of it, the answer."""
        yield Input(placeholder="SELECT ...", id="statement")
        yield Static(texts.SQL_HINT, id="told", markup=False)
        yield Vertical(id="answer")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask it."""
        statement = event.value.strip()
        if statement:
            cast(Any, self.app).keep_statement(statement)
            self._at = len(self.desk.memory.sql)
        self.query_one("#told", Static).update(texts.NOT_READ_YET)
        self._ask(statement)

    @work(thread=True, exclusive=True, group="sql")
    def _ask(self, statement: str) -> None:
        history = self.desk.ports.history
        answer, told = None, ""
        if history is None:
            told = texts.MISSING_PORT.format(what=texts.DATABASE)
        else:
            try:
                answer = history.run_sql(statement, MOST_ROWS)
            except SpotterError as error:
                told = str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._taken, answer, told)

    def _taken(self, answer: SqlAnswer | None, told: str) -> None:
        self.run_worker(self._take(answer, told), exclusive=True, group="answer")

    async def _take(self, answer: SqlAnswer | None, told: str) -> None:
        if not self.is_mounted:
            return
        self.answer = answer
        box = self.query_one("#answer", Vertical)
        await box.remove_children()
        if answer is None:
            self.query_one("#told", Static).update(plain(told))
            return
        rows = f"{len(answer.rows)} row{'s' if len(answer.rows) != 1 else ''}"
        self.query_one("#told", Static).update(texts.CUT.format(count=len(answer.rows)) if answer.cut else rows)
        columns = _columns(answer)
        table = RowTable(columns)
        await box.mount(table)
        shown = [text_row(columns, str(place), [_shown(cell) for cell in row]) for place, row in enumerate(answer.rows)]
        table.show(shown, self.palette)

    def action_before(self, by: int) -> None:
        """A statement that was asked before."""
        known = self.desk.memory.sql
        box = self.query_one("#statement", Input)
        if not box.has_focus or not known:
            return
        self._at = min(max(self._at + by, 0), len(known))
        box.value = known[self._at] if self._at < len(known) else ""
        box.cursor_position = len(box.value)

    def action_other(self) -> None:
        """Between the statement and the rows."""
        box = self.query_one("#statement", Input)
        tables = self.query(RowTable)
        if box.has_focus and tables:
            tables.first().focus()
        else:
            box.focus()

    def action_export(self) -> None:
        """Write the answer to a file."""
        if self.answer is None:
            self.notify(texts.SQL_HINT, markup=False)
            return
        ask_export(self, "sql", _unlike(self.answer.columns), list(self.answer.rows))


def _shown(cell: object) -> str:
    if cell is None:
        return "-"
    return f"{cell:g}" if isinstance(cell, float) else plain(str(cell))


def _unlike(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns of which no two are alike, as JSON needs them."""
    names: list[str] = []
    for name in columns:
        same, number = name, 2
        while same in names:
            same, number = f"{name}_{number}", number + 1
        names.append(same)
    return tuple(names)


def _columns(answer: SqlAnswer) -> tuple[Column, ...]:
    columns = []
    for place, name in enumerate(_unlike(answer.columns)):
        cells = [row[place] for row in answer.rows[:SAMPLE]]
        widest = max((len(_shown(cell)) for cell in cells), default=0)
        number = bool(cells) and all(isinstance(cell, int | float) or cell is None for cell in cells)
        width = min(max(widest, len(name), 3), WIDEST)
        columns.append(Column(name, plain(name), width, right=number, order=place))
    return tuple(columns)
