"""One person as texts: facts, the progress of the last minute, sets, form faults and plots; pure."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.clock import NANOSECONDS
from core.history import PersonRow, RejectedRow, SetDetail, SetRow
from core.messages import LivePerson
from tui import texts, times
from tui.desk import Desk
from tui.plain import plain
from tui.state import OLD_AFTER_S
from tui.views import plots
from tui.views.people import exercise_text, name_of
from tui.views.sparks import spark

TRAIL_S = 60.0
MOST_SAMPLES = 1200
COUNTED, DOUBTFUL, REJECTED = "●", "?", "x"


@dataclass(slots=True)
class Trail:
    """What the screen saw of somebody's progress since it was opened."""

    samples: deque[tuple[int, float | None]] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))
    marks: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=200))
    _set: tuple[int, int] = (0, 0)
    _reps: int = 0
    _tentative: int = 0

    def take(self, person: LivePerson) -> None:
        """Take what is live now; the same look again adds nothing."""
        at = person.seen_utc_ns
        if self.samples and at <= self.samples[-1][0]:
            return
        self.samples.append((at, person.progress))
        now = (person.set_number, person.set_started_utc_ns)
        if now == self._set:
            if person.reps > self._reps:
                self.marks.append((at, COUNTED))
            elif person.tentative > self._tentative:
                self.marks.append((at, DOUBTFUL))
        self._set, self._reps, self._tentative = now, person.reps, person.tentative

    def clear(self) -> None:
        """Begin anew, with somebody else."""
        self.samples.clear()
        self.marks.clear()
        self._set = (0, 0)


def signal_lines(
    trail: Trail, rejected: Iterable[RejectedRow], now_utc_ns: int, width: int, height: int, *, in_ascii: bool = False
) -> list[str]:
    """The progress of the last minute, and below it what was counted (●), doubtful (?) and not counted (x)."""
    span = (now_utc_ns - round(TRAIL_S * NANOSECONDS), now_utc_ns)
    if height < 2 or width < 4:
        return []
    signs = [*trail.marks, *((row.at_utc_ns, REJECTED) for row in rejected)]
    lines = plots.signal(list(trail.samples), span, width, height - 1, in_ascii=in_ascii)
    line = plots.marks(sorted(signs), span, width)
    return [*lines, line.replace(COUNTED, "o") if in_ascii else line]


def rejected_words(rejected: Sequence[RejectedRow]) -> str:
    """Why movements were not counted, the most frequent reason first."""
    counted = Counter(plain(row.reason) for row in rejected)
    return ", ".join(f"{count} x {reason}" for reason, count in counted.most_common(4))


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what stands behind it."""

    name: str
    text: str
    kind: str = "text"
    """``text``, ``warning`` or ``muted``."""


def person_facts(live: LivePerson | None, stored: PersonRow | None, desk: Desk) -> list[Fact]:
    """What is known of somebody, a line each."""
    now = desk.now_utc_ns
    facts: list[Fact] = []
    if stored is not None:
        number = f"#{stored.number}"
        facts.append(Fact("number", number if not stored.nickname else f"{number}  {plain(stored.nickname)}"))
        if stored.member_number:
            facts.append(Fact("member", plain(stored.member_number)))
    if live is None:
        last = stored.last_seen_utc_ns if stored is not None else 0
        seen = f"{times.day(last, desk.zone)} {desk.clock_text(last)}" if last else "never"
        return [*facts, Fact("floor", texts.NOT_ON_THE_FLOOR, "warning"), Fact("last seen", seen)]
    if stored is None:
        facts.append(Fact("number", name_of(live)))
    unseen_s = desk.state.unseen_s(live, now)
    facts.append(Fact("seen", f"{times.age(unseen_s)} ago", "text" if unseen_s <= OLD_AFTER_S else "warning"))
    facts += _set_facts(live, desk) if live.exercise else [Fact("now", "rests", "muted")]
    facts.append(Fact("where", plain(live.zone) or "outside all zones"))
    cameras = sorted({who.camera for who in live.tracks} | {live.camera})
    facts.append(Fact("cameras", ", ".join(plain(camera) for camera in cameras if camera)))
    if live.session_started_utc_ns:
        came = times.span(times.seconds_between(live.session_started_utc_ns, now))
        facts.append(Fact("visit", f"{came} since {desk.clock_text(live.session_started_utc_ns)}"))
    return facts


def _set_facts(live: LivePerson, desk: Desk) -> list[Fact]:
    done = f"{live.hold_s:.0f} s held" if live.hold_s is not None else f"{live.reps} reps"
    doubtful = f" +{live.tentative} doubtful" if live.tentative else ""
    facts = [Fact("now", f"{exercise_text(live.exercise)}, set {live.set_number}"), Fact("done", done + doubtful)]
    tempo = desk.state.tempo_s(live.person)
    if tempo is not None and live.hold_s is None:
        facts.append(Fact("tempo", f"{tempo:.1f} s a rep"))
    facts.append(
        Fact("form", f"! {plain(live.cue)}", "warning") if live.cue else Fact("form", "no fault in the last rep")
    )
    return facts


# Sets ----------------------------------------------------------------------------------------------------------------


def reps_text(one: SetRow) -> str:
    """Repetitions or seconds of a set; a corrected count with what was counted behind it."""
    if one.corrected_reps is not None:
        return f"{one.corrected_reps}* ({_counted(one)})"
    return _counted(one)


def _counted(one: SetRow) -> str:
    if one.hold_s is not None:
        return f"{one.hold_s:.0f} s"
    return f"{one.reps}+{one.tentative}?" if one.tentative else str(one.reps)


def set_exercise_text(one: SetRow) -> str:
    """Exercise of a set; a star for one that staff corrected."""
    return exercise_text(one.exercise_in_the_end) + ("*" if one.corrected_exercise is not None else "")


def set_cells(one: SetRow, desk: Desk) -> tuple[str, ...]:
    """Number, time, exercise, amount, duration, faults, zone and camera."""
    lasted = (one.ended_utc_ns - one.started_utc_ns) / NANOSECONDS
    return (
        f"{one.number}{'…' if one.open and not desk.ports.ascii else '~' if one.open else ''}",
        desk.clock_text(one.started_utc_ns),
        set_exercise_text(one),
        reps_text(one),
        times.span(lasted),
        f"{one.faults}" if one.faults else "-",
        plain(one.zone) or "-",
        plain(one.camera),
    )


def fault_lines(detail: SetDetail) -> list[str]:
    """What was wrong and what to do about it, the most frequent first, with the repetitions concerned."""
    by_rule: dict[tuple[str, str], list[int]] = {}
    for fault in detail.faults:
        by_rule.setdefault((fault.rule, fault.cue), []).append(fault.rep)
    lines = []
    for (rule, cue), reps in sorted(by_rule.items(), key=lambda item: -len(item[1])):
        which = "in the hold" if reps == [0] else "in rep " + ", ".join(str(rep) for rep in reps)
        lines.append(f"! {plain(cue) or plain(rule)} ({plain(rule)}) {which}")
    return lines or ["no fault was seen"]


def rep_plots(detail: SetDetail, width: int, height: int, *, in_ascii: bool = False) -> list[str]:
    """Range of motion and tempo of every repetition as bars, beside each other where there is room."""
    if not detail.reps:
        return ["held: no repetitions" if detail.set.hold_s is not None else "no repetition yet"]
    unit = plain(detail.reps[0].unit)
    weak = [rep.tentative for rep in detail.reps]
    motion = [rep.range_of_motion for rep in detail.reps]
    tempo = [rep.duration_s for rep in detail.reps]
    side = width >= 60
    room = (width - 2) // 2 if side else width
    one = _plot(f"range of motion, {unit}", motion, room, height, weak, in_ascii=in_ascii)
    two = _plot("seconds a rep", tempo, room, height, weak, in_ascii=in_ascii)
    if not side:
        return [*one, *two]
    return [f"{left:<{room}}  {right}" for left, right in zip(one, two, strict=True)]


def _plot(
    title: str, values: Sequence[float], width: int, height: int, weak: Sequence[bool], *, in_ascii: bool
) -> list[str]:
    figures = f"{min(values):.1f}-{max(values):.1f}"
    head = f"{title}  {figures}"[:width]
    return [head, *plots.bars(values, width, max(height - 1, 1), weak=weak, in_ascii=in_ascii)]


def trend_line(sets: Sequence[SetRow], width: int, *, in_ascii: bool = False) -> str:
    """Repetitions of this visit's sets as one line of bars."""
    values = [float(one.reps_in_the_end) for one in sets if one.hold_s is None]
    return f"reps a set  {spark(values, max(width - 12, 1), in_ascii=in_ascii)}" if values else ""
