"""Health: what is wrong with the machines and what to do, and the figures behind it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
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
from tui.widgets.row_list import Column, Row, RowList

MOST_HEIGHT = 12
"""Lines of the list of what is wrong; more of them scroll."""
PROCESSES = (
    Column("process", width=18, weight=1),
    Column("state", width=12),
    Column("beat", width=7, right=True),
    Column("cpu", width=5, right=True),
    Column("memory", width=8, right=True),
    Column("up", width=8, right=True, least_width=100),
    Column("pid", width=8, right=True, least_width=100),
    Column("host", width=14, least_width=120),
    Column("does", weight=3, least_width=60),
)
STAGES = (
    Column("camera", width=14, weight=1),
    Column("held by", width=15, least_width=90),
    Column("in/s", width=6, right=True),
    Column("sent/s", width=6, right=True),
    Column("done/s", width=6, right=True),
    Column("drops/s", width=7, right=True),
    Column("result", width=8, right=True),
    Column("shown", width=8, right=True),
    Column("cost", width=8, right=True, least_width=90),
    Column("people", width=6, right=True),
    Column("", weight=2, least_width=120),
)
FACTS = (Column("what", width=24), Column("", weight=1))
LETTERS = (Column("put aside", width=9), Column("entry", width=18, least_width=90), Column("why", weight=1))


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
    HealthScreen VerticalScroll > RowList { height: auto; margin-top: 1; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._book = RateBook()
        self._lines: dict[str, RedLine] = {}

    def body(self) -> Iterable[Widget]:
        """What is wrong, what to do, and the tables."""
        yield RowList((Column("", width=2), Column("what is wrong", weight=1)), empty=texts.ALL_WELL, id="wrong")
        yield Static("", id="advice", markup=False)
        with VerticalScroll(can_focus=False):
            yield RowList(STAGES, empty=texts.NO_CAMERAS, id="stages")
            yield RowList(PROCESSES, empty=texts.NO_PROCESSES, id="processes")
            yield RowList(FACTS, id="facts")
            yield RowList(LETTERS, empty=texts.NO_DEAD_LETTERS, id="letters")

    def show_state(self) -> None:
        """Draw what is new."""
        state, now = self.desk.state, self.desk.now_utc_ns
        self._book.take(state)
        lines = red_lines(state, self._book, now)
        self._lines = {f"{line.line}/{line.what}": line for line in lines}
        wrong = self._list("wrong", [self._line_row(key, line) for key, line in self._lines.items()])
        wrong.styles.height = min(max(len(lines), 1) + 1, MOST_HEIGHT, max(self.size.height // 3, 3))
        self._show_advice()
        self._list("stages", [self._stage_row(row) for row in stage_rows(state, self._book, now)])
        self._list("processes", [self._process_row(row) for row in process_rows(state, now)])
        self._list("facts", [Row(name, (name, text)) for name, text in fact_rows(state, self._book, now)])
        letters = dead_letter_rows(state)
        self._list("letters", [Row(entry, (self.desk.clock_text(at), entry, why)) for at, entry, why in letters])

    def _list(self, name: str, rows: list[Row]) -> RowList:
        found = self.query_one(f"#{name}", RowList)
        found.show(rows, self.palette)
        if name != "wrong":
            found.styles.height = max(len(rows), 1) + 1
        return found

    def _line_row(self, key: str, line: RedLine) -> Row:
        style = self.palette.bad if line.level == "bad" else self.palette.warning
        sign = texts.SEVERITIES["critical" if line.level == "bad" else "warning"][0]
        return Row(key, (sign, line.what), (style,), style)

    def _show_advice(self) -> None:
        line = self._lines.get(self.query_one("#wrong", RowList).key)
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
        )
        styles = self.palette
        lost = styles.warning if row.lease == "nobody" else None
        return Row(row.camera or "all of them", cells, (None, lost), styles.text if row.camera else styles.strong)

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
        return Row(row.name, cells, style=own)

    def on_row_list_moved(self) -> None:
        """Say what the chosen line means."""
        self._show_advice()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Open the camera of a row."""
        line = self._lines.get(message.key) if message.list.id == "wrong" else None
        camera = line.camera if line is not None else message.key if message.list.id == "stages" else ""
        if camera in self.desk.state.cameras:
            self.post_message(OpenCamera(camera))

    def action_open(self) -> None:
        """Open what is under the cursor of the table that has the keyboard."""
        if isinstance(self.focused, RowList):
            self.focused.action_choose()


def _number(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1f}"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
