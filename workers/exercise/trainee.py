"""One person's training as it unfolds: landmarks in, sets and repetitions out.

Every exercise of the catalogue counts along on its own signal at all times; the one whose repetitions look most like it
names the set. Nothing looks ahead: what is said at a moment rests on the frames up to it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workers.exercise.catalogue import Catalogue, Exercise
from workers.exercise.choice import FREE_MOVEMENTS, are_firm, best_proposal
from workers.exercise.classifier import TemporalClassifier
from workers.exercise.features import frame_features
from workers.exercise.form import judge
from workers.exercise.history import History, signal_values
from workers.exercise.hold import Hold, HoldLane
from workers.exercise.lane import Candidate, Lane, Proposal
from workers.exercise.opinion import Opinion, ask_together
from workers.exercise.results import UNKNOWN, ExerciseSet, ProgressTrace, RejectedRep, Rep
from workers.exercise.statistics import rep_statistics, unit_of

# How often the lanes are compared. Each comparison costs as much as five to twenty frames, more the longer the set.
_COMPARE_EVERY_S = 0.25
# A longer rest ends the set. Shorter would split sets of people who breathe between heavy repetitions.
_REST_S = 8.0
_REST_PERIODS = 2.5
# Who is hidden or lost is not resting, as long as it is for no longer than this; a machine's user who walks off is.
_ABSENCE_S = 10.0
# A step between two frames that is longer than this is an absence; slower cameras cannot count anyway.
_ABSENT_STEP_S = 1.0
# How far back a new set may reach.
_REACH_BACK_S = 40.0
# What belongs to a set begins this long before its first repetition.
_LEAD_S = 4.0
# After this long without a repetition, two of another exercise begin a set of their own.
_CHANGE_S = 2.0
# Repetitions older than this are settled: their number no longer changes with what is typical for the set. Longer, and
# comparing a long set costs as much as finding the pose.
_SETTLED_S = 30.0
# Over how many of the last repetitions rest and far end are taken for the progress bar.
_PROGRESS_REPS = 3


@dataclass(frozen=True, slots=True)
class Status:
    """What a screen shows of a person right now."""

    exercise: str
    reps: int
    tentative: int
    cue: str
    """What to tell the person about the last repetition; empty where it was fine."""
    hold_s: float | None = None
    progress: float | None = None
    """Where in the repetition the person is: 0 at rest, 1 at the far end; None while nothing is counted."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A set as it stands, for whoever tells others of it while it grows."""

    key: str
    """Stays the same while the set grows; unique within the trainee."""
    found: ExerciseSet
    """Without its trace."""
    over: bool
    """It will not change any more."""


@dataclass(slots=True)
class OpenSet:
    """The set that is going on."""

    number: int
    """Counts the sets that the trainee began, from 1; some are dropped again."""
    proposal: Proposal
    score: float
    since_s: float
    """Where the lanes start to count: before the first repetition that is not settled."""
    settled: list[Rep] = field(default_factory=list)
    rejected: list[RejectedRep] = field(default_factory=list)
    """What was not counted in the time that is settled."""
    traced: list[tuple[str, NDArray[np.float64], NDArray[np.float32]]] = field(default_factory=list)
    """Signal, times and values of what is settled, whose features are forgotten."""

    @property
    def last_end_s(self) -> float:
        """When its last repetition ended."""
        return self.proposal.reps[-1].cycle.end_s


class Trainee:
    """Counts one person; feed it every frame in which the person is seen, in order of time."""

    def __init__(self, catalogue: Catalogue, classifier: TemporalClassifier | None = None) -> None:
        """``catalogue``: the exercises that may occur; ``classifier``: weighs their signatures where given."""
        exercises = catalogue.exercises.values()
        self._lanes = [Lane(exercise) for exercise in exercises if exercise.kind == "reps"]
        self._free_lanes = [Lane(exercise) for exercise in FREE_MOVEMENTS]
        self._hold_lanes = [HoldLane(exercise) for exercise in exercises if exercise.kind == "hold"]
        self._opinion = Opinion(classifier) if classifier is not None else None
        self._history = History()
        self._since_s = -np.inf
        self._now_s = -np.inf
        self._next_comparison_s = -np.inf
        self._open: OpenSet | None = None
        self._closed: list[tuple[int, ExerciseSet]] = []
        self._counted_s: dict[float, float] = {}
        self._began = 0
        self.comparisons = 0
        """How often the lanes were compared: what is said of counted sets changes only then."""
        self._shown: tuple[int, Status, tuple[float, float] | None] = (-1, Status("", 0, 0, ""), None)

    def update(self, time_s: float, landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> None:
        """Take one frame.

        ``time_s``: capture time, increasing; ``landmarks`` (33, 4) and ``world`` (33, 3) float32 as in TrackedPerson.
        A frame that is not later than the one before, or whose landmarks are not all numbers, shows nothing new and is
        passed over.
        """
        opinion = self.look(time_s, landmarks, world)
        if time_s <= self._now_s or not (np.isfinite(landmarks).all() and np.isfinite(world).all()):
            return
        if opinion is not None:
            ask_together([opinion], time_s)
        features = frame_features(landmarks, world)
        self._now_s = time_s
        self._history.append(time_s, features)
        for lane in (*self._lanes, *self._free_lanes):
            lane.update(time_s, features)
        for hold_lane in self._hold_lanes:
            hold_lane.update(time_s, features)
        if time_s >= self._next_comparison_s:
            self._next_comparison_s = time_s + _COMPARE_EVERY_S
            self._compare(ended=False)

    def look(self, time_s: float, landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> Opinion | None:
        """Show the frame to the classifier's opinion alone, and give it: so that several can be asked together.

        Takes what ``update`` takes, which does the same where it was not done before; None without a classifier.
        """
        if self._opinion is not None and np.isfinite(landmarks).all() and np.isfinite(world).all():
            self._opinion.see(time_s, landmarks, world)
        return self._opinion

    def finish(self) -> list[ExerciseSet]:
        """No more frames come: the sets, the last one closed."""
        for lane in (*self._lanes, *self._free_lanes):
            lane.finish()
        self._compare(ended=True)
        while self._open is not None:
            # What came after the last set, too little yet to end it, is a set of its own now.
            self._close_set()
            self._compare(ended=True)
        return self.sets()

    def sets(self) -> list[ExerciseSet]:
        """All sets so far in order of time, the one that is going on included."""
        current = [self._as_set(self._open)] if self._open is not None else []
        counted = [*(found for _, found in self._closed), *current]
        held = [_held_set(lane, hold) for lane in self._hold_lanes for hold in lane.holds()]
        alone = [hold for hold in held if not _inside_any(hold, counted)]
        return sorted([*counted, *alone], key=lambda found: found.start_s)

    def followed(self) -> list[Followed]:
        """All sets so far, each under a key of its own; as ``sets``, but cheap enough to ask four times a second."""
        counted = [Followed(f"set {number}", found, True) for number, found in self._closed]
        if self._open is not None:
            counted.append(Followed(f"set {self._open.number}", self._as_set(self._open, traced=False), False))
        others = [each.found for each in counted]
        reach_s = self._now_s - _REACH_BACK_S - _LEAD_S
        for lane in self._hold_lanes:
            for hold in lane.holds():
                if not _inside_any(hold, others):
                    over = hold.end_s < reach_s
                    found = _held_set(lane, hold)
                    counted.append(Followed(_hold_key(lane, hold), found, over))
        return sorted(counted, key=lambda each: each.found.start_s)

    def drop_before(self, time_s: float) -> None:
        """Let go of the sets and holds that ended before a time and were told to others; for a long visit."""
        self._closed = [(number, found) for number, found in self._closed if found.end_s >= time_s]
        for lane in self._hold_lanes:
            lane.drop_before(time_s)

    @property
    def current_key(self) -> str:
        """Key of the set that ``status`` shows, as in ``followed``; empty while there is none."""
        if self._open is not None:
            return f"set {self._open.number}"
        return next((_hold_key(lane, hold) for lane, hold in self._current_holds()), "")

    @property
    def reach_s(self) -> float:
        """How far back a set that is still to come, or to change, may begin."""
        return max(self._since_s, self._now_s - _REACH_BACK_S)

    @property
    def features(self) -> NDArray[np.float32] | None:
        """(COUNT,) float32: those of the newest frame; None before the first."""
        return self._history.features[-1] if len(self._history.times) else None

    def status(self) -> Status:
        """What to show now."""
        if self._open is not None:
            if self._shown[0] != self.comparisons:
                self._shown = (self.comparisons, self._counted_status(self._open), self._ends(self._open))
            _, status, ends = self._shown
            return status if ends is None else replace(status, progress=self._progress(self._open, ends))
        for lane, hold in self._current_holds():
            cues = [v.cue for v in _held_set(lane, hold).hold_verdicts if v.verdict == "fault"]
            return Status(lane.exercise.name, 0, 0, cues[0] if cues else "", hold.duration_s)
        return Status(self._opinion.decided if self._opinion is not None else "", 0, 0, "")

    def _current_holds(self) -> Iterator[tuple[HoldLane, Hold]]:
        for lane in self._hold_lanes:
            for hold in lane.holds():
                if self._now_s - hold.end_s < _COMPARE_EVERY_S:
                    yield lane, hold

    def _counted_status(self, current: OpenSet) -> Status:
        reps = self._reps(current)
        cues = [v.cue for v in reps[-1].verdicts if v.verdict == "fault"]
        tentative = sum(rep.tentative for rep in reps)
        return Status(_shown_name(current), len(reps) - tentative, tentative, cues[0] if cues else "")

    def _ends(self, current: OpenSet) -> tuple[float, float] | None:
        """The signal at rest and at the far end of the last repetitions; None where it cannot be told."""
        newest = current.proposal.reps[-_PROGRESS_REPS:]
        values = []
        for cycle in (rep.cycle for rep in newest):
            times, signal = self._signal(current.proposal, cycle.start_s, cycle.end_s)
            if len(times):
                peak = min(int(np.searchsorted(times, cycle.peak_s)), len(times) - 1)
                values.append((float(signal[0]), float(signal[peak])))
        if not values:
            return None
        rest, far = (float(value) for value in np.median(values, axis=0))
        return (rest, far) if rest != far else None

    def _progress(self, current: OpenSet, ends: tuple[float, float]) -> float | None:
        row = self._history.features[-1:]
        side = current.proposal.reps[-1].side
        value = float(signal_values(row, current.proposal.exercise.signal, side)[0])
        share = (value - ends[0]) / (ends[1] - ends[0])
        return min(max(share, 0.0), 1.0) if math.isfinite(share) else None

    def _compare(self, *, ended: bool) -> None:
        self.comparisons += 1
        if self._open is not None and not ended and (self._is_over(self._open) or self._is_another(self._open)):
            self._close_set()
        since_s = self.reach_s if self._open is None else self._open.since_s
        best, score = self._best_since(since_s, self._open, ended=ended)
        if best is None:
            if self._open is not None and not self._open.settled:
                self._open = None
            self._forget()
            return
        for rep in best.reps:
            self._counted_s.setdefault(rep.cycle.peak_s, self._now_s)
        if self._open is None:
            self._began += 1
            since_s = max(self._since_s, best.reps[0].cycle.start_s - _LEAD_S)
            self._open = OpenSet(self._began, best, score, since_s)
        else:
            self._open.proposal, self._open.score = best, score
            self._settle(self._open)
        self._forget()

    def _best_since(
        self, since_s: float, current: OpenSet | None, *, ended: bool = False
    ) -> tuple[Proposal | None, float]:
        known = [lane.propose(self._history, since_s=since_s, ended=ended) for lane in self._lanes]
        free = [lane.propose(self._history, since_s=since_s, ended=ended) for lane in self._free_lanes]
        return best_proposal(known, free, current.proposal.exercise if current is not None else None, self._opinion)

    def _is_over(self, current: OpenSet) -> bool:
        periods = [rep.cycle.duration_s for rep in current.proposal.reps] or [0.0]
        steps = np.diff(self._history.slice(current.last_end_s, self._now_s)[0])
        absent_s = min(_ABSENCE_S, float(steps[steps > _ABSENT_STEP_S].sum()))
        rested_s = self._now_s - current.last_end_s - absent_s
        return rested_s > max(_REST_S, _REST_PERIODS * float(np.median(periods)))

    def _is_another(self, current: OpenSet) -> bool:
        """Whether another exercise has begun since the last repetition of this one."""
        if self._now_s - current.last_end_s < _CHANGE_S:
            return False
        best, _ = self._best_since(current.last_end_s, None)
        if best is None or len(best.reps) < 2:
            return False
        return best.exercise is not current.proposal.exercise and best.reps[0].cycle.start_s >= current.last_end_s

    def _settle(self, current: OpenSet) -> None:
        """Fix the repetitions of long ago, so that a long set costs no more than a short one."""
        old = [rep for rep in current.proposal.reps if rep.cycle.end_s < self._now_s - _SETTLED_S]
        if len(current.proposal.reps) - len(old) < 2:
            return
        for rep in old:
            current.settled.append(self._as_rep(rep, current.proposal.exercise, firm=True))
        if old:
            times, values = self._signal(current.proposal, current.since_s, old[-1].cycle.end_s)
            current.traced.append((current.proposal.exercise.signal, times[:-1].copy(), values[:-1].copy()))
            current.since_s = old[-1].cycle.end_s
            current.rejected += [r for r in current.proposal.rejected if r.at_s < current.since_s]
            current.proposal = replace(current.proposal, reps=current.proposal.reps[len(old) :])

    def _close_set(self) -> None:
        if self._open is None:
            return
        closed = self._as_set(self._open)
        self._closed.append((self._open.number, closed))
        self._since_s = closed.end_s
        self._open = None
        self._forget()

    def _forget(self) -> None:
        """Drop what no set can reach any more; now and then, because it moves everything that stays."""
        horizon_s = min(self.reach_s, self._open.since_s if self._open is not None else np.inf) - _LEAD_S
        if len(self._history.times) and self._history.times[0] < horizon_s - _REACH_BACK_S / 2:
            self._history.forget_before(horizon_s)
            self._counted_s = {peak_s: when_s for peak_s, when_s in self._counted_s.items() if peak_s >= horizon_s}
            for lane in (*self._lanes, *self._free_lanes):
                lane.forget_before(horizon_s)
            if self._opinion is not None:
                self._opinion.forget_before(horizon_s)

    def _reps(self, current: OpenSet) -> list[Rep]:
        proposal = current.proposal
        firm = bool(current.settled) or are_firm(proposal)
        return [*current.settled, *(self._as_rep(rep, proposal.exercise, firm=firm) for rep in proposal.reps)]

    def _as_set(self, current: OpenSet, *, traced: bool = True) -> ExerciseSet:
        proposal, reps = current.proposal, self._reps(current)
        start_s, end_s = reps[0].start_s, reps[-1].end_s
        return ExerciseSet(
            exercise=_shown_name(current),
            confidence=float(min(1.0, current.score)),
            start_s=start_s,
            end_s=end_s,
            reps=reps,
            rejected=[
                *current.rejected,
                *(r for r in proposal.rejected if max(start_s - _LEAD_S, current.since_s) <= r.at_s <= end_s + _LEAD_S),
            ],
            unit=unit_of(proposal.exercise.signal),
            trace=self._trace(current, start_s - _LEAD_S, end_s + _LEAD_S) if traced else None,
        )

    def _as_rep(self, candidate: Candidate, exercise: Exercise, *, firm: bool) -> Rep:
        cycle = candidate.cycle
        return Rep(
            start_s=cycle.start_s,
            end_s=cycle.end_s,
            counted_s=self._counted_s.get(cycle.peak_s, self._now_s),
            span=cycle.swing,
            tentative=not firm,
            verdicts=judge(exercise.form, candidate.statistics),
        )

    def _trace(self, current: OpenSet, start_s: float, end_s: float) -> ProgressTrace:
        signal = current.proposal.exercise.signal
        parts = [(times, values) for traced, times, values in current.traced if traced == signal]
        parts.append(self._signal(current.proposal, current.since_s if parts else start_s, end_s))
        times, values = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return ProgressTrace(tuple(times.tolist()), tuple(values.tolist()), unit_of(signal))

    def _signal(
        self, proposal: Proposal, start_s: float, end_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Times and values of the signal on which a proposal was counted."""
        times, features = self._history.slice(start_s, end_s)
        return times, signal_values(features, proposal.exercise.signal, proposal.reps[-1].side)


def _shown_name(current: OpenSet) -> str:
    return UNKNOWN if current.proposal.exercise in FREE_MOVEMENTS else current.proposal.exercise.name


def _hold_key(lane: HoldLane, hold: Hold) -> str:
    return f"{lane.exercise.name} {hold.start_s:.6f}"


def _held_set(lane: HoldLane, hold: Hold) -> ExerciseSet:
    statistics = rep_statistics(np.stack([hold.features, hold.features]), 0, "both")
    return ExerciseSet(
        exercise=lane.exercise.name,
        confidence=1.0,
        start_s=hold.start_s,
        end_s=hold.end_s,
        hold_s=hold.duration_s,
        hold_verdicts=judge(lane.exercise.form, statistics),
    )


def _inside_any(hold: Hold | ExerciseSet, counted: Sequence[ExerciseSet]) -> bool:
    """Whether a hold is only a pause of one of these sets of repetitions."""
    return any(_inside(hold, other) for other in counted)


def _inside(hold: Hold | ExerciseSet, counted: ExerciseSet) -> bool:
    common_s = min(hold.end_s, counted.end_s + _LEAD_S) - max(hold.start_s, counted.start_s - _LEAD_S)
    return common_s > 0.5 * (hold.end_s - hold.start_s)
