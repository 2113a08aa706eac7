"""The floor: every camera and everybody on it; the first screen."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input, Static

from tui import texts
from tui.desk import AddCamera, Desk, OpenCamera, OpenPerson
from tui.memory import Layout, Sort
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.skeleton import Mode
from tui.theme import Palette
from tui.views.cameras import TileView, allows_pictures, is_problem, tiles
from tui.views.people import GROUPS, SORTS, PeopleView, PersonRow, groups_of, people_view
from tui.widgets.camera_tile import CameraTile
from tui.widgets.camera_wall import CameraWall
from tui.widgets.row_table import Column, Piece, Row, RowTable

COLUMNS = (
    Column("number", "person", 7, flex=2),
    Column("place", "place", 9, flex=3, order=2),
    Column("exercise", "exercise", 14, flex=2),
    Column("phase", "phase", 5, order=3),
    Column("reps", "reps", 6, right=True),
    Column("set", "set", 4, right=True, order=5),
    Column("tempo", "tempo", 6, right=True, order=6),
    Column("problem", "form", 10, flex=6, order=1),
    Column("seen", "seen", 6, order=4),
    Column("visit", "visit", 6, right=True, order=7),
)
"""All but the visit fit into 80 cells."""
LAYOUTS: tuple[Layout, ...] = ("both", "cameras", "people")
LINES_STEP = 5
"""The table grows by so many lines at once: tiles that change their size with everybody who comes are hard to read."""
SIDE_BY_SIDE_FROM = 160
"""Cells, half of them for the people; narrower, people stand below the cameras."""


class FloorScreen(ConsoleScreen):
    """Cameras and people."""

    MODE = "floor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", tooltip="words that must be there; !word must not"),
        Binding("s", "sort", "Sort", tooltip="by the next column"),
        Binding("S", "reverse", "Reverse", show=False, tooltip="sort the other way round"),
        Binding("g", "group", "Group", tooltip="by zone, camera or exercise"),
        Binding("p", "problems", "Problems", tooltip="only what needs somebody"),
        Binding("v", "view", "View", tooltip="cameras, people or both"),
        Binding("c", "person_camera", "Camera", show=False, tooltip="the one that sees the person best"),
        Binding("a", "add_camera", "Add camera", tooltip="a form with a test shot"),
        Binding("i", "pictures", "Pictures", tooltip="instead of skeletons, of cameras whose config allows them"),
        Binding("left", "tile(-1,0)", "Camera to the left", show=False),
        Binding("right", "tile(1,0)", "Camera to the right", show=False),
        Binding("up", "tile(0,-1)", "Camera above", show=False),
        Binding("down", "tile(0,1)", "Camera below", show=False),
    ]
    DEFAULT_CSS = """
    FloorScreen #both { layout: vertical; height: 1fr; }
    FloorScreen #both.wide { layout: horizontal; }
    FloorScreen #wall { height: 1fr; }
    FloorScreen #people { height: 1fr; }
    FloorScreen #both.wide #wall, FloorScreen #both.wide #people { width: 1fr; height: 100%; }
    FloorScreen #told { height: 1; color: $secondary; padding: 0 1; text-overflow: ellipsis; text-wrap: nowrap; }
    FloorScreen #wanted { display: none; height: 1; border: none; padding: 0 1; }
    FloorScreen #notice { display: none; height: 1fr; padding: 1 3; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._mode: Mode = "ascii" if desk.ports.ascii else "braille"
        self._wanted = ""
        self._pictures = False
        """Never when the console starts, and not saved: pictures are asked for by whoever sits here."""
        self._rows: dict[PersonRow, Row] = {}
        self._drawn_in = ""
        """Name of the palette that the rows were drawn in."""
        self._told_before = ""
        self._lines = 0
        """Of the table, where it stands below the cameras."""

    def body(self) -> Iterable[Widget]:
        """Tiles, what is chosen, and the table; or what to do while there is nothing."""
        yield Static(id="notice", markup=False)
        yield Static(id="told", markup=False)
        yield Container(
            CameraWall(self._mode, id="wall"),
            RowTable(COLUMNS, id="people"),
            id="both",
        )
        yield Input(placeholder="filter: squat !cam2 …", id="wanted", compact=True)

    def on_mount(self) -> None:
        """The table has the keyboard first."""
        super().on_mount()
        self.query_one(RowTable).focus()

    def on_resize(self) -> None:
        """Beside each other where there is room."""
        self._lay_out()

    # Drawing

    def show_state(self) -> None:
        """Cameras, people, and what is chosen."""
        desk, now = self.desk, self.desk.now_utc_ns
        notice = self._notice()
        self.query_one("#notice").display = bool(notice)
        self.query_one("#both").display = self.query_one("#told").display = not notice
        if notice:
            if notice != self._told_before:
                self._told_before = notice
                self.query_one("#notice", Static).update(notice)
            return
        memory, styles = desk.memory, self.palette
        view = people_view(desk.state, memory, self._wanted, now)
        cameras = tiles(desk.state, now, pictures=self._pictures)
        if self._pictures:
            # Said again and again: a screen that was over this one has asked for none when it went.
            desk.ports.feed.watch(*self._with_pictures())
        troubled = [camera for camera in cameras if is_problem(camera)]
        self._tell(self._told(view, cameras, troubled))
        if memory.layout != "cameras":
            self._show_people(view, styles)
        if memory.layout != "people":
            shown = troubled if memory.problems_only else cameras
            self.call_next(self.query_one(CameraWall).show, shown, styles)

    def _tell(self, told: str) -> None:
        """Only a new text, and without a new layout: that would cost as much as all the rest."""
        if told != self._told_before:
            self._told_before = told
            self.query_one("#told", Static).update(told, layout=False)

    def _notice(self) -> str:
        """What to do while there is nothing to see."""
        state = self.desk.state
        if not state.glimpses:
            return ""
        if not state.settings.camera and not state.cameras:
            return texts.FIRST_RUN.format(file=plain(self.desk.ports.config))
        if state.trouble and not state.heard_utc_ns:
            return texts.WAITING.format(trouble=plain(state.trouble))
        return ""

    def _show_people(self, view: PeopleView, styles: Palette) -> None:
        memory = self.desk.memory
        before, self._rows = self._rows, {}
        rows: list[Row] = []
        for title, members in groups_of(view.rows):
            if memory.group != "none":
                rows.append(Row(f"group {title}", {}, title=f"{title} ({len(members)})"))
            for person in members:
                row = before.get(person)
                if row is None or styles.name != self._drawn_in:
                    row = _table_row(person, styles, ascii_only=self._mode == "ascii")
                self._rows[person] = row
                rows.append(row)
        self._drawn_in = styles.name
        arrow = ("v" if memory.descending else "^") if self._mode == "ascii" else "▼" if memory.descending else "▲"
        self.query_one(RowTable).show(rows, styles, marks={memory.sort: arrow}, empty=self._why_nobody(view))
        lines = max(-(-(len(rows) + 1) // LINES_STEP) * LINES_STEP, 2 * LINES_STEP)
        if lines != self._lines:
            self._lines = lines
            self._lay_out()

    def _why_nobody(self, view: PeopleView) -> str:
        if self.desk.state.floor is None:
            return texts.NO_NUMBERS_YET
        if not view.of:
            return texts.NOBODY
        return texts.NOBODY_FITS if self._wanted or not self.desk.memory.problems_only else texts.NOBODY_NEEDS_HELP

    def _told(self, view: PeopleView, cameras: list[TileView], troubled: list[TileView]) -> str:
        """What there is, what is chosen of it, and which cameras are in trouble: their tiles may be scrolled away."""
        memory = self.desk.memory
        parts = [counted(len(cameras), "camera")]
        if troubled:
            parts[0] += f" (! {', '.join(each.title for each in troubled[:3])}{', …' if len(troubled) > 3 else ''})"
        shown = f"{len(view.rows)} of {view.of}" if len(view.rows) != view.of else str(view.of)
        parts += [f"{shown} {'person' if shown == '1' else 'people'}", f"by {_title(memory.sort)}"]
        if memory.group != "none":
            parts.append(f"in groups of one {memory.group}")
        if memory.problems_only:
            parts.append("problems only (p)")
        if self._pictures:
            parts.append(f"pictures of {len(self._with_pictures())} (i)")
        if self._wanted:
            parts.append(f"filter: {plain(self._wanted)} (Esc clears)")
        return (" - " if self._mode == "ascii" else " · ").join(parts)

    def _lay_out(self) -> None:
        both, people = self.query_one("#both"), self.query_one("#people")
        wide = self.size.width >= SIDE_BY_SIDE_FROM
        both.set_class(wide, "wide")
        layout = self.desk.memory.layout
        self.query_one("#wall").display = layout != "people"
        people.display = layout != "cameras"
        # What the table does not need, the cameras get, as long as half of the room is enough for it.
        few = layout == "both" and not wide and self._lines
        people.styles.height = self._lines if few else "1fr"
        people.styles.max_height = "50%" if few else None

    # Keys

    def action_filter(self) -> None:
        """Ask for words."""
        box = self.query_one("#wanted", Input)
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while somebody types."""
        self._wanted = event.value
        self.show_state()

    def on_input_submitted(self) -> None:
        """Keep the filter and go back to the table."""
        self.query_one("#wanted", Input).display = False
        self.query_one(RowTable).focus()

    def action_back(self) -> None:
        """Esc first clears the filter."""
        box = self.query_one("#wanted", Input)
        if self._wanted or box.display:
            box.value = ""
            box.display = False
            self.query_one(RowTable).focus()
            return
        super().action_back()

    def action_sort(self) -> None:
        """By the next column."""
        memory = self.desk.memory
        memory.sort = SORTS[(SORTS.index(memory.sort) + 1) % len(SORTS)]
        self.show_state()

    def action_reverse(self) -> None:
        """The other way round."""
        self.desk.memory.descending = not self.desk.memory.descending
        self.show_state()

    def on_row_table_heading_clicked(self, message: RowTable.HeadingClicked) -> None:
        """Sort by this column; once more, the other way round."""
        memory = self.desk.memory
        chosen = next((sort for sort in SORTS if sort == message.column), None)
        if chosen is None:
            return
        memory.descending = not memory.descending if memory.sort == chosen else False
        memory.sort = chosen
        self.show_state()

    def action_group(self) -> None:
        """By the next thing."""
        memory = self.desk.memory
        memory.group = GROUPS[(GROUPS.index(memory.group) + 1) % len(GROUPS)]
        self.show_state()

    def action_problems(self) -> None:
        """Only what needs somebody, or all."""
        self.desk.memory.problems_only = not self.desk.memory.problems_only
        self.show_state()

    def action_view(self) -> None:
        """Cameras and people, or one of them."""
        memory = self.desk.memory
        memory.layout = LAYOUTS[(LAYOUTS.index(memory.layout) + 1) % len(LAYOUTS)]
        self._lay_out()
        self.show_state()
        if memory.layout == "cameras":
            first = next(iter(self.query_one(CameraWall).tiles), None)
            if first is not None:
                first.focus()
        else:
            self.query_one(RowTable).focus()

    def _with_pictures(self) -> list[str]:
        """Cameras whose pictures are shown: gym.toml allows them, and there are tiles."""
        if self.desk.memory.layout == "people":
            return []
        return [name for name, camera in self.desk.state.cameras.items() if allows_pictures(camera)]

    def action_pictures(self) -> None:
        """Pictures where gym.toml allows them, or skeletons again."""
        if not self._pictures and not any(map(allows_pictures, self.desk.state.cameras.values())):
            self.notify(texts.NO_PICTURES_AT_ALL, severity="warning", markup=False)
            return
        self._pictures = not self._pictures
        self.desk.ports.feed.watch()
        self.show_state()

    def on_screen_suspend(self) -> None:
        """Nobody looks any more; pictures come again with the screen."""
        if self._pictures:
            self.desk.ports.feed.watch()

    def action_tile(self, across: int, down: int) -> None:
        """To the camera beside."""
        self.query_one(CameraWall).move_focus(across, down)

    def action_add_camera(self) -> None:
        """Open the form."""
        self.post_message(AddCamera())

    def action_person_camera(self) -> None:
        """The camera that sees the person under the cursor best."""
        person = self.desk.state.person(self.query_one(RowTable).cursor)
        if person is not None and person.camera:
            self.post_message(OpenCamera(person.camera))

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Show the person."""
        self.post_message(OpenPerson(message.key))

    def on_camera_tile_chosen(self, message: CameraTile.Chosen) -> None:
        """Show the camera."""
        self.post_message(OpenCamera(message.camera))

    def on_camera_tile_focused(self, message: CameraTile.Focused) -> None:
        """Remember it for the digit that opens a camera."""
        self.desk.selected_camera = message.camera


def counted(number: int, noun: str) -> str:
    """``1 camera``, ``2 cameras``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _title(sort: Sort) -> str:
    return next(column.title for column in COLUMNS if column.key == sort)


def _table_row(person: PersonRow, styles: Palette, *, ascii_only: bool) -> Row:
    """One person in cells."""
    form_style: Style | None = None
    if person.is_problem:
        form_style = styles.warning
    elif person.form == "ok":
        form_style = styles.good
    phase, form = person.phase, person.form
    if ascii_only:
        phase = phase.replace("█", "#").replace("░", ".")
        form = form.replace("▲", "!").replace("‼", "!!")
    reps: list[Piece] = [(person.reps, styles.strong)]
    if person.tentative:
        reps.append((person.tentative, styles.muted))
    is_live = person.fresh == "live"
    cells: dict[str, Sequence[Piece]] = {
        "number": ((person.name, styles.strong if is_live else None),),
        "place": ((person.place, None),),
        "exercise": ((person.exercise, None),),
        "phase": ((phase, styles.primary if is_live else None),),
        "reps": reps,
        "set": ((person.set, None),),
        "tempo": ((person.tempo, None),),
        "problem": ((form, form_style),),
        "seen": ((person.seen, styles.of_freshness(person.fresh)),),
        "visit": ((person.visit, styles.muted),),
    }
    return Row(person.uid, cells, styles.text if is_live else styles.grey)
