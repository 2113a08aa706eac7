"""The past: visits, sets, people, alerts and what staff did, by day, person, exercise, zone and camera."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from core.clock import NANOSECONDS, utc_datetime
from core.errors import SpotterError
from core.history import Choices, PersonRow, Selection
from tui import texts
from tui.desk import Desk, OpenCamera, OpenPerson
from tui.export import export
from tui.plain import plain
from tui.ports import History
from tui.screens.ask import AskScreen, Field, PickScreen
from tui.screens.base import ConsoleScreen
from tui.views.history import (
    EXPORTED,
    KINDS,
    TITLES,
    Chosen,
    Kind,
    Listing,
    alert_list,
    chosen_words,
    hour_rows,
    occupancy_plot,
    people_rows,
    set_rows,
    staff_rows,
    today,
    totals,
    visit_rows,
)
from tui.views.people import exercise_text
from tui.widgets.person_view import Lines
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row

MOST_ROWS = 2000
READ_EVERY_S = 15.0
PLOT_LINES = 9
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    "visits": (
        Column("at", "came", 19),
        Column("who", "who", 14, flex=1),
        Column("lasted", "lasted", 7, right=True),
        Column("sets", "sets", 5, right=True),
        Column("reps", "reps", 6, right=True),
        Column("end", "end", 12),
    ),
    "sets": (
        Column("at", "at", 19),
        Column("who", "who", 12, flex=1),
        Column("number", "set", 4, right=True),
        Column("exercise", "exercise", 14, flex=1),
        Column("reps", "reps", 9, right=True),
        Column("lasted", "lasted", 7, right=True, order=2),
        Column("faults", "faults", 6, right=True, order=1),
        Column("zone", "zone", 12, order=3),
        Column("camera", "camera", 10, order=4),
    ),
    "people": (
        Column("number", "number", 7, right=True),
        Column("name", "nickname", 16, flex=1),
        Column("member", "member", 12),
        Column("first", "first seen", 19, order=1),
        Column("last", "last seen", 19),
    ),
    "alerts": (
        Column("at", "since", 19),
        Column("lasted", "lasted", 7, right=True),
        Column("kind", "alert", 18),
        Column("severity", "severity", 9, order=2),
        Column("subject", "about", 14, order=1),
        Column("text", "what", 20, flex=1),
        Column("by", "seen by", 12, order=3),
    ),
    "staff": (
        Column("at", "at", 19),
        Column("by", "who", 12),
        Column("action", "did", 17),
        Column("subject", "to", 16, flex=1, order=2),
        Column("before", "before", 14, order=1),
        Column("after", "after", 14),
    ),
    "hours": (
        Column("at", "hour", 19),
        Column("zone", "zone", 16, flex=1),
        Column("mean", "on average", 10, right=True),
        Column("most", "at most", 8, right=True),
    ),
}
CHOICES = (Column("name", "name", 30, flex=1),)
EVERYTHING = "everything"
"""Key of the row that takes a filter away; no uid, exercise or camera is called so."""


class HistoryScreen(ConsoleScreen):
    """Lists of the past, read from the database in a thread."""

    MODE = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "next_list(1)", "List", tooltip="visits, sets, people, alerts, what staff did, people by hour"),
        Binding("V", "next_list(-1)", "List back", show=False),
        Binding("left", "day(-1)", "Day before", show=False),
        Binding("right", "day(1)", "Day", key_display="←→", tooltip="the day before or after"),
        Binding("d", "all_days", "All days", tooltip="or today"),
        Binding("p", "pick_person", "Who", tooltip="only one person"),
        Binding("e", "pick('exercise')", "Exercise", tooltip="only one exercise"),
        Binding("z", "pick('zone')", "Zone", show=False, tooltip="only one zone"),
        Binding("c", "pick('camera')", "Camera", show=False, tooltip="only one camera"),
        Binding("backspace", "clear", "Clear", show=False, tooltip="the filter, not the day"),
        Binding("r", "replay", "Replay", tooltip="the visit under the cursor, set by set"),
        Binding("x", "export", "Export", tooltip="what is shown, to CSV or JSON"),
        Binding("s", "sql", "SQL", tooltip="ask the database in its own words; it only reads"),
    ]
    DEFAULT_CSS = """
    HistoryScreen #chosen { height: 2; padding: 0 1; }
    HistoryScreen #trouble { height: auto; max-height: 3; padding: 0 1; color: $warning; display: none; }
    HistoryScreen #plot { height: 9; padding: 0 1; display: none; }
    HistoryScreen RowTable { height: 1fr; display: none; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kind: Kind = "visits"
        self._today = today(desk.now_utc_ns, desk.zone)
        self.chosen = Chosen(self._today)
        self.listing = Listing("visits")
        self._trouble = texts.NOT_READ_YET
        self._before: list[tuple[Kind, Chosen, str]] = []
        """Where Esc leads: list, filter and row."""
        self._visits: dict[str, tuple[str, str]] = {}
        """Person and name by visit."""
        self._due_ns = 0
        self._drawn: tuple[object, ...] = ()

    def crumb(self) -> str:
        """The list."""
        return f"{texts.MODES[self.MODE]} › {TITLES[self.kind]}"

    def body(self) -> Iterable[Widget]:
        """What is chosen, a plot where there is one, and the list."""
        yield Lines(id="chosen")
        yield Static("", id="trouble", markup=False)
        yield Lines(id="plot")
        for kind in KINDS:
            yield RowTable(COLUMNS[kind], id=f"list-{kind}")

    def _table(self) -> RowTable:
        return self.query_one(f"#list-{self.kind}", RowTable)

    # Drawing

    def show_state(self) -> None:
        """Draw what was read, and read anew now and then."""
        now = self.desk.now_utc_ns
        self._follow_today()
        if now >= self._due_ns:
            self._due_ns = now + round(READ_EVERY_S * NANOSECONDS)
            self._read(self.kind, self.chosen)
        self._draw()

    def _follow_today(self) -> None:
        """Who looks at today goes on to the next day at midnight."""
        day = today(self.desk.now_utc_ns, self.desk.zone)
        if day != self._today:
            if self.chosen.day == self._today:
                self.chosen, self._due_ns = replace(self.chosen, day=day), 0
            self._today = day

    def _draw(self) -> None:
        styles, listing = self.palette, self.listing
        new = (listing, styles, self.kind, self.chosen, self._trouble, self.size)
        if new == self._drawn:
            return  # thousands of rows, four times a second, would be most of what the console does
        self._drawn = new
        told = totals(listing) if listing.kind == self.kind and not self._trouble else ""
        self.query_one("#chosen", Lines).show(
            [(f"{TITLES[self.kind]}   {chosen_words(self.chosen)}", styles.strong), (told, styles.muted)], styles
        )
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(self._trouble)
        trouble.update(plain(self._trouble))
        for kind in KINDS:
            self.query_one(f"#list-{kind}", RowTable).display = kind == self.kind
        shown = listing.rows if listing.kind == self.kind else ()
        colours = {"warning": styles.warning, "corrected": styles.accent}
        marked = {"sets": "reps", "alerts": "severity"}.get(self.kind, "")
        rows = [
            text_row(COLUMNS[self.kind], row.key, row.shown, {marked: colours[row.mark]} if row.mark else None)
            for row in shown
        ]
        table = self._table()
        table.show(rows, styles, empty="" if self._trouble else texts.NOTHING_STORED)
        if self.focused is None or (isinstance(self.focused, RowTable) and self.focused is not table):
            table.focus()
        self._draw_plot()

    def _draw_plot(self) -> None:
        plot = self.query_one("#plot", Lines)
        plot.display = self.kind == "hours" and bool(self.listing.hours)
        if plot.display:
            width = max(self.size.width - 2, 24)
            lines = occupancy_plot(
                self.listing.hours, self.chosen, self.desk.zone, width, PLOT_LINES, in_ascii=self.desk.ports.ascii
            )
            plot.show([(line, self.palette.primary) for line in lines], self.palette)

    # Reading

    @work(thread=True, exclusive=True, group="past")
    def _read(self, kind: Kind, chosen: Chosen) -> None:
        history, desk = self.desk.ports.history, self.desk
        listing, trouble = Listing(kind), ""
        visits: dict[str, tuple[str, str]] = {}
        if history is None:
            trouble = texts.MISSING_PORT.format(what=texts.DATABASE)
        else:
            try:
                listing, visits = _listed(history, kind, chosen, desk)
            except SpotterError as error:
                trouble = str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, chosen, listing, visits, trouble)

    def _take(self, chosen: Chosen, listing: Listing, visits: dict[str, tuple[str, str]], trouble: str) -> None:
        if listing.kind != self.kind or chosen != self.chosen or not self.is_mounted:
            return
        self._trouble = trouble
        if not trouble:
            self.listing = listing
            self._visits |= visits
        self._draw()

    def _changed(self) -> None:
        """Something else is chosen: read it at once."""
        self._due_ns = 0
        if self.listing.kind != self.kind:
            self._trouble = texts.NOT_READ_YET
        self.tell()

    # What is chosen

    def action_next_list(self, by: int) -> None:
        """Another list of the same time."""
        self.kind = KINDS[(KINDS.index(self.kind) + by) % len(KINDS)]
        self.chosen = replace(self.chosen, session=0, session_name="")
        self._before.clear()
        self._changed()

    def action_day(self, by: int) -> None:
        """The day before or after."""
        self.chosen = self.chosen.moved(by)
        self._changed()

    def action_all_days(self) -> None:
        """All days, or today."""
        day = today(self.desk.now_utc_ns, self.desk.zone) if self.chosen.day is None else None
        self.chosen = replace(self.chosen, day=day)
        self._changed()

    def action_clear(self) -> None:
        """Take the filter away."""
        self.chosen = self.chosen.cleared()
        self._before.clear()
        self._changed()

    def action_back(self) -> None:
        """Up to the list that this one was opened from; else take the filter away."""
        if self._before:
            self.kind, self.chosen, row = self._before.pop()
            self._changed()
            self._table().cursor = row
        elif self.chosen.is_narrowed:
            self.action_clear()
        else:
            super().action_back()

    @work(thread=True, exclusive=True, group="choices")
    def action_pick(self, what: str) -> None:
        """Ask for one exercise, zone or camera."""
        found = self._asked(lambda history: history.choices(), Choices())
        names: tuple[str, ...] = getattr(found, {"exercise": "exercises", "zone": "zones", "camera": "cameras"}[what])
        rows = {name: exercise_text(name) if what == "exercise" else plain(name) for name in names if name}
        self.app.call_from_thread(self._pick, f"Only this {what}", rows, lambda key: {what: key})

    @work(thread=True, exclusive=True, group="choices")
    def action_pick_person(self) -> None:
        """Ask for one person of the chosen time."""
        nobody: list[PersonRow] = []
        chosen = replace(self.chosen.cleared(), day=self.chosen.day).selection(self.desk.zone, 500)
        people = self._asked(lambda history: history.people(chosen), nobody)
        rows = {row.uid: plain(row.nickname) or f"#{row.number}" for row in people}
        self.app.call_from_thread(
            self._pick, "Only this person", rows, lambda key: {"person": key, "person_name": rows.get(key, "")}
        )

    def _asked(self, ask: Callable[[History], Any], otherwise: Any) -> Any:  # noqa: ANN401  # whatever is asked for
        history = self.desk.ports.history
        if history is None:
            return otherwise
        try:
            return ask(history)
        except SpotterError as error:
            self.app.call_from_thread(self.notify, plain(str(error)), severity="error", markup=False)
            return otherwise

    def _pick(self, title: str, names: Mapping[str, str], change: Callable[[str], Mapping[str, str]]) -> None:
        rows: list[Row] = [text_row(CHOICES, EVERYTHING, ("all",))]
        rows += [text_row(CHOICES, key, (name,)) for key, name in names.items()]

        def picked(key: str | None) -> None:
            if key is not None:
                values = change("" if key == EVERYTHING else key)
                self.chosen = replace(self.chosen, session=0, session_name="", **cast(Any, values))
                self._changed()

        self.app.push_screen(PickScreen(title, CHOICES, rows), picked)

    # Deeper

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Open what the row is about."""
        from tui.screens.set_detail import SetScreen

        key = message.key
        if self.kind == "visits":
            self._before.append((self.kind, self.chosen, key))
            self.kind = "sets"
            _, name = self._visits.get(key, ("", ""))
            self.chosen = replace(self.chosen, session=int(key), session_name=name)
            self._changed()
        elif self.kind == "sets":
            self.app.push_screen(SetScreen(self.desk, key))
        elif self.kind == "people":
            self.post_message(OpenPerson(key))
        elif self.kind == "alerts":
            row = next((each for each in self.listing.rows if each.key == key), None)
            subject = str(row.raw[EXPORTED["alerts"].index("subject")]) if row is not None else ""
            if subject in self.desk.state.cameras:
                self.post_message(OpenCamera(subject))

    def action_replay(self) -> None:
        """Play the visit under the cursor, or the one whose sets are shown."""
        from tui.screens.replay import ReplayScreen

        visit = self._table().cursor if self.kind == "visits" else str(self.chosen.session or "")
        if visit in self._visits:
            self.app.push_screen(ReplayScreen(self.desk, int(visit), self._visits[visit][1]))
        else:
            self.notify(texts.NO_VISIT_CHOSEN, markup=False)

    def action_sql(self) -> None:
        """Ask in SQL."""
        from tui.screens.sql import SqlScreen

        self.app.push_screen(SqlScreen(self.desk))

    # Export

    def action_export(self) -> None:
        """Ask for a file, and write what is shown to it."""
        listing = self.listing
        columns, rows = EXPORTED[listing.kind], [row.raw for row in listing.rows]
        ask_export(self, listing.kind, columns, rows)


def _listed(history: History, kind: Kind, chosen: Chosen, desk: Desk) -> tuple[Listing, dict[str, tuple[str, str]]]:
    """Ask for one list; and, of visits, whose they are."""
    selection: Selection = chosen.selection(desk.zone, MOST_ROWS + 1)
    if kind == "visits":
        visits = history.sessions(selection)
        names = {str(row.session): (row.person, plain(row.nickname) or f"#{row.number}") for row in visits}
        return _cut(Listing(kind, visit_rows(visits, desk))), names
    if kind == "sets":
        return _cut(Listing(kind, set_rows(history.sets(selection, session=chosen.session), desk))), {}
    if kind == "people":
        return _cut(Listing(kind, people_rows(history.people(selection), desk))), {}
    if kind == "alerts":
        return _cut(Listing(kind, alert_list(history.alerts(selection), desk))), {}
    if kind == "staff":
        done = history.audit(subject=chosen.person, limit=MOST_ROWS + 1)
        begin, end = selection.from_utc_ns, selection.until_utc_ns
        kept = [row for row in done if begin <= row.at_utc_ns and (not end or row.at_utc_ns < end)]
        return _cut(Listing(kind, staff_rows(kept, desk))), {}
    offset = utc_datetime(desk.now_utc_ns).astimezone(desk.zone).utcoffset()
    hours = tuple(history.occupancy(selection, shift_s=int(offset.total_seconds()) % 3600 if offset else 0))
    return Listing(kind, hour_rows(hours, desk), hours=hours), {}


def _cut(listing: Listing) -> Listing:
    if len(listing.rows) <= MOST_ROWS:
        return listing
    return Listing(listing.kind, listing.rows[:MOST_ROWS], cut=True)


def ask_export(screen: ConsoleScreen, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Ask for a file and write rows to it; says where they are, or why they are not."""
    day = f"{utc_datetime(screen.desk.now_utc_ns).astimezone(screen.desk.zone):%Y-%m-%d-%H%M}"

    def written(values: Mapping[str, str] | None) -> None:
        if values is None:
            return
        try:
            path = export(columns, rows, values["file"], Path.cwd())
        except SpotterError as error:
            screen.notify(plain(str(error)), severity="error", markup=False)
        else:
            screen.notify(texts.EXPORTED.format(count=len(rows), path=plain(str(path))), markup=False)

    field = Field("file", "file that ends in .csv or .json", f"spotter-{name}-{day}.csv", 300)
    screen.app.push_screen(AskScreen(f"Export {len(rows)} rows", [field]), written)
