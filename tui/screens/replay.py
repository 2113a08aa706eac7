"""Plays a stored visit: its sets and repetitions on the clock on which they happened, with steps and speeds.

Where key-points of a set are kept, the person is drawn as the camera saw them then; elsewhere the sets alone play.
"""

from collections.abc import Iterable
from typing import ClassVar

from rich.style import Style
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.worker import get_current_worker

from core.clock import NANOSECONDS
from core.errors import SpotterError
from core.history import Recording, Selection, SetDetail
from tui import texts, times
from tui.desk import Desk
from tui.plain import plain
from tui.screens.base import ConsoleScreen
from tui.views import plots
from tui.views.kept import Kept
from tui.views.person import set_exercise_text
from tui.views.replay import Moment, Player, begun, look, progress
from tui.widgets.person_view import Lines, PersonView
from tui.widgets.row_table import Column, Row, RowTable
from tui.widgets.rows import text_row

FRAME_S = 0.1
"""Skeletons move smoothly enough at ten a second; words and plots are drawn in every third frame."""
WORDS_EVERY = 3
AGAIN_AFTER_S = 5.0
"""Key-points that could not be read are asked for again."""
MOST_KEPT = 3
"""Sets whose key-points are held: each is a few megabytes."""
LONGEST_STEP_S = 1.0
"""A console that stood still does not jump on."""
SIGNAL_S = 30
SIGNAL_LINES = 5
MOMENTS = (
    Column("at", "at", 11),
    Column("set", "set", 4, right=True),
    Column("what", "what", 12),
    Column("words", "form, or why not", 16, flex=1),
)


class ReplayScreen(ConsoleScreen):
    """One visit, played."""

    AUTO_FOCUS = "#moments"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", tooltip="or stand still; at the end, from the beginning"),
        Binding(
            "right,greater_than_sign",
            "step(1)",
            "Step",
            key_display="←→",
            tooltip="the next repetition, or the one before",
        ),
        Binding("left,less_than_sign", "step(-1)", "Step back", show=False),
        Binding("full_stop", "frame(1)", "Frame", key_display=", .", tooltip="the next frame, or the one before"),
        Binding("comma", "frame(-1)", "Frame back", show=False),
        Binding("right_square_bracket", "step_set(1)", "Set", key_display="[ ]", tooltip="the next set, or back"),
        Binding("left_square_bracket", "step_set(-1)", "Set back", show=False),
        Binding("plus,equals_sign", "faster(1)", "Faster", key_display="+ -", tooltip="or slower"),
        Binding("minus", "faster(-1)", "Slower", show=False),
        Binding("c", "camera", "Camera", show=False, tooltip="another camera that saw this set, where it is kept"),
    ]
    DEFAULT_CSS = """
    ReplayScreen #upper { height: 15; }
    ReplayScreen.-kept #upper { height: 60%; min-height: 15; }
    ReplayScreen #skeleton { width: 36%; display: none; }
    ReplayScreen.-kept #skeleton { display: block; }
    ReplayScreen #now { height: 4; padding: 0 1; }
    ReplayScreen #signal { height: 6; padding: 0 1; }
    ReplayScreen #bars { height: 5; padding: 0 1; }
    ReplayScreen #moments { height: 1fr; }
    """

    def __init__(self, desk: Desk, session: int, name: str) -> None:
        super().__init__(desk)
        self.session = session
        self.name_of_visit = name
        self.player = Player(())
        self._trouble = texts.NOT_READ_YET
        self._kept: dict[str, Kept | str] = {}
        """Key-points of the newest sets that were looked at, by uid; a text is why there are none."""
        self._asked = ""
        """The set whose key-points are being read."""
        self._frames = 0
        self._ticked_utc_ns = desk.now_utc_ns

    def crumb(self) -> str:
        """Whose visit."""
        return f"replay of {self.name_of_visit}"

    def body(self) -> Iterable[Widget]:
        """The person where key-points are kept, what was so then, the movement, and all that happened."""
        with Horizontal(id="upper"):
            yield PersonView(in_ascii=self.desk.ports.ascii, id="skeleton")
            with Vertical():
                yield Lines(id="now")
                yield Lines(id="signal")
                yield Lines(id="bars")
        yield RowTable(MOMENTS, id="moments")

    def on_mount(self) -> None:
        """Read the visit, and go on by the console's clock."""
        self._read()
        self.set_interval(FRAME_S, self._tick)

    @work(thread=True, exclusive=True, group="replay")
    def _read(self) -> None:
        history = self.desk.ports.history
        found: list[SetDetail] = []
        trouble = texts.MISSING_PORT.format(what=texts.DATABASE) if history is None else ""
        if history is not None:
            try:
                for one in history.sets(Selection(limit=500), session=self.session):
                    detail = history.set_detail(one.uid)
                    if detail is not None:
                        found.append(detail)
            except SpotterError as error:
                trouble = str(error)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, found, trouble or ("" if found else texts.NO_SETS_TO_PLAY))

    def _take(self, sets: list[SetDetail], trouble: str) -> None:
        self.player = Player(sorted(sets, key=lambda detail: detail.set.started_utc_ns))
        self._trouble = trouble
        if self.is_mounted:
            self._draw()

    def _tick(self) -> None:
        now = self.desk.now_utc_ns
        passed_s = min(max(now - self._ticked_utc_ns, 0) / NANOSECONDS, LONGEST_STEP_S)
        self._ticked_utc_ns = now
        if self.player.playing and self.app.screen is self:
            before = self.player.moment
            self.player.advance(passed_s)
            self._frames += 1
            if self._frames % WORDS_EVERY == 0 or self.player.moment != before or not self.player.playing:
                self._draw()
            else:
                self._draw_person()

    def show_state(self) -> None:
        """Nothing live is shown; only colours and the clock may have changed."""
        self._draw()

    # Drawing

    def _draw(self) -> None:
        styles, player = self.palette, self.player
        if not player.line:
            self.query_one("#now", Lines).show([(plain(self._trouble), styles.warning)], styles)
            return
        self._draw_person()
        self._draw_now()
        self._draw_signal()
        rows = [self._row(place, moment) for place, moment in enumerate(player.line)]
        table = self.query_one("#moments", RowTable)
        table.show(rows, styles)
        if player.playing and player.moment >= 0:
            table.cursor = str(player.moment)
            table.scroll_to(y=max(player.moment - table.size.height + 2, 0), animate=False)

    def _draw_person(self) -> None:
        """As the camera saw them; asks for the set's key-points if nobody has yet."""
        player, desk = self.player, self.desk
        detail = begun(player.sets, player.at_utc_ns)
        if detail is None:
            return
        if detail.set.uid not in self._kept and self._asked != detail.set.uid:
            self._asked = detail.set.uid
            self._read_kept(detail)
        kept = self._kept.get(detail.set.uid)
        shot = kept.shot(player.at_utc_ns) if isinstance(kept, Kept) else None
        if shot is None:
            if kept is not None:
                self.set_class(False, "-kept")
            return
        self.set_class(True, "-kept")
        camera = desk.state.cameras.get(shot.camera)
        aspect = camera.aspect if camera is not None else 4 / 3
        view = self.query_one("#skeleton", PersonView)
        view.show(shot.points, aspect, self.palette, words=texts.NOBODY_KEPT, room=shot.room)

    @work(thread=True, exclusive=True, group="kept")
    def _read_kept(self, detail: SetDetail) -> None:
        history = self.desk.ports.history
        recordings: list[Recording] = []
        trouble = ""
        try:
            recordings = history.recordings(detail.set.uid) if history is not None else []
        except SpotterError as error:
            trouble = plain(str(error))
        kept = Kept(recordings, detail.set.camera) or trouble
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_kept, detail.set.uid, kept)

    def _take_kept(self, uid: str, kept: Kept | str) -> None:
        self._kept[uid] = kept
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._asked = ""
        if self.is_mounted:
            if isinstance(kept, str) and kept:
                self.set_timer(AGAIN_AFTER_S, lambda: self._kept.pop(uid, None))
            self._draw()

    def _here(self) -> Kept | str:
        """Key-points of the set that is played now, or why there are none."""
        detail = begun(self.player.sets, self.player.at_utc_ns)
        return self._kept.get(detail.set.uid, "") if detail is not None else ""

    def _note(self) -> str:
        kept = self._here()
        shot = kept.shot(self.player.at_utc_ns) if isinstance(kept, Kept) else None
        if isinstance(kept, str):
            return kept or texts.REPLAY_NOTE
        if shot is None:
            return texts.REPLAY_NOTE
        told = texts.KEPT_NOTE.format(camera=plain(shot.camera), place=shot.place, frames=shot.frames)
        return told + (texts.KEPT_OTHERS.format(cameras=kept.cameras) if kept.cameras > 1 else "")

    def _draw_now(self) -> None:
        styles, player, desk = self.palette, self.player, self.desk
        seen = look(player.sets, player.at_utc_ns)
        at = desk.clock_text(player.at_utc_ns, seconds=True)
        length = times.span((player.end_utc_ns - player.begin_utc_ns) / NANOSECONDS)
        gone = times.span((player.at_utc_ns - player.begin_utc_ns) / NANOSECONDS)
        state = "plays" if player.playing else "stands"
        head = f"{at}   {gone} of {length}   {state}, speed {player.speed:g}x"
        day = f"{times.day(player.at_utc_ns, desk.zone)} "
        if len(day) + len(head) <= self.query_one("#now").size.width:
            head = day + head
        lines = [(head, styles.strong)]
        if seen.detail is None:
            lines.append((f"between sets: {seen.done} of {len(player.sets)} are over", styles.muted))
        else:
            one = seen.detail.set
            done = f"{seen.held_s:.0f} s held" if seen.held_s is not None else f"{seen.counted} of {one.reps} reps"
            lines.append((f"set {one.number} of {len(player.sets)}: {set_exercise_text(one)}, {done}", styles.primary))
            where = f"{plain(one.zone) or 'no zone'}, {plain(one.camera)}"
            lines.append((f"! {plain(seen.cue)}" if seen.cue else where, styles.warning if seen.cue else styles.muted))
        lines.append((self._note(), styles.muted))
        self.query_one("#now", Lines).show(lines, styles)
        values = [rep.range_of_motion for rep in seen.reps]
        top = max((rep.range_of_motion for rep in seen.detail.reps), default=None) if seen.detail is not None else None
        weak = [rep.tentative for rep in seen.reps]
        width = max(self.query_one("#bars").size.width, 10)
        bars = plots.bars(values, width, 4, weak=weak, top=top, in_ascii=desk.ports.ascii)
        unit = plain(seen.reps[0].unit) if seen.reps else ""
        title = (f"range of motion, {unit}" if unit else "", styles.muted)
        self.query_one("#bars", Lines).show([title, *((line, styles.primary) for line in bars)], styles)

    def _draw_signal(self) -> None:
        styles, player = self.palette, self.player
        span = (player.at_utc_ns - SIGNAL_S * NANOSECONDS, player.at_utc_ns)
        width = max(self.query_one("#signal").size.width, 4)
        in_ascii = self.desk.ports.ascii
        lines = plots.signal(progress(player.sets, *span), span, width, SIGNAL_LINES, in_ascii=in_ascii)
        signs = {"rep": "o" if in_ascii else "●", "doubtful": "?", "not counted": "x"}
        marks = [(each.at_utc_ns, signs[each.kind]) for each in player.line if each.kind in signs]
        drawn: list[tuple[str, Style]] = [(line, styles.primary) for line in lines]
        self.query_one("#signal", Lines).show([*drawn, (plots.marks(marks, span, width), styles.accent)], styles)

    def _row(self, place: int, moment: Moment) -> Row:
        detail = self.player.sets[moment.place]
        what: str = moment.kind
        if moment.kind == "rep":
            what = f"rep {moment.rep}"
        elif moment.kind == "doubtful":
            what = f"rep {moment.rep} ?"
        words = plain(moment.words)
        if moment.kind == "begins":
            words = set_exercise_text(detail.set)
        elif words and moment.kind != "not counted":
            words = f"! {words}"
        come = moment.at_utc_ns <= self.player.at_utc_ns
        cells = (self.desk.clock_text(moment.at_utc_ns, seconds=True), str(detail.set.number), what, words)
        return text_row(MOMENTS, str(place), cells, style=None if come else self.palette.grey)

    # Keys

    def action_play(self) -> None:
        """Go on or stand still."""
        self.player.toggle()
        self._draw()

    def action_step(self, by: int) -> None:
        """The next thing that happened, or the one before."""
        self.player.step(by)
        self._follow()

    def action_frame(self, by: int) -> None:
        """The next frame, or the one before; without key-points, what happened next or before."""
        kept = self._here()
        at = kept.frame_beside(self.player.at_utc_ns, by) if isinstance(kept, Kept) else None
        if at is None:
            self.player.step(by)
        else:
            self.player.stand_at(at)
        self._follow()

    def action_camera(self) -> None:
        """Look from another side."""
        kept = self._here()
        if isinstance(kept, Kept):
            kept.next_camera()
            self._draw()

    def action_step_set(self, by: int) -> None:
        """The next set, or back."""
        self.player.step_set(by)
        self._follow()

    def action_faster(self, by: int) -> None:
        """Another speed."""
        self.player.faster(by)
        self._draw()

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Go there."""
        self.player.go_to(int(message.key))
        self._draw()

    def _follow(self) -> None:
        self._draw()
        if self.player.line:
            self.query_one("#moments", RowTable).cursor = str(max(self.player.moment, 0))
