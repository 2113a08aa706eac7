"""Alerts: what needs somebody now, and what was over today."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from core.clock import NANOSECONDS
from core.errors import SpotterError
from core.history import Selection
from core.messages import LiveAlert
from tui import texts, times
from tui.advice import ALERTS
from tui.desk import Desk, OpenCamera, OpenPerson
from tui.plain import plain
from tui.ports import StaffActions
from tui.screens.base import ConsoleScreen
from tui.views.alerts import (
    AlertRow,
    ResolvedAlert,
    alert_rows,
    quiet_left_s,
    resolved_alerts,
    snoozed,
    target_of,
    today_utc_ns,
)
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row

RESOLVED_EVERY_S = 10.0
SNOOZE_S = 900.0
OPEN = (
    Column("sign", "", 2),
    Column("since", "since", 6),
    Column("alert", "alert", 21),
    Column("about", "about", 16, order=3),
    Column("what", "what", 30, flex=1),
    Column("times", "times", 5, right=True, order=2),
    Column("who", "who", 16, order=1),
)
RESOLVED = (
    Column("over", "over", 8),
    Column("lasted", "lasted", 7, right=True),
    Column("alert", "alert", 20),
    Column("what", "what", 30, flex=1),
    Column("who", "seen by", 14, order=1),
)


class AlertsScreen(ConsoleScreen):
    """Lists alerts, lets staff answer them, and leads to what they are about."""

    MODE = "alerts"
    AUTO_FOCUS = "#open"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="the camera or person; of a storm, its alerts"),
        Binding("a", "acknowledge", "Seen", tooltip="acknowledge: others see that somebody looks after it"),
        Binding("z", "snooze", "Rest", tooltip="do not be told of it for 15 minutes; again: end the rest"),
        Binding("n", "new_only", "New only", tooltip="leave out what somebody has seen"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("b", "bell", "Bell", tooltip="ring and flash when a critical alert begins"),
    ]
    DEFAULT_CSS = """
    AlertsScreen #advice { height: auto; min-height: 2; max-height: 5; padding: 0 1; }
    AlertsScreen #quiet { height: auto; padding: 0 1; display: none; }
    AlertsScreen Input { display: none; height: 3; }
    AlertsScreen #open { height: 1fr; }
    AlertsScreen #resolved { height: 35%; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._opened: set[str] = set()
        self._new_only = False
        self._words = ""
        self._rows: dict[str, AlertRow] = {}
        self._resolved: list[ResolvedAlert] = []
        self._resolved_trouble = ""
        self._resolved_due_ns = 0

    def body(self) -> Iterable[Widget]:
        """Open ones above, advice about the chosen one, those of today that are over below."""
        yield Input(placeholder="words that must occur; Enter keeps them, Esc clears them", id="words")
        yield Static("", id="quiet", markup=False)
        yield RowTable(OPEN, id="open")
        yield Static("", id="advice", markup=False)
        yield RowTable(RESOLVED, id="resolved")

    def show_state(self) -> None:
        """Draw what is new."""
        desk, now, styles = self.desk, self.desk.now_utc_ns, self.palette
        rows = alert_rows(desk.state.alerts, now, opened=self._opened, words=self._words, new_only=self._new_only)
        self._rows = {row.key: row for row in rows}
        empty = texts.NO_ALERTS if not self._words and not self._new_only else texts.NO_ALERTS_FIT
        self.query_one("#open", RowTable).show([self._drawn(row, now) for row in rows], styles, empty=empty)
        left_s = quiet_left_s(desk.state, now)
        quiet = self.query_one("#quiet", Static)
        quiet.display = left_s > 0
        if left_s > 0:
            quiet.update(texts.QUIET.format(left=times.span(left_s)))
        self._show_advice()
        if now >= self._resolved_due_ns:
            self._resolved_due_ns = now + round(RESOLVED_EVERY_S * NANOSECONDS)
            self._read_resolved(now)

    def _drawn(self, row: AlertRow, now_utc_ns: int) -> Row:
        styles = self.palette
        answered = "" if not row.is_quiet else "z" if row.note.startswith("rests") else "s"
        sign = texts.SEVERITIES[row.severity][0] + answered
        kind = plain(row.kind)
        if row.is_storm:
            kind = f"{'-' if row.is_open else '+'} {kind}"
        elif row.is_inner:
            kind = f"  {row.subject}"
        worst = {"critical": styles.bad, "warning": styles.warning, "info": styles.primary}[row.severity]
        age = times.span(times.seconds_between(row.since_utc_ns, now_utc_ns))
        times_came = f"x{row.count}" if row.count > 1 else ""
        cells = (sign, age, kind, row.subject, row.text, times_came, row.note)
        own = styles.grey if row.is_quiet else styles.text
        return text_row(OPEN, row.key, cells, {"sign": worst}, own)

    def _show_advice(self) -> None:
        row = self._chosen()
        if row is None:
            self.query_one("#advice", Static).update("")
            return
        advice = ALERTS.get(row.alerts[0].alert)
        severity = texts.SEVERITIES[row.severity][1]
        at = self.desk.clock_text(row.since_utc_ns)
        note = f", {row.note}" if row.note else ""
        lines = [f"{severity}, since {at}{note}: {row.text}"]
        if advice is not None:
            lines.append(f"means: {advice.means} - do: {advice.do}")
        self.query_one("#advice", Static).update("\n".join(lines))

    def _chosen(self) -> AlertRow | None:
        return self._rows.get(self.query_one("#open", RowTable).cursor)

    # Those that are over

    @work(thread=True, exclusive=True, group="resolved")
    def _read_resolved(self, now_utc_ns: int) -> None:
        history = self.desk.ports.history
        if history is None:
            found, trouble = [], texts.MISSING_PORT.format(what="a database")
        else:
            try:
                today = today_utc_ns(now_utc_ns, self.desk.zone)
                found = resolved_alerts(history.alerts(Selection(from_utc_ns=today)), today)
                trouble = ""
            except SpotterError as error:
                found, trouble = self._resolved, str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._show_resolved, found, trouble)

    def _show_resolved(self, found: list[ResolvedAlert], trouble: str) -> None:
        self._resolved, self._resolved_trouble = found, trouble
        if not self.is_mounted:
            return
        rows = [self._over(each) for each in found]
        self.query_one("#resolved", RowTable).show(rows, self.palette, empty=plain(trouble) or texts.NO_RESOLVED)

    def _over(self, alert: ResolvedAlert) -> Row:
        at, lasted = self.desk.clock_text(alert.resolved_utc_ns), times.span(alert.lasted_s)
        cells = (at, lasted, alert.kind, alert.text, alert.seen_by)
        return text_row(RESOLVED, alert.uid, cells, style=self.palette.muted)

    # Keys

    def on_row_table_moved(self) -> None:
        """Say what the chosen one means."""
        self._show_advice()

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Open what the row is about."""
        if message.table.id == "open":
            self.action_open()

    def action_open(self) -> None:
        """Lead to the camera, the person or the machines; a storm shows its alerts, or hides them."""
        row = self._chosen()
        if row is None:
            return
        if row.is_storm:
            self._opened ^= {row.key}
            self.show_state()
            return
        target = target_of(row.alerts[0], self.desk.state)
        if target.person:
            self.post_message(OpenPerson(target.person))
        elif target.camera:
            self.post_message(OpenCamera(target.camera))
        elif target.health:
            self.app.switch_mode("health")
        else:
            self.notify(texts.GONE, severity="warning", markup=False)

    def action_acknowledge(self) -> None:
        """Say that somebody has seen it."""
        self._acknowledge([alert.uid for alert in self._to_answer() if not alert.acknowledged_by])

    def action_snooze(self) -> None:
        """Let it rest for a while, or end the rest."""
        now = self.desk.now_utc_ns
        self._snooze({alert.uid: 0.0 if snoozed(alert, now) else SNOOZE_S for alert in self._to_answer()})

    def _to_answer(self) -> tuple[LiveAlert, ...]:
        row = self._chosen()
        may = row is not None and self.may_change("a way to answer alerts", self.desk.ports.staff)
        return row.alerts if row is not None and may else ()

    @work(thread=True, group="answers")
    def _acknowledge(self, uids: Sequence[str]) -> None:
        def answer(staff: StaffActions, user: str) -> None:
            for uid in uids:
                staff.acknowledge(uid, user)

        self._answer(answer)

    @work(thread=True, group="answers")
    def _snooze(self, seconds: Mapping[str, float]) -> None:
        def answer(staff: StaffActions, user: str) -> None:
            for uid, rest_s in seconds.items():
                staff.snooze(uid, rest_s, user)

        self._answer(answer)

    def _answer(self, answer: Callable[[StaffActions, str], None]) -> None:
        """In a worker's thread; the first failure is told and ends it, as the others would fail the same way."""
        staff = self.desk.ports.staff
        if staff is None:
            return
        try:
            answer(staff, self.desk.ports.user)
        except SpotterError as error:
            self.app.call_from_thread(self.notify, plain(str(error)), severity="error", markup=False)

    def action_new_only(self) -> None:
        """Leave out what somebody has seen, or show it again."""
        self._new_only = not self._new_only
        self.show_state()

    def action_bell(self) -> None:
        """Ring for critical alerts, or be still; kept when the view is saved."""
        self.desk.memory.bell = not self.desk.memory.bell
        self.notify(texts.BELL_ON if self.desk.memory.bell else texts.BELL_OFF, markup=False)

    def action_filter(self) -> None:
        """Ask for words."""
        words = self.query_one("#words", Input)
        words.display = True
        words.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        self._words = event.value
        self.show_state()

    def on_input_submitted(self) -> None:
        """Keep the words."""
        self.query_one("#words", Input).display = bool(self._words)
        self.query_one("#open", RowTable).focus()

    def action_back(self) -> None:
        """Clear the filter first."""
        words = self.query_one("#words", Input)
        if words.display:
            words.value = ""
            words.display = False
            self.query_one("#open", RowTable).focus()
        else:
            super().action_back()
