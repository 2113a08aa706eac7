"""Zones of one camera: listed, drawn over what the camera sees, typed or moved by corner, and written to gym.toml.

Nothing is written before Ctrl+S, and then only zones of which nothing wrong is known.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from core.errors import SpotterError
from tui import texts
from tui.desk import Desk
from tui.editing import GymEditor
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.screens.confirm import ConfirmScreen
from tui.views.camera import camera_view, with_picture
from tui.views.zones import KINDS, Draft, free_name
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row
from tui.widgets.zone_view import ZoneView, shares_of_cells

STEP, LARGE_STEP = 0.01, 0.05
"""Shares of the picture by which a key moves a corner."""
LIST = (
    Column("name", "zone", 10, flex=1),
    Column("kind", "kind", 8, order=1),
    Column("corners", "n", 2, right=True),
    Column("state", "", 7),
)


class ZonePicture(ZoneView, can_focus=True):
    """The picture in which corners are moved; says what was asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", f"move(-{STEP},0)", "Corner", key_display="←↑↓→", tooltip="move the chosen corner"),
        Binding("right", f"move({STEP},0)", "Right", show=False),
        Binding("up", f"move(0,-{STEP})", "Up", show=False),
        Binding("down", f"move(0,{STEP})", "Down", show=False),
        Binding("shift+left", f"move(-{LARGE_STEP},0)", "Far left", show=False, tooltip="five times as far"),
        Binding("shift+right", f"move({LARGE_STEP},0)", "Far right", show=False, tooltip="five times as far"),
        Binding("shift+up", f"move(0,-{LARGE_STEP})", "Far up", show=False, tooltip="five times as far"),
        Binding("shift+down", f"move(0,{LARGE_STEP})", "Far down", show=False, tooltip="five times as far"),
        Binding("full_stop", "choose(1)", "Next", key_display=", .", tooltip="the next corner, or the one before"),
        Binding("comma", "choose(-1)", "Before", show=False, tooltip="the corner before"),
        Binding("i", "insert", "Insert", tooltip="a corner behind the chosen one"),
        Binding("d,delete", "drop", "Drop", tooltip="take the chosen corner away"),
    ]
    DEFAULT_CSS = """
    ZonePicture:focus { background: $boost; }
    """

    class Asked(Message):
        """Something is to be done with the corners of the chosen zone."""

        def __init__(self, do: Callable[[Draft], object]) -> None:
            super().__init__()
            self.do = do

    def action_move(self, across: float, down: float) -> None:
        """Move the chosen corner."""
        self.post_message(self.Asked(lambda draft: draft.move(across, down)))

    def action_choose(self, by: int) -> None:
        """Choose another corner."""
        self.post_message(self.Asked(lambda draft: draft.choose(by)))

    def action_insert(self) -> None:
        """One more corner."""
        self.post_message(self.Asked(lambda draft: draft.insert()))

    def action_drop(self) -> None:
        """One corner fewer."""

        def drop(draft: Draft) -> None:
            if not draft.drop():
                self.notify(texts.TRIANGLE_STAYS, severity="warning", markup=False)

        self.post_message(self.Asked(drop))

    def on_click(self, event: Click) -> None:
        """Put the chosen corner where the mouse is; the first line is the heading."""
        picture = self.view.picture
        aspect = picture.width / max(picture.height, 1) if picture is not None else self.view.aspect
        columns, rows = shares_of_cells(self.size.width, max(self.size.height - 1, 1), aspect)
        if 0 <= event.x < len(columns) and 1 <= event.y <= len(rows):
            x, y = float(columns[event.x]), float(rows[event.y - 1])
            self.post_message(self.Asked(lambda draft: draft.put(x, y)))


class ZonesScreen(ConsoleScreen):
    """Edits the zones of one camera."""

    AUTO_FOCUS = "#zones"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", tooltip="write what is changed to gym.toml"),
        Binding("n", "new", "New", tooltip="a new zone"),
        Binding("x", "remove", "Remove", tooltip="the zone from gym.toml; asks first"),
        Binding("v", "picture", "Picture", tooltip="a picture under the zones, where gym.toml allows it"),
        Binding("escape", "back", "Back", tooltip="leave; asks where something is not saved"),
    ]
    DEFAULT_CSS = """
    ZonesScreen #edited { width: 40; padding: 0 1; }
    ZonesScreen #zones { height: 1fr; min-height: 4; }
    ZonesScreen .field { height: 1; }
    ZonesScreen .field Label { width: 10; color: $secondary; }
    ZonesScreen Input { width: 1fr; height: 1; border: none; padding: 0 1; }
    ZonesScreen Input:focus { border: none; background: $panel; text-style: underline; }
    ZonesScreen Select { width: 1fr; }
    ZonesScreen #note { height: 3; color: $secondary; }
    ZonesScreen #note.-problem { color: $error; text-style: bold; }
    """

    def __init__(self, desk: Desk, camera: str) -> None:
        super().__init__(desk)
        self.camera = camera
        self.drafts: list[Draft] = []
        self._at = 0
        self._trouble = texts.NOT_READ_YET
        self._shows_picture = False

    def crumb(self) -> str:
        """What it is about."""
        return f"{texts.ZONES} of {plain(self.camera)}"

    def body(self) -> Iterable[Widget]:
        """The list and the fields of the chosen one on the left, what the camera sees on the right."""
        with Horizontal():
            with Vertical(id="edited"):
                yield RowTable(LIST, id="zones")
                for name, label in (
                    ("name", "Name"),
                    ("kind", "Kind"),
                    ("capacity", "Capacity"),
                    ("corners", "Corners"),
                ):
                    with Horizontal(classes="field"):
                        yield Label(label, markup=False)
                        if name == "kind":
                            choices = [(kind, kind) for kind in KINDS]
                            yield Select(choices, value="other", allow_blank=False, compact=True, id=f"zone-{name}")
                        else:
                            hint = {"capacity": "any", "corners": "0.05,0.35 0.33,0.35 …"}.get(name, "")
                            yield Input(placeholder=hint, id=f"zone-{name}")
                yield Static(texts.ZONES_HINT, id="note", markup=False)
            yield ZonePicture(in_ascii=self.desk.ports.ascii)

    def on_mount(self) -> None:
        """Ask the file."""
        super().on_mount()
        self._read()

    @property
    def _editor(self) -> GymEditor:
        editor = self.desk.ports.editor
        if editor is None:
            raise SpotterError(texts.MISSING_PORT.format(what=texts.EDITOR))
        return editor

    @work(thread=True, exclusive=True, group="zones")
    def _read(self) -> None:
        found: list[Draft] = []
        trouble = ""
        try:
            found = [Draft.of(zone) for zone in self._editor.zones(self.camera)]
        except SpotterError as error:
            trouble = str(error)
        self.app.call_from_thread(self._take, found, trouble)

    def _take(self, drafts: list[Draft], trouble: str) -> None:
        if self.is_mounted:
            self.drafts, self._trouble = drafts, trouble
            self._choose(min(self._at, max(len(drafts) - 1, 0)))

    # What is chosen

    @property
    def draft(self) -> Draft | None:
        """The zone under the cursor."""
        return self.drafts[self._at] if self._at < len(self.drafts) else None

    def _choose(self, place: int) -> None:
        self._at = place
        self._fill()
        self.show_state()
        if self.drafts:
            self.query_one("#zones", RowTable).cursor = str(place)

    def _fill(self) -> None:
        """The fields say what the draft says."""
        draft = self.draft
        shown = draft or Draft()
        with self.prevent(Input.Changed, Select.Changed):
            for name, text in (("name", shown.name), ("capacity", shown.capacity), ("corners", shown.corners_typed)):
                box = self.query_one(f"#zone-{name}", Input)
                box.disabled = draft is None
                if box.value != text:
                    box.value = text
            kinds = self.query_one("#zone-kind", Select)
            kinds.disabled = draft is None
            kinds.value = shown.kind if shown.kind in KINDS else "other"

    def on_row_table_moved(self, message: RowTable.Moved) -> None:
        """Show another zone's fields."""
        self._at = int(message.key)
        self._fill()
        self.show_state()

    def on_row_table_chosen(self) -> None:
        """Enter goes to the fields."""
        self.query_one("#zone-name", Input).focus()

    # What is typed and moved

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what was typed."""
        draft = self.draft
        if draft is None:
            return
        draft.told = {}
        if event.input.id == "zone-name":
            draft.name = event.value
        elif event.input.id == "zone-capacity":
            draft.capacity = event.value
        else:
            draft.type_corners(event.value)
        self.show_state()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Take what was chosen."""
        draft = self.draft
        if draft is not None:
            draft.kind, draft.told = str(event.value), {}
            self.show_state()

    def on_zone_picture_asked(self, message: ZonePicture.Asked) -> None:
        """Do something with the corners; the field says them."""
        draft = self.draft
        if draft is not None:
            draft.told = {}
            message.do(draft)
            self._fill()
            self.show_state()

    # Drawing

    def show_state(self) -> None:
        """The list, what is wrong, and the zones over what the camera sees now."""
        rows = [self._row(place, draft) for place, draft in enumerate(self.drafts)]
        self.query_one("#zones", RowTable).show(rows, self.palette, empty=plain(self._trouble) or texts.NO_ZONES)
        note, draft = self.query_one("#note", Static), self.draft
        problem = plain(self._trouble) if not self.drafts else draft.problem if draft is not None else ""
        if draft is None or self._trouble:
            problem = "" if self._trouble == texts.NOT_READ_YET else plain(self._trouble)
        note.set_class(bool(problem), "-problem")
        note.update(f"✖ {problem}" if problem and not self.desk.ports.ascii else problem or texts.ZONES_HINT)
        self._draw()

    def _row(self, place: int, draft: Draft) -> Row:
        state = "wrong" if draft.problem else "new" if draft.before is None else "changed" if draft.is_changed else ""
        cells = (plain(draft.name), plain(draft.kind), str(len(draft.corners)), state)
        styles = {"state": self.palette.bad if state == "wrong" else self.palette.warning}
        return text_row(LIST, str(place), cells, styles)

    def _draw(self) -> None:
        desk = self.desk
        view = camera_view(self.camera, desk.state.cameras.get(self.camera), desk.state, desk.now_utc_ns)
        if self._shows_picture:
            view = with_picture(view, desk.state.previews, self.camera)
        outlines = [
            replace(draft.outline, chosen=draft.chosen) if draft is self.draft else draft.outline
            for draft in self.drafts
            if draft.corners
        ]
        # A camera that gives nothing now has its zones all the same: words would cover them.
        self.query_one(ZonePicture).show(replace(view, zones=tuple(outlines), words=()), self.palette)

    # Keys

    def action_new(self) -> None:
        """Begin one, in the middle of the picture."""
        if self._trouble:
            return
        self.drafts.append(Draft.new(free_name(self.drafts)))
        self._choose(len(self.drafts) - 1)
        self.query_one("#zone-name", Input).focus()

    def action_picture(self) -> None:
        """A picture under the zones, or the skeletons again."""
        camera = self.desk.state.cameras.get(self.camera)
        if camera is None or camera.settings is None or not camera.settings.preview:
            self.notify(texts.NO_PICTURES, severity="warning", markup=False)
            return
        self._watch(on=not self._shows_picture)
        self._draw()

    def _watch(self, *, on: bool) -> None:
        self._shows_picture = on
        self.desk.ports.feed.watch(*([self.camera] if on else []))

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        if self._shows_picture:
            self._watch(on=False)

    def action_remove(self) -> None:
        """Out of the file, if somebody is sure; one that is not in it yet at once."""
        draft = self.draft
        if draft is None:
            return
        name = draft.file_name
        if name is None:
            self.drafts.remove(draft)
            self._choose(max(self._at - 1, 0))
            return

        def removed(sure: bool | None) -> None:
            if sure:
                self._remove(name)

        question = texts.ZONE_REMOVE_ASKED.format(zone=plain(name))
        self.app.push_screen(ConfirmScreen(question, texts.ZONE_REMOVE_WHY), removed)

    @work(thread=True, exclusive=True, group="write")
    def _remove(self, name: str) -> None:
        try:
            self._editor.remove_zone(self.camera, name)
        except SpotterError as error:
            self.app.call_from_thread(self._say, plain(str(error)), failed=True)
            return
        self.app.call_from_thread(self._removed, name)

    def _removed(self, name: str) -> None:
        self.drafts = [draft for draft in self.drafts if draft.file_name != name]
        self._choose(min(self._at, max(len(self.drafts) - 1, 0)))
        self._say(texts.ZONE_REMOVED.format(zone=plain(name)))

    def action_save(self) -> None:
        """Write what is changed; stays at the first zone with which something is wrong."""
        changed = [draft for draft in self.drafts if draft.is_changed]
        if not changed:
            self._say(texts.NOTHING_CHANGED)
            return
        wrong = next((draft for draft in changed if draft.problem), None)
        if wrong is not None:
            self._choose(self.drafts.index(wrong))
            self._say(texts.NOT_SAVED, failed=True)
            return
        self._save(changed)

    @work(thread=True, exclusive=True, group="write")
    def _save(self, changed: list[Draft]) -> None:
        saved = 0
        for draft in changed:
            options, left_out = draft.changed()
            try:
                told = self._editor.zone_problems(self.camera, options, draft.file_name)
                if not told and draft.file_name is None:
                    self._editor.add_zone(self.camera, options)
                elif not told and draft.file_name is not None:
                    self._editor.change_zone(self.camera, draft.file_name, options, left_out)
            except SpotterError as error:
                told = {"": str(error)}
            if told:
                self.app.call_from_thread(self._refused, draft, told)
                return
            saved += 1
            self.app.call_from_thread(self._written, draft)
        self.app.call_from_thread(self._saved, saved)

    def _refused(self, draft: Draft, told: dict[str, str]) -> None:
        draft.told = {name: plain(text) for name, text in told.items()}
        if self.is_mounted:
            self._choose(self.drafts.index(draft))
            self._say(texts.NOT_SAVED, failed=True)

    def _written(self, draft: Draft) -> None:
        """The file says now what the draft says."""
        options, left_out = draft.changed()
        before = {"kind": "other", **(draft.before or {}), **options}
        draft.before = {name: value for name, value in before.items() if name not in left_out}

    def _saved(self, count: int) -> None:
        words = f"{count} zone{'' if count == 1 else 's'}"
        self._say(texts.ZONES_SAVED.format(count=words, camera=plain(self.camera)))
        if self.is_mounted:
            self._fill()
            self.show_state()

    def _say(self, words: str, *, failed: bool = False) -> None:
        self.notify(words, severity="error" if failed else "information", markup=False)

    def action_back(self) -> None:
        """Leave; asks where something would be lost."""
        changed = sum(draft.is_changed for draft in self.drafts)
        if not changed:
            super().action_back()
            return

        def left(sure: bool | None) -> None:
            if sure:
                super(ZonesScreen, self).action_back()

        words = f"{changed} zone{' is' if changed == 1 else 's are'}"
        self.app.push_screen(ConfirmScreen(texts.ZONES_LOST, texts.ZONES_LOST_WHY.format(count=words)), left)
