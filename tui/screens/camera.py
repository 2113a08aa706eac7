"""One camera: what it sees with its zones, how it does, what happened to it, and its pause, edit and removal."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from core.clock import NANOSECONDS
from core.errors import SpotterError
from tui import texts, times
from tui.desk import AddCamera, Desk
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.screens.confirm import ConfirmScreen
from tui.state import CameraNow
from tui.views.camera import (
    HistoryRow,
    camera_facts,
    camera_view,
    chosen_history,
    drop_lines,
    hanging,
    history_rows,
    next_words,
    stored_changes,
    trouble_lines,
    with_picture,
)
from tui.views.rates import RateBook
from tui.views.sparks import spark_line
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row
from tui.widgets.zone_view import ZoneView

HISTORY_EVERY_S = 10.0
WIDE_FACTS_FROM = 120
"""Cells of the terminal from which the facts get more room."""
HISTORY = (
    Column("at", "when", 17),
    Column("state", "state", 13),
    Column("lasted", "for", 7, right=True),
    Column("reason", "reason", 13, order=1),
    Column("detail", "in words", 20, flex=1),
)


class CameraScreen(ConsoleScreen):
    """Shows one camera at a time; the arrows go to its neighbours."""

    AUTO_FOCUS = "#history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Before", show=False, tooltip="the camera before"),
        Binding("right", "step(1)", "Next", key_display="←→", tooltip="the next camera"),
        Binding("f", "large", "Large", tooltip="nothing but what it sees"),
        Binding("v", "picture", "Picture", tooltip="a picture instead of skeletons, where gym.toml allows it"),
        Binding("e", "edit", "Edit"),
        Binding("t", "test", "Test", tooltip="open it once more and show what it gives"),
        Binding("z", "zones", "Zones", tooltip="draw them over what the camera sees"),
        Binding("p", "pause", "Pause", tooltip="or let it go on"),
        Binding("a", "add", "Add", tooltip="a new camera"),
        Binding("x", "remove", "Remove", tooltip="from gym.toml; asks first"),
    ]
    DEFAULT_CSS = """
    CameraScreen Horizontal { height: 1fr; }
    CameraScreen #facts { width: 36; padding: 0 1; }
    CameraScreen #trouble { height: auto; max-height: 4; padding: 0 1; display: none; }
    CameraScreen #sparks { height: 5; padding: 0 1; }
    CameraScreen #history { height: 30%; min-height: 4; }
    CameraScreen.-large #facts, CameraScreen.-large #sparks, CameraScreen.-large #history { display: none; }
    """

    def __init__(self, desk: Desk, camera: str) -> None:
        super().__init__(desk)
        self.camera = camera
        self._book = RateBook()
        self._stored: Sequence[HistoryRow] = ()
        self._trouble = ""
        self._due_ns = 0
        self._shows_picture = False

    @property
    def subject(self) -> str:
        """This camera."""
        return f"camera {self.camera}"

    def crumb(self) -> str:
        """Its title."""
        known = self._now()
        return plain(known.title if known is not None else self.camera)

    def body(self) -> Iterable[Widget]:
        """What it sees beside what is known; below, how it did."""
        yield Static("", id="trouble", markup=False)
        with Horizontal():
            yield ZoneView(in_ascii=self.desk.ports.ascii)
            yield Static("", id="facts", markup=False)
        yield Static("", id="sparks", markup=False)
        yield RowTable(HISTORY, id="history")

    def _now(self) -> CameraNow | None:
        return self.desk.state.cameras.get(self.camera)

    def show_state(self) -> None:
        """Draw what is new."""
        self._book.take(self.desk.state)
        camera, now = self._now(), self.desk.now_utc_ns
        view = camera_view(self.camera, camera, self.desk.state, now)
        if self._shows_picture:
            view = with_picture(view, self.desk.state.previews, self.camera)
        self.query_one(ZoneView).show(view, self.palette)
        if camera is None:
            return
        self._show_trouble(camera)
        self._show_facts(camera)
        self._show_sparks(camera)
        self._show_history(camera)
        if now >= self._due_ns:
            self._due_ns = now + round(HISTORY_EVERY_S * NANOSECONDS)
            self._read_history(self.camera, now)

    def _show_trouble(self, camera: CameraNow) -> None:
        lines = trouble_lines(camera)
        shown = self.query_one("#trouble", Static)
        shown.display = bool(lines)
        if lines:
            style = self.palette.of_state(camera.state)
            shown.update(Text("\n".join(f"{name + ':':<7}{text}" for name, text in lines), style))

    def _show_facts(self, camera: CameraNow) -> None:
        facts = self.query_one("#facts", Static)
        width = 48 if self.size.width >= WIDE_FACTS_FROM else 34
        facts.styles.width = width
        styles = self.palette
        sign, words = texts.CAMERA_STATES[camera.state]
        text = Text(f"{sign} {words}\n", styles.of_state(camera.state))
        kinds = {"text": styles.text, "bad": styles.bad, "muted": styles.grey}
        for fact in camera_facts(camera, self.desk):
            text.append(f"{fact.name:<11}", styles.muted).append(hanging(fact.text, width - 2), kinds[fact.kind])
        for line in drop_lines(camera):
            text.append("left out   ", styles.muted).append(hanging(line, width - 2), styles.text)
        facts.update(text)

    def _show_sparks(self, camera: CameraNow) -> None:
        trail, width = camera.trail, max(self.size.width - 2, 20)
        dropped = [
            at_camera + at_worker
            for at_camera, at_worker in zip(
                reversed(self._book.history(self.camera, "dropped at camera")),
                reversed(self._book.history(self.camera, "dropped at worker")),
                strict=False,
            )
        ][::-1]
        lines = [
            spark_line(name, unit, values, width, in_ascii=self.desk.ports.ascii)
            for name, unit, values in (
                ("frames", "/s", [sample.fps for sample in trail]),
                ("delay", "ms", [sample.latency_ms for sample in trail]),
                ("left out", "/s", dropped),
                ("people", "", [float(sample.people) for sample in trail]),
            )
        ]
        self.query_one("#sparks", Static).update(Text("\n".join(lines), self.palette.text))

    # What happened to it

    def _show_history(self, camera: CameraNow) -> None:
        rows = [self._history_row(row) for row in history_rows(self._stored, camera.changes)]
        self.query_one("#history", RowTable).show(rows, self.palette, empty=plain(self._trouble))

    def _history_row(self, row: HistoryRow) -> Row:
        day, at = times.day(row.at_utc_ns, self.desk.zone), self.desk.clock_text(row.at_utc_ns)
        lasted = times.span(row.lasted_s) if row.lasted_s is not None else "still"
        return text_row(HISTORY, str(row.at_utc_ns), (f"{day} {at}", row.state, lasted, row.reason, row.detail))

    @work(thread=True, exclusive=True, group="history")
    def _read_history(self, camera: str, now_utc_ns: int) -> None:
        history = self.desk.ports.history
        stored, trouble = self._stored, ""
        if history is not None:
            try:
                stored = stored_changes(history.camera_states(chosen_history(camera, now_utc_ns)))
            except SpotterError as error:
                trouble = str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_history, camera, stored, trouble)

    def _take_history(self, camera: str, stored: Sequence[HistoryRow], trouble: str) -> None:
        if camera == self.camera and self.is_mounted:
            self._stored, self._trouble = stored, trouble
            known = self._now()
            if known is not None:
                self._show_history(known)

    # Keys

    def action_step(self, by: int) -> None:
        """Show a neighbour."""
        names = list(self.desk.state.cameras)
        if not names:
            return
        at = names.index(self.camera) if self.camera in names else 0
        self.camera = self.desk.camera = names[(at + by) % len(names)]
        self._stored, self._trouble, self._due_ns = (), "", 0
        self._show_picture(on=False)
        self.tell()

    def action_large(self) -> None:
        """Only what it sees, or all of it again."""
        self.toggle_class("-large")

    def action_picture(self) -> None:
        """A picture instead of the skeletons, or the skeletons again."""
        camera = self._now()
        if camera is None or camera.settings is None or not camera.settings.preview:
            self.notify(texts.NO_PICTURES, severity="warning", markup=False)
            return
        self._show_picture(on=not self._shows_picture)
        self.show_state()

    def _show_picture(self, *, on: bool) -> None:
        """Pictures are made only while somebody asks for them."""
        self._shows_picture = on
        self.desk.ports.feed.watch(*([self.camera] if on else []))

    def on_screen_suspend(self) -> None:
        """Nobody looks any more."""
        self._show_picture(on=False)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._show_picture(on=False)

    def action_add(self) -> None:
        """Open the form for a new one."""
        self.post_message(AddCamera())

    def action_edit(self) -> None:
        """Open the form for this one."""
        self._open_form(test=False)

    def action_test(self) -> None:
        """Open the form, and try the camera at once."""
        self._open_form(test=True)

    def action_zones(self) -> None:
        """Open its zones."""
        from tui.screens.zones import ZonesScreen

        if self.may_change(texts.EDITOR, self.desk.ports.editor):
            self.app.push_screen(ZonesScreen(self.desk, self.camera))

    def _open_form(self, *, test: bool) -> None:
        from tui.screens.camera_form import CameraForm

        if self.may_change(texts.EDITOR, self.desk.ports.editor):
            self.app.push_screen(CameraForm(self.desk, self.camera, test=test))

    def action_pause(self) -> None:
        """Pause it, or let it go on."""
        camera = self._now()
        if camera is None or not self.may_change(texts.EDITOR, self.desk.ports.editor):
            return
        self._write("resume" if camera.state == "paused" else "pause", self.camera, self.crumb())

    def action_remove(self) -> None:
        """Remove it from gym.toml, if somebody is sure."""
        if not self.may_change(texts.EDITOR, self.desk.ports.editor):
            return
        camera, title = self.camera, self.crumb()

        def removed(sure: bool | None) -> None:
            if sure:
                self._write("remove", camera, title)

        self.app.push_screen(ConfirmScreen(texts.REMOVE_ASKED.format(camera=title), texts.REMOVE_WHY), removed)

    @work(thread=True, group="write")
    def _write(self, what: str, camera: str, title: str) -> None:
        editor = self.desk.ports.editor
        if editor is None:
            return
        try:
            if what == "remove":
                editor.remove(camera)
            else:
                editor.enable(camera, enabled=what == "resume")
        except SpotterError as error:
            self.app.call_from_thread(self.notify, plain(str(error)), severity="error", markup=False)
            return
        self.app.call_from_thread(self._written, what, title)

    def _written(self, what: str, title: str) -> None:
        words = next_words(what, title, self.desk.state, self.desk.now_utc_ns)
        self.notify(words, markup=False)
        if what == "remove":
            self.action_back()
