"""Repetitions of one set that several cameras counted become one count: a repetition seen twice is one repetition.

Each camera's clock is off by a constant that shows in the ends of the repetitions themselves. A repetition stands if
the cameras that saw it outweigh those that were looking and did not; so a poor view adds nothing against a good one
that looked on, and completes one whose view was blocked.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil
from statistics import median

from core.clock import NANOSECONDS
from core.messages import RepRecord, RuleVerdict

CLOCKS_APART_S = 0.6
"""Most that two cameras' clocks differ, with the time by which one sees the end of a movement later than the other."""
TOLERANCE_PERIODS = 0.45
TOLERANCE_S = 1.5
"""Ends of repetitions this near, after the clocks are set right, are one repetition: half a repetition away is the next
one's turning point, and a slow repetition's end is vague."""
MAJORITY = 0.5
TENTATIVE_VOTE = 0.5
DEFAULT_PERIOD_S = 2.5
STILL_LOOKING_PERIODS = 1.0
"""A track must have gone on for so long beyond a repetition to have missed it."""
ANSWERS = 1024
"""Sets whose repetitions are kept in memory, some 10 kB each: with each event all sets of the visit are asked for."""


@dataclass(frozen=True, slots=True)
class FusedRep:
    """One repetition, seen by one camera or by several."""

    started_utc_ns: int
    ended_utc_ns: int
    span: float
    tentative: bool
    verdicts: tuple[RuleVerdict, ...]
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """What one camera counted of a set."""

    camera: str
    named: bool
    """It names the exercise as the set does; others lend their times only."""
    weight: float
    reps: tuple[RepRecord, ...]
    """In order of their ends."""
    spans: tuple[tuple[int, int], ...]
    """Start and end of its sets, UTC nanoseconds."""
    watched: tuple[tuple[int, int], ...]
    """When its tracks followed the person; empty where that is not known."""

    @property
    def strength(self) -> float:
        """Repetitions by weight."""
        return self.weight * sum(TENTATIVE_VOTE if rep.tentative else 1.0 for rep in self.reps)


@dataclass(slots=True)
class _Vote:
    """Looks at one repetition."""

    end_ns: float
    """In the leading camera's clock."""
    looks: list[tuple[Series, RepRecord]] = field(default_factory=list)


def period_ns(sets: Iterable[Sequence[RepRecord]]) -> float:
    """The usual time from one repetition to the next, nanoseconds."""
    steps = []
    for reps in sets:
        ends = sorted(rep.ended_utc_ns for rep in reps)
        steps += [two - one for one, two in pairwise(ends) if two > one]
    if steps:
        return float(median(steps))
    lengths = [rep.ended_utc_ns - rep.started_utc_ns for reps in sets for rep in reps]
    return float(median(lengths)) if lengths else DEFAULT_PERIOD_S * NANOSECONDS


def voted(series: Sequence[Series]) -> list[FusedRep]:
    """The repetitions that stand, in order of time, in the clock of the camera that saw most."""
    named = [one for one in series if one.named and one.reps]
    if not named:
        return []
    period = period_ns([one.reps for one in named])
    return list(_voted(tuple(_as_far_as_it_matters(one, series, period) for one in series), period))


def _as_far_as_it_matters(one: Series, series: Sequence[Series], period: float) -> Series:
    """The same without what was watched long before the repetitions and long after: nothing is asked about that.

    So a set that is over is the same question again while its people train on, and its answer is known.
    """
    ends = [rep.ended_utc_ns for each in series for rep in each.reps]
    margin = ceil(STILL_LOOKING_PERIODS * period) + round((2 * CLOCKS_APART_S + 1) * NANOSECONDS)
    first, last = min(ends) - margin, max(ends) + margin
    return replace(one, watched=tuple((max(start, first), min(end, last)) for start, end in one.watched))


@lru_cache(maxsize=ANSWERS)
def _voted(series: tuple[Series, ...], period: float) -> tuple[FusedRep, ...]:
    named = [one for one in series if one.named and one.reps]
    leader = max(named, key=lambda one: (one.strength, one.camera))
    tolerance = min(TOLERANCE_PERIODS * period, TOLERANCE_S * NANOSECONDS)
    votes = [_Vote(rep.ended_utc_ns, [(leader, rep)]) for rep in leader.reps]
    lags = {leader.camera: 0.0}
    rest = [one for one in series if one is not leader]
    for one in sorted(rest, key=lambda other: (-other.strength, other.camera, other.named)):
        lag = _lag([vote.end_ns for vote in votes], [rep.ended_utc_ns for rep in one.reps], tolerance)
        lags.setdefault(one.camera, lag)
        _add(votes, one, lag, tolerance)
    clear = {id(one): _clearness(one, votes, lags, period) for one in series}
    standing = [vote for vote in votes if _stands(vote, series, lags, period, clear)]
    fused = (_fused(vote, lags) for vote in standing)
    return tuple(sorted(fused, key=lambda rep: (rep.ended_utc_ns, rep.started_utc_ns)))


def _lag(ends: Sequence[float], others: Sequence[int], tolerance: float) -> float:
    """What to take off the second times so that most of them fall on the first ones; the smallest such lag."""
    most = CLOCKS_APART_S * NANOSECONDS
    lags = [0.0] + [other - end for end in ends for other in others if abs(other - end) <= most]
    ordered = sorted(ends)

    def nearest(at: float) -> float:
        place = bisect_left(ordered, at)
        return min((abs(at - end) for end in ordered[max(place - 1, 0) : place + 1]), default=tolerance)

    def quality(lag: float) -> tuple[int, float]:
        near = [away for away in (nearest(other - lag) for other in others) if away < tolerance / 2]
        return len(near), -sum(near) - 0.1 * abs(lag)

    return max(lags, key=quality)


def _add(votes: list[_Vote], one: Series, lag: float, tolerance: float) -> None:
    """Add one camera's repetitions, nearest pairs first; what matches nothing is a repetition of its own.

    Not one beside another that this camera saw too: there it took one repetition for two.
    """
    before = list(votes)
    pairs = sorted(
        (abs(rep.ended_utc_ns - lag - vote.end_ns), at, number)
        for at, rep in enumerate(one.reps)
        for number, vote in enumerate(before)
        if abs(rep.ended_utc_ns - lag - vote.end_ns) <= tolerance
    )
    matched: set[int] = set()
    used: set[int] = set()
    for _, at, number in pairs:
        if at in matched or number in used:
            continue
        matched.add(at)
        used.add(number)
        before[number].looks.append((one, one.reps[at]))
    for at, rep in enumerate(one.reps):
        if at in matched or not one.named:
            continue
        if all(abs(rep.ended_utc_ns - lag - vote.end_ns) > tolerance for vote in before):
            votes.append(_Vote(rep.ended_utc_ns - lag, [(one, rep)]))


def _clearness(one: Series, votes: Sequence[_Vote], lags: dict[str, float], period: float) -> float:
    """Share of the repetitions that a camera saw while it looked: who misses half of all misses a real one easily."""
    saw = sum(any(look is one for look, _ in vote.looks) for vote in votes)
    missed = sum(
        all(look is not one for look, _ in vote.looks) and _looked(one, vote.end_ns + lags.get(one.camera, 0.0), period)
        for vote in votes
    )
    return saw / (saw + missed) if saw else 0.0


def _stands(
    vote: _Vote, series: Sequence[Series], lags: dict[str, float], period: float, clear: dict[int, float]
) -> bool:
    """Whether those who saw it outweigh those who looked and saw nothing there."""
    saw: dict[str, float] = {}
    for one, rep in vote.looks:
        value = one.weight * (TENTATIVE_VOTE if rep.tentative and len(vote.looks) > 1 else 1.0)
        saw[one.camera] = max(saw.get(one.camera, 0.0), value)
    against: dict[str, float] = {}
    for one in series:
        if one.camera not in saw and _looked(one, vote.end_ns + lags.get(one.camera, 0.0), period):
            against[one.camera] = max(against.get(one.camera, 0.0), one.weight * clear[id(one)])
    return sum(saw.values()) >= MAJORITY * (sum(saw.values()) + sum(against.values()))


def _looked(one: Series, at_ns: float, period: float) -> bool:
    margin = STILL_LOOKING_PERIODS * period
    if one.named and any(start + margin <= at_ns <= end - margin for start, end in one.watched):
        return True
    return any(start <= at_ns <= end for start, end in one.spans)


def _fused(vote: _Vote, lags: dict[str, float]) -> FusedRep:
    looks = sorted(vote.looks, key=lambda look: (not look[0].named, -look[0].weight, look[0].camera))
    best = looks[0][1]
    lag_ns = round(lags[looks[0][0].camera])
    sure = sum(one.weight for one, rep in looks if not rep.tentative)
    doubtful = sum(one.weight for one, rep in looks if rep.tentative)
    return FusedRep(
        started_utc_ns=best.started_utc_ns - lag_ns,
        ended_utc_ns=best.ended_utc_ns - lag_ns,
        span=best.span,
        tentative=doubtful > sure,
        verdicts=merged_verdicts([(one.weight, rep.verdicts) for one, rep in looks if one.named]),
        cameras=tuple(sorted({one.camera for one, _ in looks})),
    )


def merged_verdicts(told: Sequence[tuple[float, tuple[RuleVerdict, ...]]]) -> tuple[RuleVerdict, ...]:
    """One verdict a rule: a view that can tell beats one that cannot; of those that can, the weightier side."""
    rules: dict[str, list[tuple[float, RuleVerdict]]] = {}
    for weight, verdicts in told:
        for verdict in verdicts:
            rules.setdefault(verdict.rule, []).append((weight, verdict))
    merged = []
    for looks in rules.values():
        telling = [(weight, verdict) for weight, verdict in looks if verdict.verdict != "cannot tell"]
        if not telling:
            merged.append(looks[0][1])
            continue
        fault = sum(weight if verdict.verdict == "fault" else -weight for weight, verdict in telling)
        side = "fault" if fault > 0 else "ok"
        merged.append(max((look for look in telling if look[1].verdict == side), key=lambda look: look[0])[1])
    return tuple(merged)
