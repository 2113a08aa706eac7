"""How well sets are named, counted and judged: what true people did beside what was found of them.

A repetition belongs to whom its track follows while it is done, so that a number that changes hands takes no
repetitions with it; how often numbers change hands is for ``identity`` to say.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training.scoring.clips import matched_pairs
from training.scoring.intervals import (
    Array,
    Figure,
    f1,
    figure_of_mean,
    figure_of_percentile,
    figure_of_sums,
    ratio,
    sums_by_cluster,
)

EVENT_TOLERANCE_S = 0.3
"""The truth of a drawn scene is exact; only the counter's own notion of an end is to be allowed for."""

AROUND_SET_S = 1.0
"""What ends this long before or after a set still belongs to it: sets end in the start posture, which lasts."""

NOBODY = -1
NOTHING_FOUND = "nothing"
IDLE = "idle"


@dataclass(frozen=True, slots=True)
class TrueSet:
    """One set as it was performed, by one person, in the recording's time."""

    exercise: str
    start_s: float
    end_s: float
    rep_end_s: tuple[float, ...]
    faults: Mapping[int, str] = field(default_factory=dict)
    """Form fault by number of the repetition, counted from 1; of a hold, number 1 is the whole of it."""
    hold_s: float | None = None


@dataclass(frozen=True, slots=True)
class CountedRep:
    """One repetition as it was counted."""

    start_s: float
    end_s: float
    counted_s: float
    exercise: str
    faults: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    """Rules that could not tell from this view."""


@dataclass(frozen=True, slots=True)
class FoundSet:
    """One set as it was found."""

    exercise: str
    start_s: float
    end_s: float
    reps: tuple[CountedRep, ...]
    hold_s: float | None = None
    hold_faults: frozenset[str] = frozenset()
    hold_unsure: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """One true person before one camera: what he did there, what was found of it, and for how long he was in view."""

    cluster: Hashable
    """Person and camera."""
    sets: tuple[TrueSet, ...]
    """Those that the camera sees well enough to count."""
    found: tuple[FoundSet, ...]
    """Sets, or parts of sets, of whoever follows this person; repetitions of others left out."""
    idle_s: float = 0.0
    """How long the camera sees him outside all sets."""
    unseen_sets: tuple[TrueSet, ...] = ()
    """His other sets: not scored, and no idle time either."""


@dataclass(frozen=True, slots=True)
class SetScore:
    """One true set before one camera."""

    cluster: Hashable
    true_reps: int
    counted_reps: int
    in_time: int
    """Counted repetitions whose end matches a true one within ``EVENT_TOLERANCE_S``."""
    exercise: str
    named: str
    """The exercise of the found set that shares most time with it; ``nothing`` if none does."""
    latencies_s: tuple[float, ...]
    """Between the true end of a repetition and the frame at which it was counted, of those that match."""
    judged: tuple["JudgedRep", ...]
    hold_s: float | None
    held_s: float


@dataclass(frozen=True, slots=True)
class JudgedRep:
    """One true repetition with the counted one that matches it, or one hold."""

    true: frozenset[str]
    """Its form faults."""
    found: frozenset[str]
    unsure: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdleScore:
    """One person's time outside sets, before one camera."""

    cluster: Hashable
    hours: float
    phantoms: int
    """Repetitions that were counted in it."""
    named: tuple[str, ...]
    """Exercises of sets that were found in it."""


def fault_name(name: str) -> str:
    """Faults are written ``knees_in`` in scenes and ``knees in`` in the catalogue."""
    return name.replace("_", " ")


def score_sets(person: Person) -> list[SetScore]:
    """Score each set of one person before one camera."""
    return [_score_set(person, true) for true in person.sets]


def score_idle(person: Person) -> IdleScore:
    """What was counted of one person outside all sets."""
    reps = [rep for found in person.found for rep in found.reps]
    outside = [rep for rep in reps if _set_of(rep, person) is None]
    performed = (*person.sets, *person.unseen_sets)
    named = [found.exercise for found in person.found if not any(_shared_s(true, found) > 0 for true in performed)]
    return IdleScore(person.cluster, person.idle_s / 3600, len(outside), tuple(named))


def _score_set(person: Person, true: TrueSet) -> SetScore:
    reps = [rep for found in person.found for rep in found.reps if _set_of(rep, person) is true]
    reps.sort(key=lambda rep: rep.end_s)
    pairs = matched_pairs(true.rep_end_s, [rep.end_s for rep in reps], EVENT_TOLERANCE_S)
    best = max(person.found, key=lambda found: _shared_s(true, found), default=None)
    judged = [
        JudgedRep(
            _faults_of(true, i), reps[j].faults, reps[j].unsure if reps[j].exercise == true.exercise else frozenset()
        )
        for i, j in pairs
    ]
    holds = [found for found in person.found if found.hold_s is not None and _shared_s(true, found) > 0]
    if true.hold_s is not None and holds:
        longest = max(holds, key=lambda found: found.hold_s or 0.0)
        judged.append(JudgedRep(_faults_of(true, 0), longest.hold_faults, longest.hold_unsure))
    return SetScore(
        cluster=person.cluster,
        true_reps=len(true.rep_end_s),
        counted_reps=len(reps),
        in_time=len(pairs),
        exercise=true.exercise,
        named=best.exercise if best is not None and _shared_s(true, best) > 0 else NOTHING_FOUND,
        latencies_s=tuple(reps[j].counted_s - true.rep_end_s[i] for i, j in pairs),
        judged=tuple(judged),
        hold_s=true.hold_s,
        held_s=sum(found.hold_s or 0.0 for found in holds),
    )


def _faults_of(true: TrueSet, index: int) -> frozenset[str]:
    fault = true.faults.get(index + 1)
    return frozenset() if fault is None else frozenset({fault_name(fault)})


def _set_of(rep: CountedRep, person: Person) -> TrueSet | None:
    """The set that a repetition belongs to: the nearest, if it is near enough."""

    def away_s(true: TrueSet) -> float:
        return max(true.start_s - rep.end_s, rep.end_s - true.end_s, 0.0)

    nearest = min((*person.sets, *person.unseen_sets), key=away_s, default=None)
    return nearest if nearest is not None and away_s(nearest) <= AROUND_SET_S else None


def _shared_s(true: TrueSet, found: FoundSet) -> float:
    return min(true.end_s, found.end_s) - max(true.start_s, found.start_s)


def counted_sets(scores: Sequence[SetScore]) -> list[SetScore]:
    """The sets of exercises that are counted, without the held ones."""
    return [score for score in scores if score.hold_s is None]


def off_by_one(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """Share of sets whose count is wrong by at most one."""
    return _mean(scores, [float(abs(s.counted_reps - s.true_reps) <= 1) for s in scores], seed)


def exact(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """Share of sets whose count is right."""
    return _mean(scores, [float(s.counted_reps == s.true_reps) for s in scores], seed)


def mean_error(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """Mean absolute error of the counts, repetitions a set."""
    return _mean(scores, [float(abs(s.counted_reps - s.true_reps)) for s in scores], seed)


def event_f1(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """F1 of the ends of repetitions within ``EVENT_TOLERANCE_S``; ``n`` is the number of true ones."""
    parts = [(s.in_time, s.counted_reps - s.in_time, s.true_reps - s.in_time) for s in scores]
    return figure_of_sums(_sums(scores, parts), f1, sum(s.true_reps for s in scores), seed)


def latency_s(scores: Sequence[SetScore], percent: float, seed: int = 0) -> Figure:
    """A percentile of the time between a repetition's true end and its count, seconds."""
    pairs = [(s.cluster, late) for s in scores for late in s.latencies_s]
    return figure_of_percentile([late for _, late in pairs], [name for name, _ in pairs], percent, seed)


def named_right(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """Share of sets whose exercise is named right."""
    return _mean(scores, [float(s.named == s.exercise) for s in scores], seed)


def hold_error_s(scores: Sequence[SetScore], seed: int = 0) -> Figure:
    """Mean absolute error of the time for which positions were held, seconds a hold."""
    holds = [score for score in scores if score.hold_s is not None]
    return _mean(holds, [abs(s.held_s - (s.hold_s or 0.0)) for s in holds], seed)


def phantoms_per_hour(scores: Sequence[IdleScore], seed: int = 0) -> Figure:
    """Repetitions counted per hour that a person spends outside sets; ``n`` is how many were counted."""
    sums = _sums(scores, [(s.phantoms, s.hours) for s in scores])
    return figure_of_sums(sums, ratio, sum(s.phantoms for s in scores), seed)


def confusion(scores: Sequence[SetScore], idle: Sequence[IdleScore] = ()) -> dict[tuple[str, str], int]:
    """How many sets of an exercise were named how: (true, named) to number; sets found in idle time are ``idle``."""
    counts = Counter((score.exercise, score.named) for score in scores)
    counts.update((IDLE, name) for score in idle for name in score.named)
    return dict(counts)


@dataclass(frozen=True, slots=True)
class FaultFigures:
    """How well one form fault is seen, over repetitions that were found."""

    fault: str
    precision: Figure
    recall: Figure
    unsure: int
    """Repetitions with this fault whose rule could not tell from the camera's view; they count as missed."""


def fault_figures(scores: Sequence[SetScore], seed: int = 0) -> list[FaultFigures]:
    """Precision and recall of every fault that was performed or found, in order of name.

    The ``n`` of a precision is how often the fault was found, that of a recall how often it was performed.
    """
    names = sorted({fault for score in scores for rep in score.judged for fault in rep.true | rep.found})
    return [_fault_figures(name, scores, seed) for name in names]


def _fault_figures(fault: str, scores: Sequence[SetScore], seed: int) -> FaultFigures:
    parts = []
    for score in scores:
        both = sum(fault in rep.true and fault in rep.found for rep in score.judged)
        found = sum(fault in rep.found for rep in score.judged)
        true = sum(fault in rep.true for rep in score.judged)
        parts.append((both, found, true))
    sums = _sums(scores, parts)
    found_n, true_n = (int(value) for value in sums[:, 1:].sum(0))
    return FaultFigures(
        fault,
        figure_of_sums(sums[:, [0, 1]], ratio, found_n, seed),
        figure_of_sums(sums[:, [0, 2]], ratio, true_n, seed),
        sum(fault in rep.true and fault in rep.unsure for score in scores for rep in score.judged),
    )


def _mean(scores: Sequence[SetScore], values: Sequence[float], seed: int) -> Figure:
    return figure_of_mean(np.array(values, np.float64), [score.cluster for score in scores], seed)


def _sums(scores: Sequence[SetScore] | Sequence[IdleScore], parts: Sequence[tuple[float, ...]]) -> Array:
    if not scores:
        return np.zeros((0, 3))
    return sums_by_cluster(np.array(parts, np.float64), [score.cluster for score in scores])
