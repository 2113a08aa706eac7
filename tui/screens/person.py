"""One person: skeleton, progress with what was counted and what not, sets of this visit, and what staff say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from core.clock import NANOSECONDS
from core.errors import SpotterError
from core.history import PersonRow, Selection, SetDetail, SetRow, TrackRow
from core.messages import LivePerson
from tui import texts, times
from tui.desk import Desk, OpenCamera
from tui.plain import plain
from tui.screens.ask import AskScreen, Field, PickScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.corrections import CorrectingScreen, Done
from tui.views.people import name_of
from tui.views.person import (
    Trail,
    fault_lines,
    person_facts,
    rejected_words,
    rep_plots,
    set_cells,
    signal_lines,
    trend_line,
)
from tui.widgets.person_view import Lines, PersonView
from tui.widgets.row_table import Column, RowTable
from tui.widgets.rows import text_row

READ_EVERY_S = 2.0
WIDE_FROM = 110
"""Cells of the terminal from which the chosen set is shown beside the list."""
SIGNAL_LINES = 6
LOW_SIGNAL_LINES, LOW_BELOW = 3, 30
"""Of the signal on a terminal with fewer lines than these."""
SETS = (
    Column("number", "set", 4),
    Column("at", "at", 8),
    Column("exercise", "exercise", 14, flex=1),
    Column("reps", "reps", 9, right=True),
    Column("lasted", "lasted", 7, right=True, order=2),
    Column("faults", "faults", 6, right=True),
    Column("zone", "zone", 10, order=3),
    Column("camera", "camera", 9, order=4),
)
OTHERS = (Column("name", "who", 14), Column("where", "where", 16), Column("doing", "doing", 16, flex=1))
TRACKS = (
    Column("camera", "camera", 12, flex=1),
    Column("track", "track", 6, right=True),
    Column("from", "from", 9),
    Column("to", "to", 9),
    Column("sets", "sets", 4, right=True),
    Column("why", "joined by", 10),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database tells of somebody."""

    person: PersonRow | None = None
    sets: tuple[SetRow, ...] = ()
    chosen: SetDetail | None = None
    newest: SetDetail | None = None
    trouble: str = texts.NOT_READ_YET


class PersonScreen(CorrectingScreen):
    """Shows one person, on the floor or not."""

    AUTO_FOCUS = "#sets"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "rename", "Name", tooltip="a nickname and a member number"),
        Binding("m", "merge", "Merge", tooltip="this is somebody who is here under another number"),
        Binding("s", "split", "Split", tooltip="one of the tracks is somebody else"),
        Binding("c", "correct", "Correct", tooltip="the chosen set"),
        Binding("u", "undo", "Undo", tooltip="take back what was done here last"),
        Binding("v", "view", "View", tooltip="sets, or the plots of the chosen one"),
        Binding("f", "large", "Large", show=False, tooltip="nothing but the skeleton"),
        Binding("j", "camera", "Camera", show=False, tooltip="the one that sees the person best"),
    ]
    DEFAULT_CSS = """
    PersonScreen #top { height: 3fr; }
    PersonScreen #facts { width: 40; padding: 0 1; height: 1fr; }
    PersonScreen #signal { height: 7; padding: 0 1; }
    PersonScreen #trouble { height: auto; max-height: 3; padding: 0 1; color: $warning; display: none; }
    PersonScreen #below { height: 2fr; min-height: 5; }
    PersonScreen #sets { width: 1fr; height: 1fr; }
    PersonScreen #chosen { width: 1fr; height: 1fr; padding: 0 1; display: none; }
    PersonScreen.-wide #chosen { display: block; }
    PersonScreen.-plots #sets { display: none; }
    PersonScreen.-plots #chosen { display: block; }
    PersonScreen.-large #facts, PersonScreen.-large #signal, PersonScreen.-large #below { display: none; }
    """

    def __init__(self, desk: Desk, person: str) -> None:
        super().__init__(desk)
        self.person = person
        self.done: list[Done] = []
        self._trail = Trail()
        self._stored = Stored()
        self._due_ns = 0

    @property
    def subject(self) -> str:
        """This person."""
        return f"person {self.person}"

    def crumb(self) -> str:
        """What staff call the person."""
        known = self._live()
        if known is not None:
            return name_of(known)
        stored = self._stored.person
        return (plain(stored.nickname) or f"#{stored.number}") if stored is not None else "somebody"

    def body(self) -> Iterable[Widget]:
        """Skeleton and facts, progress, sets and the chosen one."""
        with Vertical():
            with Horizontal(id="top"):
                yield PersonView(in_ascii=self.desk.ports.ascii)
                yield Lines(id="facts")
            yield Lines(id="signal")
            yield Static("", id="trouble", markup=False)
            with Horizontal(id="below"):
                yield RowTable(SETS, id="sets")
                yield Lines(id="chosen")

    def _live(self) -> LivePerson | None:
        return self.desk.state.person(self.person)

    # Drawing

    def show_state(self) -> None:
        """Draw what is new."""
        live, now = self._live(), self.desk.now_utc_ns
        self.set_class(self.size.width >= WIDE_FROM, "-wide")
        if live is not None:
            self._trail.take(live)
        self._draw_skeleton(live, now)
        styles = self.palette
        kinds = {"text": styles.text, "warning": styles.warning, "muted": styles.muted}
        facts = person_facts(live, self._stored.person, self.desk)
        self.query_one("#facts", Lines).show(
            [(f"{fact.name:<10}{fact.text}", kinds[fact.kind]) for fact in facts], styles
        )
        self._draw_signal(now)
        self._draw_sets()
        if now >= self._due_ns:
            self._due_ns = now + round(READ_EVERY_S * NANOSECONDS)
            self._read(self.person, self.query_one("#sets", RowTable).cursor)

    def _draw_skeleton(self, live: LivePerson | None, now_utc_ns: int) -> None:
        view = self.query_one(PersonView)
        points, aspect, old = b"", 4 / 3, False
        if live is not None:
            tracks = sorted(live.tracks, key=lambda who: who.camera != live.camera)
            for who in tracks:
                seen, camera = self.desk.state.seen(who), self.desk.state.cameras.get(who.camera)
                if seen is None or camera is None or camera.live is None or camera.freshness(now_utc_ns) == "stale":
                    continue
                picture = camera.live.observation
                points, aspect = seen.points, picture.width / max(picture.height, 1)
                old = camera.freshness(now_utc_ns) != "live"
                break
        words = texts.NOT_ON_THE_FLOOR if live is None else texts.NOT_SEEN
        view.show(points, aspect, self.palette, words=words, is_old=old)

    def _draw_signal(self, now_utc_ns: int) -> None:
        styles, newest = self.palette, self._stored.newest
        rejected = newest.rejected if newest is not None and newest.set.open else ()
        width = max(self.size.width - 2, 4)
        height = SIGNAL_LINES if self.size.height >= LOW_BELOW else LOW_SIGNAL_LINES
        in_ascii = self.desk.ports.ascii
        lines = signal_lines(self._trail, rejected, now_utc_ns, width, height, in_ascii=in_ascii)
        self.query_one("#signal", Lines).styles.height = height + 1
        why = rejected_words(rejected)
        legend = "progress, last minute   ● counted  ? doubtful  x not counted" + (f": {why}" if why else "")
        drawn = [(line, styles.primary) for line in lines[:-1]] + [(line, styles.accent) for line in lines[-1:]]
        shown = legend.replace("●", "o") if in_ascii else legend
        self.query_one("#signal", Lines).show([*drawn, (shown, styles.muted)], styles)

    def _draw_sets(self) -> None:
        styles, stored = self.palette, self._stored
        rows = []
        for one in reversed(stored.sets):
            own: dict[str, Style] = {}
            if one.faults:
                own["faults"] = styles.warning
            if one.is_corrected:
                own["reps"] = own["exercise"] = styles.accent
            rows.append(text_row(SETS, one.uid, set_cells(one, self.desk), own))
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(stored.trouble)
        trouble.update(plain(stored.trouble))
        empty = "" if stored.trouble else texts.NO_SETS_YET
        self.query_one("#sets", RowTable).show(rows, styles, empty=empty)
        box = self.query_one("#chosen", Lines)
        if not box.display:
            return
        if stored.chosen is None:
            box.show([], styles)
            return
        width, height = max(box.size.width, 10), max(box.size.height - 4, 4)
        tall = height if width >= 60 else height // 2
        lines: list[tuple[str, Style]] = [(f"set {stored.chosen.set.number}", styles.strong)]
        bars = rep_plots(stored.chosen, width - 2, max(min(tall, 8), 2), in_ascii=self.desk.ports.ascii)
        lines += [(line, styles.primary) for line in bars]
        faulty = styles.warning if stored.chosen.faults else styles.good
        lines += [(line, faulty) for line in fault_lines(stored.chosen)]
        if stored.chosen.rejected:
            lines.append((f"not counted: {rejected_words(stored.chosen.rejected)}", styles.muted))
        lines.append((trend_line(stored.sets, width, in_ascii=self.desk.ports.ascii), styles.muted))
        box.show(lines, styles)

    # The database

    def told(self) -> None:
        """Read soon what became of it."""
        self._due_ns = 0

    def on_row_table_moved(self) -> None:
        """Read the chosen set."""
        self._due_ns = 0

    @work(thread=True, exclusive=True, group="person")
    def _read(self, person: str, chosen: str) -> None:
        history = self.desk.ports.history
        stored = self._stored
        if history is None:
            stored = Stored(trouble=texts.MISSING_PORT.format(what=texts.DATABASE))
        else:
            try:
                sets = tuple(history.visit(person))
                newest = history.set_detail(sets[-1].uid) if sets else None
                uid = chosen or (sets[-1].uid if sets else "")
                detail = newest if newest is not None and newest.set.uid == uid else None
                if detail is None and uid:
                    detail = history.set_detail(uid)
                stored = Stored(history.person(person), sets, detail, newest, "")
            except SpotterError as error:
                stored = Stored(stored.person, stored.sets, stored.chosen, stored.newest, str(error))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, person, stored)

    def _take(self, person: str, stored: Stored) -> None:
        if person != self.person or not self.is_mounted:
            return
        self._stored = stored
        merged = stored.person.merged_into if stored.person is not None else ""
        if merged and self._live() is None:
            self._follow(merged)
        elif self.app.screen is self:
            self._draw_sets()

    def _follow(self, person: str) -> None:
        """Show somebody else from now on: who this is after a merge."""
        self.person = self.desk.person = person
        self._trail.clear()
        self._stored, self._due_ns = Stored(), 0
        self.tell()

    # Keys

    def on_row_table_chosen(self, message: RowTable.Chosen) -> None:
        """Open the set."""
        from tui.screens.set_detail import SetScreen

        self.app.push_screen(SetScreen(self.desk, message.key))

    def action_view(self) -> None:
        """Sets, or the plots of the chosen one, where there is no room for both."""
        self.toggle_class("-plots")
        self.call_after_refresh(self._draw_sets)

    def action_large(self) -> None:
        """Only the skeleton, or all of it again."""
        self.toggle_class("-large")

    def action_camera(self) -> None:
        """The camera that sees the person best."""
        live = self._live()
        if live is not None and live.camera:
            self.post_message(OpenCamera(live.camera))

    def action_correct(self) -> None:
        """Ask what the chosen set really was."""
        uid = self.query_one("#sets", RowTable).cursor
        one = next((each for each in self._stored.sets if each.uid == uid), None)
        if one is None:
            self.notify(texts.NO_SET_CHOSEN, severity="warning", markup=False)
        else:
            self.correct(one)

    def action_rename(self) -> None:
        """Ask for a nickname and a member number."""
        if not self.may_tell():
            return
        live, stored = self._live(), self._stored.person
        old = (
            stored.nickname if stored is not None else live.nickname if live is not None else "",
            stored.member_number if stored is not None else "",
        )
        fields = [Field("nickname", "nickname", old[0]), Field("number", "member number", old[1], 30)]
        person, user = self.person, self.desk.ports.user

        def asked(values: Mapping[str, str] | None) -> None:
            if values is None or (values["nickname"], values["number"]) == old:
                return
            before = ", ".join(part for part in old if part)
            new = ", ".join(plain(part) for part in (values["nickname"], values["number"]) if part) or "nameless"
            self.tell_staff(
                f"{self.crumb()} is {new}",
                lambda staff: staff.rename(person, values["nickname"], values["number"], user, before),
                lambda staff: staff.rename(person, *old, user, new),
            )

        self.app.push_screen(AskScreen(f"Who is {self.crumb()}?", fields, texts.RENAME_NOTE), asked)

    # Merge

    def action_merge(self) -> None:
        """Ask who else this is."""
        if self.may_tell():
            self._find_others()

    @work(thread=True, exclusive=True, group="others")
    def _find_others(self) -> None:
        """Everybody on the floor, and who was here in the last day."""
        history, now = self.desk.ports.history, self.desk.now_utc_ns
        known: list[PersonRow] = []
        if history is not None:
            try:
                known = history.people(Selection(from_utc_ns=now - 86_400 * NANOSECONDS, limit=300))
            except SpotterError as error:
                self.app.call_from_thread(self.notify, plain(str(error)), severity="warning", markup=False)
        self.app.call_from_thread(self._ask_who, known)

    def _ask_who(self, known: list[PersonRow]) -> None:
        names: dict[str, tuple[str, str, str]] = {}
        for live in self.desk.state.people:
            if live.person and live.person != self.person:
                names[live.person] = (name_of(live), plain(live.zone or live.camera), plain(live.exercise) or "rests")
        for row in known:
            if row.uid != self.person and row.uid not in names:
                last = self.desk.clock_text(row.last_seen_utc_ns)
                names[row.uid] = (plain(row.nickname) or f"#{row.number}", "gone", f"last seen {last}")
        if not names:
            self.notify(texts.NO_OTHERS, markup=False)
            return
        rows = [text_row(OTHERS, uid, cells) for uid, cells in names.items()]

        def picked(uid: str | None) -> None:
            if uid is not None:
                self._confirm_merge(uid, names[uid][0])

        self.app.push_screen(PickScreen(f"{self.crumb()} is the same person as", OTHERS, rows), picked)

    def _confirm_merge(self, into: str, name: str) -> None:
        one, person, user = self.crumb(), self.person, self.desk.ports.user

        def sure(answer: bool | None) -> None:
            if answer:
                self.tell_staff(
                    f"{one} is {name}",
                    lambda staff: staff.merge(person, into, user, one),
                    lambda staff: staff.merge(person, "", user, name),
                    then=lambda _: self._follow(into),
                )

        question = texts.MERGE_ASKED.format(one=one, two=name)
        self.app.push_screen(ConfirmScreen(question, texts.MERGE_WHY.format(one=one, two=name)), sure)

    # Split

    def action_split(self) -> None:
        """Ask which track is somebody else."""
        if self.may_change(texts.DATABASE, self.desk.ports.history) and self.may_tell():
            self._find_tracks(self.person)

    @work(thread=True, exclusive=True, group="tracks")
    def _find_tracks(self, person: str) -> None:
        history = self.desk.ports.history
        if history is None:
            return
        try:
            tracks = history.tracks(person)
        except SpotterError as error:
            self.app.call_from_thread(self.notify, plain(str(error)), severity="error", markup=False)
            return
        self.app.call_from_thread(self._ask_track, tracks)

    def _ask_track(self, tracks: list[TrackRow]) -> None:
        if len(tracks) < 2:
            self.notify(texts.ONE_TRACK.format(one=self.crumb()), markup=False)
            return
        by_key = {str(row.who): row for row in tracks}
        rows = [text_row(TRACKS, key, self._track_cells(row)) for key, row in by_key.items()]

        def picked(key: str | None) -> None:
            if key is not None:
                self._confirm_split(by_key[key])

        self.app.push_screen(PickScreen(f"Which of these is not {self.crumb()}?", TRACKS, rows), picked)

    def _track_cells(self, row: TrackRow) -> tuple[str, ...]:
        clock = self.desk.clock_text
        words = {"new": "first seen", "floor": "place", "return": "return", "staff": "staff"}
        why = "merge" if row.decided != self.person else words.get(row.why, row.why)
        return (
            plain(row.who.camera),
            str(row.who.track),
            clock(row.started_utc_ns, seconds=True),
            clock(row.last_seen_utc_ns, seconds=True),
            str(row.sets),
            plain(why),
        )

    def _confirm_split(self, row: TrackRow) -> None:
        one, user = self.crumb(), self.desk.ports.user
        lasted = times.span(times.seconds_between(row.started_utc_ns, row.last_seen_utc_ns))
        track = f"track {row.who.track} of {plain(row.who.camera)} ({lasted}, {row.sets} sets)"

        def sure(answer: bool | None) -> None:
            if answer:
                self.tell_staff(
                    f"{track} is not {one}",
                    lambda staff: staff.split(row.who, user),
                    lambda staff: staff.give_track(row.who, row.decided, user),
                )

        self.app.push_screen(ConfirmScreen(texts.SPLIT_ASKED.format(track=track, one=one), texts.SPLIT_WHY), sure)
