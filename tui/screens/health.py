"""Health: what is wrong with the machines and what to do, and the figures behind it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

from tui import texts, times
from tui.desk import Desk, OpenCamera
from tui.screens.base import ConsoleScreen
from tui.views.health import (
    ProcessRow,
    RedLine,
    StageRow,
    dead_letter_rows,
    fact_rows,
    process_rows,
    red_lines,
    stage_rows,
)
from tui.views.rates import RateBook
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row

MOST_HEIGHT = 12
"""Lines of the list of what is wrong; more of them scroll."""
WRONG = (Column("sign", "", 2), Column("what", "what is wrong", 40, flex=1))
PROCESSES = (
    Column("process", "process", 16, flex=1),
    Column("state", "state", 12),
    Column("beat", "beat", 6, right=True),
    Column("cpu", "cpu", 5, right=True),
    Column("memory", "memory", 7, right=True),
    Column("up", "up", 7, right=True, order=1),
    Column("pid", "pid", 7, right=True, order=2),
    Column("host", "host", 14, order=3),
    Column("does", "does", 20, flex=3),
)
STAGES = (
    Column("camera", "camera", 14, flex=1),
    Column("lease", "held by", 15, order=2),
    Column("in", "in/s", 6, right=True),
    Column("sent", "sent/s", 6, right=True),
    Column("done", "done/s", 6, right=True),
    Column("drops", "drops/s", 7, right=True),
    Column("result", "result", 8, right=True),
    Column("shown", "shown", 7, right=True),
    Column("cost", "cost", 7, right=True, order=1),
    Column("people", "people", 6, right=True),
    Column("space", "", 0, flex=2, order=3),
)
FACTS = (Column("name", "what", 24), Column("text", "", 40, flex=1))
LETTERS = (Column("at", "aside at", 9), Column("entry", "entry", 18, order=1), Column("why", "why", 40, flex=1))


class HealthScreen(ConsoleScreen):
    """Red lines above, tables below; Tab goes from one to the next."""

    MODE = "health"
    AUTO_FOCUS = "#wrong"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="the camera that the line is about"),
        Binding("tab", "app.focus_next", "Next table", key_display="Tab"),
    ]
    DEFAULT_CSS = """
    HealthScreen #wrong { height: 3; }
    HealthScreen #advice { height: 2; padding: 0 1; }
    HealthScreen VerticalScroll > RowTable { height: 3; margin-top: 1; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._book = RateBook()
        self._lines: dict[str, RedLine] = {}
        self._keys: dict[str, list[str]] = {}
        """Of the rows of each table."""

    def body(self) -> Iterable[Widget]:
        """What is wrong, what to do, and the tables."""
        yield RowTable(WRONG, id="wrong")
        yield Static("", id="advice", markup=False)
        with VerticalScroll(can_focus=False):
            yield RowTable(STAGES, id="stages")
            yield RowTable(PROCESSES, id="processes")
            yield RowTable(FACTS, id="facts")
            yield RowTable(LETTERS, id="letters")

    def show_state(self) -> None:
        """Draw what is new."""
        state, now = self.desk.state, self.desk.now_utc_ns
        self._book.take(state)
        lines = red_lines(state, self._book, now)
        self._lines = {f"{line.line}/{line.what}": line for line in lines}
        rows = [self._line_row(key, line) for key, line in self._lines.items()]
        self._show("wrong", rows, texts.ALL_WELL, min(MOST_HEIGHT, max(self.size.height // 3, 3)))
        self._show_advice()
        stages = [self._stage_row(row) for row in stage_rows(state, self._book, now)]
        self._show("stages", stages, texts.NO_CAMERAS)
        self._show("processes", [self._process_row(row) for row in process_rows(state, now)], texts.NO_PROCESSES)
        facts = [text_row(FACTS, name, (name, text)) for name, text in fact_rows(state, self._book, now)]
        self._show("facts", facts)
        letters = [
            text_row(LETTERS, entry, (self.desk.clock_text(at), entry, why))
            for at, entry, why in dead_letter_rows(state)
        ]
        self._show("letters", letters, texts.NO_DEAD_LETTERS)

    def _show(self, name: str, rows: list[Row], empty: str = "", most_height: int = 10_000) -> None:
        """Show rows in a table as high as they are."""
        self._keys[name] = [row.key for row in rows]
        table = self.query_one(f"#{name}", RowTable)
        table.show(rows, self.palette, empty=empty)
        table.styles.height = min(len(rows) + 1 if rows else 3, most_height)

    def _line_row(self, key: str, line: RedLine) -> Row:
        style = self.palette.bad if line.level == "bad" else self.palette.warning
        sign = texts.SEVERITIES["critical" if line.level == "bad" else "warning"][0]
        return text_row(WRONG, key, (sign, line.what), style=style)

    def _show_advice(self) -> None:
        line = self._lines.get(self.query_one("#wrong", RowTable).cursor)
        advice = self.query_one("#advice", Static)
        advice.display = line is not None
        if line is not None:
            advice.update(f"means: {line.advice.means}\ndo:    {line.advice.do}")

    def _stage_row(self, row: StageRow) -> Row:
        cells = (
            row.title,
            row.lease,
            _number(row.taken_in),
            _number(row.published),
            _number(row.processed),
            _number(row.dropped),
            _milliseconds(row.latency_ms),
            times.age(row.age_s) if row.age_s is not None else "-",
            _milliseconds(row.cost_ms),
            str(row.people),
            "",
        )
        styles = self.palette
        lost = {"lease": styles.warning} if row.lease == "nobody" else {}
        own = styles.text if row.camera else styles.strong
        return text_row(STAGES, row.camera or "all of them", cells, lost, own)

    def _process_row(self, row: ProcessRow) -> Row:
        styles = self.palette
        cells = (
            row.name,
            row.state,
            times.age(row.beat_age_s),
            f"{row.cpu_share * 100:.0f} %",
            f"{row.rss_mb:.0f} MB",
            times.span(row.up_s),
            str(row.pid),
            row.host,
            row.note,
        )
        own = styles.text if row.is_well else styles.muted if row.state == "stopped" else styles.bad
        return text_row(PROCESSES, row.name, cells, style=own)

    def on_row_table_moved(self, message: RowTable.Moved) -> None:
        """Say what the chosen line means, and keep the row in view: the tables are laid out whole."""
        if message.table.id == "wrong":
            self._show_advice()
            return
        around, table = self.query_one(VerticalScroll), message.table
        keys = self._keys.get(table.id or "", [])
        place = keys.index(message.key) if message.key in keys else 0
        around.scroll_to_region(Region(0, table.virtual_region.y + place + 1, 1, 1), animate=False, force=True)

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Open the camera of a row."""
        line = self._lines.get(message.key) if message.table.id == "wrong" else None
        camera = line.camera if line is not None else message.key if message.table.id == "stages" else ""
        if camera in self.desk.state.cameras:
            self.post_message(OpenCamera(camera))

    def action_open(self) -> None:
        """Open what is under the cursor of the table that has the keyboard."""
        if isinstance(self.focused, RowTable):
            self.focused.action_choose()


def _number(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1f}"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
