"""Sets of one person, as several cameras or several tracks saw them, become one set each.

Nobody does two exercises at once. So the views of a person are gathered by exercise and time into proposals, the
best supported proposal is taken first, and what overlaps it is another look at the same set under a wrong name. How
the repetitions of the views become one count stands in ``rep_votes``. Pure; the order of the views does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from aggregator.rep_votes import FusedRep, Series, merged_verdicts, period_ns, voted
from core.clock import NANOSECONDS
from core.messages import RejectedRecord, Relative, RuleVerdict, SetChanged, TrackRef

UNKNOWN = "unknown"
UNKNOWN_WEIGHT = 0.3
"""Of a view that knows a movement and not its name, against one that names it: an unknown set is often half a movement
or two sets in one."""
MISNAMED_WEIGHT = 0.12
"""Of a view with another name than the set has: it counts the waves of another joint."""
SAME_SET_PERIODS = 2.0
SAME_SET_S = 2.0
LONGEST_BREAK_S = 8.0
"""Two views of one exercise are one set if the pause between them is at most so many repetitions and so much time to
find somebody again; never longer than the rest that ends a set in one camera."""
REST_PERIODS = 2.5
_LEAD_NS = 4 * NANOSECONDS
"""What was rejected so long before a set or after it belongs to it."""
SAME_TIME = 0.5
"""Of the shorter one's time: so much overlap makes a proposal another look at a set that is taken already."""
FEW_REPS = 2
"""So few repetitions in a single camera are no set if at least as many other cameras looked on and saw none: they are
mostly somebody who bends down, scratches or sits up. More would let cameras that see badly outvote a good one."""


@dataclass(frozen=True, slots=True)
class SetView:
    """One set as one track of one camera saw it: the newest revision."""

    who: TrackRef
    person: str
    """Uid; empty while it is not known: such a view is fused with others of its track only."""
    told: SetChanged


@dataclass(frozen=True, slots=True)
class Watch:
    """A track that followed a person for a time, whether or not it saw a set."""

    who: TrackRef
    person: str
    from_utc_ns: int
    until_utc_ns: int


@dataclass(frozen=True, slots=True)
class FusedSet:
    """One set as it was performed, as far as all views tell."""

    key: str
    """``CAMERA/EPOCH/TRACK/set/NUMBER`` of the earliest view: the same whenever the same views are fused."""
    person: str
    exercise: str
    confidence: float
    started_utc_ns: int
    ended_utc_ns: int
    reps: tuple[FusedRep, ...]
    """In order of time; the tentative ones do not count."""
    rejected: tuple[RejectedRecord, ...]
    hold_s: float | None
    hold_verdicts: tuple[RuleVerdict, ...]
    unit: str
    closed: bool
    """All views are."""
    quality: float
    camera: str
    """The one that saw the set best; ``feet`` are in its picture."""
    feet: Relative | None
    cameras: tuple[str, ...]
    members: tuple[tuple[TrackRef, int], ...]
    """Tracks and the numbers of their sets that went into it."""

    @property
    def counted(self) -> int:
        """Repetitions beyond doubt."""
        return sum(not rep.tentative for rep in self.reps)


def fuse(views: Iterable[SetView], watches: Iterable[Watch] = ()) -> list[FusedSet]:
    """All sets of the people in ``views``, in order of time.

    Withdrawn views are left out, and so are closed sets of nothing but doubtful repetitions. The order of the views
    does not matter. Give all views of a person's visit: what is left out may split a set. ``watches``: all tracks of
    these people; without them, nobody is believed to have looked on without seeing a set.
    """
    people: dict[str, list[SetView]] = {}
    for view in views:
        if not view.told.withdrawn and (view.told.reps or view.told.hold_s is not None):
            people.setdefault(_owner(view.person, view.who), []).append(view)
    looks: dict[str, list[Watch]] = {}
    for watch in watches:
        looks.setdefault(_owner(watch.person, watch.who), []).append(watch)
    fused = [
        one
        for owner, mine in people.items()
        for one in _sets_of_one(sorted(mine, key=_order), sorted(looks.get(owner, []), key=lambda watch: watch.who))
    ]
    return sorted(fused, key=lambda one: (one.started_utc_ns, one.key))


def _owner(person: str, who: TrackRef) -> str:
    return person or f"track {who}"


def _order(view: SetView) -> tuple[int, TrackRef, int]:
    return view.told.started_utc_ns, view.who, view.told.number


@dataclass(slots=True)
class _Proposal:
    """Views of one exercise that may be one set, and others that overlap it under another name."""

    exercise: str
    views: list[SetView]
    others: list[SetView]
    end_ns: int
    """Of the views so far."""

    @property
    def start_ns(self) -> int:
        return min(view.told.started_utc_ns for view in self.views)

    @property
    def support(self) -> float:
        """Repetitions, each by the weight of the view that saw it; ten seconds of a hold are as good as three."""
        return sum(weight(view.told) * _amount(view.told) for view in self.views)


def weight(told: SetChanged) -> float:
    """How far a view is believed: how well it saw, by how sure it is of the name; unknown ones count less."""
    return max(told.quality, 0.05) * max(told.confidence, 0.05) * (UNKNOWN_WEIGHT if told.exercise == UNKNOWN else 1.0)


def _amount(told: SetChanged) -> float:
    if told.hold_s is not None:
        return 0.3 * told.hold_s
    return sum(0.25 if rep.tentative else 1.0 for rep in told.reps)


def _sets_of_one(views: Sequence[SetView], watches: Sequence[Watch]) -> list[FusedSet]:
    taken: list[_Proposal] = []
    proposals = _proposals(views)
    proposals.sort(key=lambda one: (-one.support, one.start_ns, one.views[0].who))
    for proposal in proposals:
        left = []
        for view in proposal.views:
            at = max(taken, key=lambda one: _shared_ns(one, view), default=None)
            if at is not None and _is_same_time(at, view):
                at.others.append(view)
            else:
                left.append(view)
        if left:
            end = max(view.told.ended_utc_ns for view in left)
            taken.append(_Proposal(proposal.exercise, left, [], end))
    return [fused for one in taken for fused in _fused(one, watches)]


def _proposals(views: Sequence[SetView]) -> list[_Proposal]:
    """Views of one exercise that overlap or follow each other closely; ``views`` in order of their start."""
    found: list[_Proposal] = []
    for view in views:
        told = view.told
        for proposal in found:
            pause_ns = told.started_utc_ns - proposal.end_ns
            if pause_ns > LONGEST_BREAK_S * NANOSECONDS:
                continue  # most sets of a long visit: the rest is dear
            may_go_on = proposal.exercise == told.exercise and not any(_is_cut(one, view) for one in proposal.views)
            if may_go_on and pause_ns <= _longest_break_ns([*proposal.views, view]):
                proposal.views.append(view)
                proposal.end_ns = max(proposal.end_ns, told.ended_utc_ns)
                break
        else:
            found.append(_Proposal(told.exercise, [view], [], told.ended_utc_ns))
    return found


def _is_cut(one: SetView, other: SetView) -> bool:
    """Whether a camera itself lies between two views: it broke its epoch without being started anew, as at a loop.

    An epoch is named after the run of the camera's process; sets go on over a new run, which somebody may wait for.
    """
    boots = [view.who.epoch.rpartition("-")[0] for view in (one, other)]
    same_run = one.who.camera == other.who.camera and boots[0] == boots[1] != ""
    return same_run and one.who.epoch != other.who.epoch


def _longest_break_ns(views: Sequence[SetView]) -> float:
    period = period_ns([view.told.reps for view in views])
    return min(SAME_SET_PERIODS * period + SAME_SET_S * NANOSECONDS, LONGEST_BREAK_S * NANOSECONDS)


def _shared_ns(proposal: _Proposal, view: SetView) -> int:
    return min(proposal.end_ns, view.told.ended_utc_ns) - max(proposal.start_ns, view.told.started_utc_ns)


def _is_same_time(proposal: _Proposal, view: SetView) -> bool:
    shorter = min(proposal.end_ns - proposal.start_ns, view.told.ended_utc_ns - view.told.started_utc_ns)
    return _shared_ns(proposal, view) > SAME_TIME * shorter


def _fused(proposal: _Proposal, watches: Sequence[Watch]) -> list[FusedSet]:
    """The set of a proposal; several where one view ran through a rest that others saw, none where it is no set."""
    views = sorted(proposal.views, key=_order)
    everybody = sorted((*views, *proposal.others), key=_order)
    closed = all(view.told.closed for view in everybody)
    if closed and _is_outvoted(proposal, watches):
        return []
    holds = [view for view in views if view.told.hold_s is not None]
    if holds:
        start, end, hold_s = _hold(holds)
        held = _described(proposal.exercise, holds, everybody, (), start, end)
        verdicts = merged_verdicts([(weight(view.told), view.told.hold_verdicts) for view in holds])
        return [replace(held, hold_s=hold_s, hold_verdicts=verdicts)]
    pieces = _parted_by_rests(voted(_series(proposal, watches)))
    members: list[list[SetView]] = [[] for _ in pieces]
    for view in everybody if pieces else ():
        members[max(range(len(pieces)), key=lambda at: (_shares(view, pieces[at]), -at))].append(view)
    fused = []
    for piece, mine in zip(pieces, members, strict=True):
        is_doubtful = all(rep.tentative for rep in piece)
        if closed and is_doubtful:
            continue
        named = [view for view in mine if view in views] or views
        start, end = piece[0].started_utc_ns, max(rep.ended_utc_ns for rep in piece)
        fused.append(_described(proposal.exercise, named, mine, tuple(piece), start, end))
    return fused


def _described(
    exercise: str,
    views: Sequence[SetView],
    members: Sequence[SetView],
    reps: tuple[FusedRep, ...],
    start_ns: int,
    end_ns: int,
) -> FusedSet:
    """A set with all that its views tell of it; ``views`` are those that name the exercise, in order."""
    best = max(views, key=lambda view: (weight(view.told) * _amount(view.told), _order(view)))
    first = members[0] if members else None
    earliest = next((view for view in views if view in members), first)
    key = f"{views[0].who}/set/{views[0].told.number}/after/{start_ns}"
    if earliest is not None:
        key = f"{earliest.who}/set/{earliest.told.number}"
    return FusedSet(
        key=key,
        person=best.person,
        exercise=exercise,
        confidence=max(view.told.confidence for view in views),
        started_utc_ns=start_ns,
        ended_utc_ns=end_ns,
        reps=reps,
        rejected=tuple(
            r for r in best.told.rejected if not reps or start_ns - _LEAD_NS <= r.at_utc_ns <= end_ns + _LEAD_NS
        ),
        hold_s=None,
        hold_verdicts=(),
        unit=best.told.unit,
        closed=all(view.told.closed for view in (*views, *members)),
        quality=max(view.told.quality for view in views),
        camera=best.who.camera,
        feet=best.told.feet,
        cameras=tuple(sorted({view.who.camera for view in views})),
        members=tuple((view.who, view.told.number) for view in members),
    )


def _parted_by_rests(reps: Sequence[FusedRep]) -> list[list[FusedRep]]:
    """A view that counts through a rest makes one of two sets; the rest shows when the other views have voted."""
    ends = [rep.ended_utc_ns for rep in reps]
    period = median([two - one for one, two in pairwise(ends)]) if len(ends) > 1 else 0
    rest_ns = max(LONGEST_BREAK_S * NANOSECONDS, REST_PERIODS * period)
    pieces: list[list[FusedRep]] = []
    for rep in reps:
        if pieces and rep.started_utc_ns - pieces[-1][-1].ended_utc_ns <= rest_ns:
            pieces[-1].append(rep)
        else:
            pieces.append([rep])
    return pieces


def _shares(view: SetView, piece: Sequence[FusedRep]) -> int:
    start, end = piece[0].started_utc_ns, max(rep.ended_utc_ns for rep in piece)
    return min(end, view.told.ended_utc_ns) - max(start, view.told.started_utc_ns)


def _series(proposal: _Proposal, watches: Sequence[Watch]) -> list[Series]:
    """What each camera counted, and when it was looking."""
    cameras: dict[tuple[str, bool], list[SetView]] = {}
    for view in proposal.views:
        cameras.setdefault((view.who.camera, True), []).append(view)
    for view in proposal.others:
        if view.told.hold_s is None:
            cameras.setdefault((view.who.camera, False), []).append(view)
    return [
        Series(
            camera=camera,
            named=named,
            weight=max(_vote(view.told, proposal.exercise) for view in views),
            reps=tuple(sorted((rep for view in views for rep in view.told.reps), key=lambda rep: rep.ended_utc_ns)),
            spans=tuple((view.told.started_utc_ns, view.told.ended_utc_ns) for view in views),
            watched=tuple(
                (watch.from_utc_ns, watch.until_utc_ns)
                for watch in watches
                if watch.who in {view.who for view in views}
            ),
        )
        for (camera, named), views in sorted(cameras.items())
    ]


def _vote(told: SetChanged, exercise: str) -> float:
    if told.exercise == exercise:
        return weight(told)
    return weight(told) * (1.0 if told.exercise == UNKNOWN else MISNAMED_WEIGHT)


def _is_outvoted(proposal: _Proposal, watches: Sequence[Watch]) -> bool:
    """Whether it is a few repetitions in one camera while enough others looked on and saw nothing."""
    start, end = proposal.start_ns, proposal.end_ns
    saw = {view.who.camera for view in (*proposal.views, *proposal.others)}
    if len(saw) > 1 or any(view.told.hold_s is not None for view in proposal.views):
        return False
    looked_on = {
        watch.who.camera
        for watch in watches
        if watch.who.camera not in saw and watch.from_utc_ns <= start and watch.until_utc_ns >= end
    }
    counted = sum(not rep.tentative for view in proposal.views for rep in view.told.reps)
    return counted <= min(FEW_REPS, len(looked_on))


def _hold(views: Sequence[SetView]) -> tuple[int, int, float]:
    """Start, end and seconds of a held position: what the better views saw of it together."""
    most = max(weight(view.told) for view in views)
    spans = sorted((v.told.started_utc_ns, v.told.ended_utc_ns) for v in views if weight(v.told) >= 0.5 * most)
    held_ns, until = 0, 0
    for start, end in spans:
        held_ns += max(0, end - max(start, until))
        until = max(until, end)
    longest = max(view.told.hold_s or 0.0 for view in views if weight(view.told) >= 0.5 * most)
    return spans[0][0], until, max(longest, held_ns / NANOSECONDS)
