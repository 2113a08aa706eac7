"""The form of a camera: told what is wrong at the field, tried before it is saved, written to gym.toml.

What a trial shows is drawn once and kept nowhere.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Label, Select, Static
from textual.worker import get_current_worker

from core.errors import SourceError, SpotterError
from tui import texts
from tui.advice import FAILURES
from tui.desk import Desk
from tui.editing import CameraTrial, GymEditor
from tui.halfblocks import half_blocks
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.screens.confirm import ConfirmScreen
from tui.views.camera import next_words
from tui.views.camera_form import Field, empty_fields, fields, options_of, trial_lines, typed_of

CHECK_AFTER_S = 0.4
"""After the last key: sooner, every half-typed address would be a problem."""


class Tick(Checkbox):
    """A checkbox that is empty when it is off: the usual one only changes its colour."""

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        super().__init__(label, value, id=id)
        self.BUTTON_INNER = "X" if value else " "

    def watch_value(self) -> None:
        """Show the sign, and tell."""
        self.BUTTON_INNER = "X" if self.value else " "
        super().watch_value()


class CameraForm(ConsoleScreen):
    """Asks for a camera, shows what it sees, and writes it to gym.toml."""

    AUTO_FOCUS = "#field-id"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "test", "Test", tooltip="open it and show what it sees; nothing is saved"),
        Binding("ctrl+s", "save", "Save", tooltip="write it to gym.toml"),
        Binding("f2", "zones", "Zones", tooltip="draw the camera's zones"),
        Binding("escape", "back", "Back", tooltip="stop a test, else leave without saving"),
    ]
    DEFAULT_CSS = """
    CameraForm #form { width: 1fr; min-width: 38; padding: 0 1; }
    CameraForm #trial { width: 1fr; padding: 0 1; }
    CameraForm #picture { height: 1fr; }
    CameraForm #said { height: auto; }
    CameraForm Label { text-style: bold; margin-top: 1; }
    CameraForm .note { height: auto; color: $secondary; }
    CameraForm .note.-problem { color: $error; text-style: bold; }
    CameraForm .note.-warning { color: $warning; }
    CameraForm Input { height: 1; border: none; padding: 0 1; }
    CameraForm Input:focus { border: none; background: $panel; text-style: underline; }
    CameraForm Select, CameraForm SelectCurrent { height: 3; }
    CameraForm Checkbox { border: none; padding: 0; margin-top: 1; }
    CameraForm #buttons { height: 3; margin-top: 1; }
    CameraForm Button { margin-right: 2; }
    """

    def __init__(self, desk: Desk, camera: str | None = None, *, test: bool = False) -> None:
        """``camera``: the one to change, None for a new one; ``test``: try it at once."""
        super().__init__(desk)
        self.camera = camera
        self._test_at_once = test
        self._before: Mapping[str, Any] = {}
        self._ready = camera is None
        self._is_testing = False
        self._tried: tuple[object, ...] | None = None
        """What stood in the form when a trial went well."""
        self._trial: CameraTrial | None = None
        self._check: Timer | None = None

    def crumb(self) -> str:
        """What it does."""
        return texts.FORM_ADD if self.camera is None else texts.FORM_EDIT.format(camera=plain(self.camera))

    def body(self) -> Iterable[Widget]:
        """The fields on the left, what a trial shows on the right."""
        with Horizontal():
            with VerticalScroll(id="form", can_focus=False):
                yield Static("", id="note-", classes="note", markup=False)
                for field in fields():
                    yield from self._field(field)
                with Horizontal(id="buttons"):
                    yield Button("Test", id="test")
                    yield Button("Save", id="save", variant="primary")
                    yield Button("Zones", id="zones")
            with Vertical(id="trial"):
                yield Static(texts.TRIAL_HINT, id="said", markup=False)
                yield Static("", id="picture", markup=False)

    def _field(self, field: Field) -> Iterable[Widget]:
        name = f"field-{field.name}"
        if field.kind == "flag":
            yield Tick(field.label, bool(field.default), id=name)
        else:
            yield Label(field.label + ("" if field.required else texts.OPTIONAL), markup=False)
            if field.kind == "choice":
                yield Select([(each, each) for each in field.choices], value=field.default, allow_blank=False, id=name)
            else:
                yield Input(placeholder=field.placeholder, id=name)
        yield Static(field.help, id=f"note-{field.name}", classes="note", markup=False)

    def on_mount(self) -> None:
        """Ask the file what it says of the camera."""
        super().on_mount()
        if self.camera is not None:
            self._load(self.camera)

    @work(thread=True, group="load")
    def _load(self, camera: str) -> None:
        try:
            before = self._editor.options(camera)
        except SpotterError as error:
            self.app.call_from_thread(self._say_problems, {"": str(error)}, {})
            return
        self.app.call_from_thread(self._fill, before)

    def _fill(self, before: Mapping[str, Any]) -> None:
        self._before = before
        for name, value in typed_of(before).items():
            widget = self.query_one(f"#field-{name}")
            if isinstance(widget, Input | Checkbox | Select):
                widget.value = value
        self._ready = True
        if self._test_at_once:
            self.action_test()

    @property
    def _editor(self) -> GymEditor:
        editor = self.desk.ports.editor
        if editor is None:
            raise SpotterError(texts.MISSING_PORT.format(what=texts.EDITOR))
        return editor

    def _typed(self) -> dict[str, str | bool]:
        typed: dict[str, str | bool] = {}
        for field in fields():
            widget = self.query_one(f"#field-{field.name}")
            if isinstance(widget, Input | Checkbox | Select):
                typed[field.name] = widget.value if isinstance(widget.value, bool) else str(widget.value)
        return typed

    # Problems, at their fields

    def on_input_changed(self) -> None:
        """Check what was typed, a little after the last key."""
        self._check_soon()

    def on_checkbox_changed(self) -> None:
        """Check it."""
        self._check_soon()

    def on_select_changed(self) -> None:
        """Check it."""
        self._check_soon()

    def _check_soon(self) -> None:
        if self._check is not None:
            self._check.stop()
        if self._ready:
            self._check = self.set_timer(CHECK_AFTER_S, self._check_now)

    def _check_now(self) -> None:
        changed, _ = options_of(self._typed(), self._before)
        if changed:
            self._find_problems(changed)

    @work(thread=True, exclusive=True, group="check")
    def _find_problems(self, changed: Mapping[str, Any]) -> None:
        try:
            problems, warnings = self._editor.problems(changed, self.camera), self._editor.warnings(changed)
        except SpotterError as error:
            problems, warnings = {"": str(error)}, {}
        # What was not typed yet is no problem yet.
        problems = {name: text for name, text in problems.items() if name in changed or not name}
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._say_problems, problems, warnings)

    def _say_problems(self, problems: Mapping[str, str], warnings: Mapping[str, str]) -> None:
        if not self.is_mounted:
            return
        known = {field.name: field for field in fields()}
        rest = "; ".join(text for name, text in problems.items() if name and name not in known)
        for name in ("", *known):
            problem, warning = problems.get(name, ""), warnings.get(name, "")
            said = f"✖ {problem}" if problem else f"▲ {warning}" if warning else known[name].help if name else ""
            # A form that is being left has lost its fields already.
            for note in self.query(f"#note-{name}").results(Static):
                note.set_class(bool(problem), "-problem")
                note.set_class(bool(warning) and not problem, "-warning")
                note.update(plain(said if name or not rest else rest))

    def _refuse(self) -> bool:
        """Say which required fields are empty; True if some are."""
        empty = empty_fields(self._typed())
        if empty:
            self._say_problems(empty, {})
            self.query_one(f"#field-{next(iter(empty))}").focus()
        return bool(empty)

    # The trial

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The same as the keys."""
        if event.button.id == "test":
            self.action_test()
        elif event.button.id == "zones":
            self.action_zones()
        else:
            self.action_save()

    def action_zones(self) -> None:
        """Open the zones of a camera that is in the file."""
        from tui.screens.zones import ZonesScreen

        if self.camera is None:
            self.notify(texts.SAVE_CAMERA_FIRST, severity="warning", markup=False)
        else:
            self.app.push_screen(ZonesScreen(self.desk, self.camera))

    def action_test(self) -> None:
        """Open the camera as it stands in the form, and show what it sees."""
        if not self._ready or self._refuse():
            return
        changed, _ = options_of(self._typed(), self._before)
        self._is_testing, self._trial = True, None
        self._say_trial(texts.TRIAL_BEGINS, failed=False)
        self.query_one("#picture", Static).update("")
        self._try_out(changed, tuple(self._typed().items()))

    @work(thread=True, exclusive=True, group="trial")
    def _try_out(self, changed: Mapping[str, Any], typed: tuple[object, ...]) -> None:
        worker = get_current_worker()

        def tell(what: str) -> None:
            if not worker.is_cancelled:
                self.app.call_from_thread(self._say_trial, f"{what} ...")

        try:
            # An id is needed to read the options; it is not what is tried.
            options = {"id": "new", **changed} if self.camera is None else changed
            trial = self._editor.try_out(options, self.camera, tell, lambda: worker.is_cancelled)
        except SpotterError as error:
            if not worker.is_cancelled:
                self.app.call_from_thread(self._failed, error)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show_trial, trial, typed)

    def _say_trial(self, words: str, *, failed: bool = False) -> None:
        if self.is_mounted:
            styles = self.palette
            self.query_one("#said", Static).update(Text(plain_lines(words), styles.bad if failed else styles.text))

    def _failed(self, error: SpotterError) -> None:
        self._is_testing = False
        reason = error.reason if isinstance(error, SourceError) else ""
        lines = [f"✖ {reason}: {error}" if reason else f"✖ {error}"]
        if reason in FAILURES:
            lines += [f"means: {FAILURES[reason].means}", f"do: {FAILURES[reason].do}"]
        self._say_trial("\n".join(lines), failed=True)

    def _show_trial(self, trial: CameraTrial, typed: tuple[object, ...]) -> None:
        self._is_testing, self._tried, self._trial = False, typed, trial
        self._say_trial("\n".join([texts.TRIAL_FINE, *trial_lines(trial)]))
        self.call_after_refresh(self._show_picture)

    def on_resize(self) -> None:
        """The picture fits the new size."""
        self.call_after_refresh(self._show_picture)

    def _show_picture(self) -> None:
        if not self.is_mounted or self._trial is None or self._trial.picture is None:
            return
        shown = self.query_one("#picture", Static)
        shades = self.desk.ports.ascii or self.app.no_color
        lines = half_blocks(self._trial.picture, shown.size.width, shown.size.height, in_ascii=shades)
        shown.update(Text("\n").join(_text(line) for line in lines))

    # Saving

    def action_save(self) -> None:
        """Write it; asks first where nobody has seen what the camera sees."""
        if not self._ready or self._refuse():
            return
        typed = self._typed()
        changed, left_out = options_of(typed, self._before)
        if not changed and not left_out:
            self.notify(texts.NOTHING_CHANGED, markup=False)
            return
        source_is_new = "source" in changed and self._tried != tuple(typed.items())
        if not source_is_new:
            self._save(changed, left_out)
            return

        def saved(sure: bool | None) -> None:
            if sure:
                self._save(changed, left_out)

        self.app.push_screen(ConfirmScreen(texts.UNTRIED, texts.UNTRIED_WHY), saved)

    @work(thread=True, exclusive=True, group="save")
    def _save(self, changed: Mapping[str, Any], left_out: list[str]) -> None:
        try:
            problems = self._editor.problems(changed, self.camera)
            if problems:
                self.app.call_from_thread(self._say_problems, problems, {})
                self.app.call_from_thread(self.notify, texts.NOT_SAVED, severity="error", markup=False)
                return
            if self.camera is None:
                self._editor.add(changed)
            else:
                self._editor.change(self.camera, changed, left_out)
        except SpotterError as error:
            self.app.call_from_thread(self._say_problems, {"": str(error)}, {})
            self.app.call_from_thread(self.notify, texts.NOT_SAVED, severity="error", markup=False)
            return
        self.app.call_from_thread(self._saved, str(changed.get("id", self.camera)))

    def _saved(self, camera: str) -> None:
        what = "add" if self.camera is None else "change"
        words = next_words(what, plain(camera), self.desk.state, self.desk.now_utc_ns)
        self.notify(words, markup=False)
        self.dismiss_form()

    def action_back(self) -> None:
        """Stop a trial; else leave, nothing saved."""
        if self._is_testing:
            self.workers.cancel_group(self, "trial")
            self._is_testing = False
            self._say_trial(texts.TRIAL_STOPPED)
        else:
            self.dismiss_form()

    def dismiss_form(self) -> None:
        """Leave; a trial that runs is ended."""
        self.workers.cancel_group(self, "trial")
        super().action_back()


def plain_lines(text: str) -> str:
    """Harmless, line by line."""
    return "\n".join(plain(line) for line in text.splitlines())


def _text(line: list[Segment]) -> Text:
    return Text.assemble(*((segment.text, segment.style or "") for segment in line))
