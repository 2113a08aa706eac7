"""One set: its repetitions with range and tempo, what was wrong, what was not counted, and its correction."""

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.worker import get_current_worker

from core.clock import NANOSECONDS
from core.errors import SpotterError
from core.history import SetDetail
from tui import texts, times
from tui.desk import Desk, OpenPerson
from tui.plain import plain
from tui.screens.corrections import CorrectingScreen, Done
from tui.views.person import fault_lines, rejected_words, rep_plots, reps_text, set_exercise_text
from tui.widgets.person_view import Lines
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row

READ_EVERY_S = 2.0
REPS = (
    Column("number", "rep", 5, right=True),
    Column("at", "at", 11),
    Column("motion", "range", 9, right=True),
    Column("tempo", "seconds", 8, right=True),
    Column("counts", "counts", 9),
    Column("cameras", "cameras", 7, right=True, order=2),
    Column("form", "form", 14, flex=1),
)


class SetScreen(CorrectingScreen):
    """Shows one set; read anew while it may still grow."""

    AUTO_FOCUS = "#reps"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "correct", "Correct", tooltip="what staff counted, beside what the cameras did"),
        Binding("u", "undo", "Undo", tooltip="take back what was done here last"),
        Binding("p", "person", "Person", tooltip="who trained it"),
    ]
    DEFAULT_CSS = """
    SetScreen #head { height: 3; padding: 0 1; }
    SetScreen #plots { height: 7; padding: 0 1; }
    SetScreen #faults { height: auto; max-height: 6; padding: 0 1; }
    SetScreen #reps { height: 1fr; }
    """

    def __init__(self, desk: Desk, uid: str) -> None:
        super().__init__(desk)
        self.uid = uid
        self.done: list[Done] = []
        self._detail: SetDetail | None = None
        self._trouble = texts.NOT_READ_YET
        self._due_ns = 0

    def crumb(self) -> str:
        """Number and exercise."""
        if self._detail is None:
            return "set"
        return f"set {self._detail.set.number}"

    def body(self) -> Iterable[Widget]:
        """Facts, plots, faults, repetitions."""
        yield Lines(id="head")
        yield Lines(id="plots")
        yield Lines(id="faults")
        yield RowTable(REPS, id="reps")

    def show_state(self) -> None:
        """Draw what is known, and read anew now and then."""
        now = self.desk.now_utc_ns
        if now >= self._due_ns:
            self._due_ns = now + round(READ_EVERY_S * NANOSECONDS)
            self._read()
        self._draw()

    def told(self) -> None:
        """Read soon what became of it."""
        self._due_ns = 0

    @work(thread=True, exclusive=True, group="set")
    def _read(self) -> None:
        history = self.desk.ports.history
        detail, trouble = None, ""
        if history is None:
            trouble = texts.MISSING_PORT.format(what=texts.DATABASE)
        else:
            try:
                detail = history.set_detail(self.uid)
            except SpotterError as error:
                detail, trouble = self._detail, str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, detail, trouble)

    def _take(self, detail: SetDetail | None, trouble: str) -> None:
        self._detail, self._trouble = detail, trouble or ("" if detail is not None else texts.GONE)
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        styles, detail = self.palette, self._detail
        table = self.query_one("#reps", RowTable)
        if detail is None:
            self.query_one("#head", Lines).show([(plain(self._trouble), styles.warning)], styles)
            table.show([], styles)
            return
        one, desk = detail.set, self.desk
        who = plain(one.nickname) or f"#{one.person_number}"
        at = f"{times.day(one.started_utc_ns, desk.zone)} {desk.clock_text(one.started_utc_ns, seconds=True)}"
        sure = f"{one.confidence:.0%} sure, seen by {one.cameras} camera{'s' if one.cameras != 1 else ''}"
        head = [
            (f"{who}  {set_exercise_text(one)}  {reps_text(one)}  {'still open' if one.open else ''}", styles.strong),
            (f"{at}, {plain(one.zone) or 'no zone'}, best from {plain(one.camera)}, {sure}", styles.text),
        ]
        if one.is_corrected:
            when = desk.clock_text(one.corrected_utc_ns)
            said = f"* corrected by {plain(one.corrected_by)} at {when}; counted: {one.reps} {plain(one.exercise)}"
            head.append((said, styles.accent))
        elif self._trouble:
            head.append((plain(self._trouble), styles.warning))
        self.query_one("#head", Lines).show(head, styles)
        plots = self.query_one("#plots", Lines)
        lines = rep_plots(detail, max(self.size.width - 2, 10), 7, in_ascii=desk.ports.ascii)
        plots.show([(line, styles.primary) for line in lines], styles)
        faults = [(line, styles.warning if detail.faults else styles.good) for line in fault_lines(detail)]
        if detail.rejected:
            faults.append((f"not counted: {rejected_words(detail.rejected)}", styles.muted))
        box = self.query_one("#faults", Lines)
        box.styles.height = min(len(faults), 6)
        box.show(faults, styles)
        table.show([self._row(detail, number) for number in range(len(detail.reps))], styles)

    def _row(self, detail: SetDetail, index: int) -> Row:
        rep = detail.reps[index]
        cues = [plain(fault.cue or fault.rule) for fault in detail.faults if fault.rep == rep.number]
        texts_of = (
            str(rep.number),
            self.desk.clock_text(rep.ended_utc_ns, seconds=True),
            f"{rep.range_of_motion:.1f} {plain(rep.unit)}",
            f"{rep.duration_s:.1f}",
            "doubtful" if rep.tentative else "yes",
            str(rep.cameras),
            f"! {', '.join(cues)}" if cues else "ok",
        )
        style = self.palette.grey if rep.tentative else None
        return text_row(REPS, str(rep.number), texts_of, {"form": self.palette.warning} if cues else None, style)

    # Keys

    def action_correct(self) -> None:
        """Ask for what it really was."""
        if self._detail is not None:
            self.correct(self._detail.set)

    def action_person(self) -> None:
        """Show who trained it."""
        if self._detail is not None:
            self.post_message(OpenPerson(self._detail.set.person))
