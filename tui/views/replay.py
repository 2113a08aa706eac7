"""A stored visit as moments on a line of time, and where one is on it; pure.

The movement is drawn from its repetitions: out to the far end and back in each. Where key-points are kept, ``kept`` has
the skeleton beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.clock import NANOSECONDS
from core.history import RepRow, SetDetail

MomentKind = Literal["begins", "rep", "doubtful", "not counted", "ends"]
SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LEAD_NS = 2 * NANOSECONDS
"""A visit begins so long before its first set."""
_ORDER: dict[MomentKind, int] = {"begins": 0, "rep": 1, "doubtful": 1, "not counted": 1, "ends": 2}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened."""

    at_utc_ns: int
    kind: MomentKind
    place: int
    """Of its set among all, from 0."""
    rep: int = 0
    words: str = ""
    """A cue or a reason; from outside."""


def moments(sets: Sequence[SetDetail]) -> list[Moment]:
    """All that happened, in order of time."""
    found: list[Moment] = []
    for place, detail in enumerate(sets):
        one = detail.set
        found.append(Moment(one.started_utc_ns, "begins", place))
        for rep in detail.reps:
            cues = ", ".join(fault.cue or fault.rule for fault in detail.faults if fault.rep == rep.number)
            found.append(Moment(rep.ended_utc_ns, "doubtful" if rep.tentative else "rep", place, rep.number, cues))
        found += [Moment(row.at_utc_ns, "not counted", place, words=row.reason) for row in detail.rejected]
        held = ", ".join(fault.cue or fault.rule for fault in detail.faults if fault.rep == 0)
        found.append(Moment(one.ended_utc_ns, "ends", place, words=held))
    return sorted(found, key=lambda each: (each.at_utc_ns, _ORDER[each.kind], each.place, each.rep))


@dataclass(frozen=True, slots=True)
class Look:
    """What was so at one time."""

    detail: SetDetail | None = None
    """The set that goes on; None between sets."""
    reps: tuple[RepRow, ...] = ()
    """Repetitions of it so far, doubtful ones included."""
    held_s: float | None = None
    cue: str = ""
    """Of the last repetition."""
    done: int = 0
    """Sets that are over."""

    @property
    def counted(self) -> int:
        """Repetitions beyond doubt so far."""
        return sum(not rep.tentative for rep in self.reps)


def look(sets: Sequence[SetDetail], at_utc_ns: int) -> Look:
    """What was so at a time."""
    done = sum(detail.set.ended_utc_ns < at_utc_ns for detail in sets)
    running = [each for each in sets if each.set.started_utc_ns <= at_utc_ns <= each.set.ended_utc_ns]
    if not running:
        return Look(done=done)
    detail = running[-1]
    reps = tuple(rep for rep in detail.reps if rep.ended_utc_ns <= at_utc_ns)
    cue = ""
    if reps:
        cue = ", ".join(fault.cue or fault.rule for fault in detail.faults if fault.rep == reps[-1].number)
    held = (at_utc_ns - detail.set.started_utc_ns) / NANOSECONDS if detail.set.hold_s is not None else None
    return Look(detail, reps, None if held is None else min(held, detail.set.hold_s or 0.0), cue, done)


def begun(sets: Sequence[SetDetail], at_utc_ns: int) -> SetDetail | None:
    """The newest set that had begun at a time, over or not; the first before that."""
    over = [each for each in sets if each.set.started_utc_ns <= at_utc_ns + LEAD_NS]
    return over[-1] if over else next(iter(sets), None)


def progress(sets: Sequence[SetDetail], begin_utc_ns: int, end_utc_ns: int) -> list[tuple[int, float | None]]:
    """The movement in a stretch of time as its repetitions tell it: 0 at their ends, 1 in their middle."""
    samples: list[tuple[int, float | None]] = []
    for detail in sets:
        for rep in detail.reps:
            if rep.ended_utc_ns < begin_utc_ns or rep.started_utc_ns > end_utc_ns:
                continue
            length = rep.ended_utc_ns - rep.started_utc_ns
            for step in range(9):
                at = rep.started_utc_ns + length * step // 8
                if at <= end_utc_ns:
                    samples.append((at, 1.0 - abs(step - 4) / 4))
        samples.append((detail.set.ended_utc_ns + 1, None))
    return samples


@dataclass(slots=True)
class Player:
    """Where one is, and how fast one goes on."""

    sets: Sequence[SetDetail]
    at_utc_ns: int = 0
    speed: float = 1.0
    playing: bool = False
    line: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = moments(self.sets)
        self.at_utc_ns = self.begin_utc_ns

    @property
    def begin_utc_ns(self) -> int:
        """Shortly before the first set."""
        return self.line[0].at_utc_ns - LEAD_NS if self.line else 0

    @property
    def end_utc_ns(self) -> int:
        """The last thing that happened."""
        return self.line[-1].at_utc_ns if self.line else 0

    @property
    def moment(self) -> int:
        """Place of the newest moment that has come; -1 before the first."""
        return sum(each.at_utc_ns <= self.at_utc_ns for each in self.line) - 1

    def advance(self, passed_s: float) -> None:
        """Let time pass; stops at the end."""
        if self.playing:
            self.at_utc_ns = min(self.at_utc_ns + round(passed_s * self.speed * NANOSECONDS), self.end_utc_ns)
            self.playing = self.at_utc_ns < self.end_utc_ns

    def toggle(self) -> None:
        """Go on or stand still; at the end, begin anew."""
        if not self.playing and self.at_utc_ns >= self.end_utc_ns:
            self.at_utc_ns = self.begin_utc_ns
        self.playing = not self.playing and bool(self.line)

    def faster(self, by: int) -> None:
        """The next speed up or down."""
        place = min(range(len(SPEEDS)), key=lambda each: abs(SPEEDS[each] - self.speed))
        self.speed = SPEEDS[min(max(place + by, 0), len(SPEEDS) - 1)]

    def step(self, by: int) -> None:
        """To the next thing that happened, or back to the one before; stands still there."""
        self.playing = False
        times = sorted({each.at_utc_ns for each in self.line})
        later = [at for at in times if at > self.at_utc_ns]
        earlier = [at for at in times if at < self.at_utc_ns]
        if by > 0 and later:
            self.at_utc_ns = later[0]
        elif by < 0:
            self.at_utc_ns = earlier[-1] if earlier else self.begin_utc_ns

    def step_set(self, by: int) -> None:
        """To the beginning of the next set, or of the one before."""
        starts = sorted(detail.set.started_utc_ns for detail in self.sets)
        later = [at for at in starts if at > self.at_utc_ns]
        earlier = [at for at in starts if at < self.at_utc_ns]
        if by > 0 and later:
            self.at_utc_ns = later[0]
        elif by < 0 and earlier:
            self.at_utc_ns = earlier[-1]

    def stand_at(self, at_utc_ns: int) -> None:
        """Stand still at a time of this visit."""
        self.playing = False
        self.at_utc_ns = min(max(at_utc_ns, self.begin_utc_ns), self.end_utc_ns)

    def go_to(self, place: int) -> None:
        """To one of the moments."""
        if 0 <= place < len(self.line):
            self.at_utc_ns = self.line[place].at_utc_ns
