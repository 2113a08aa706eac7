"""One exercise counting along: its signal, its sides, and the repetitions that look like it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workers.exercise.catalogue import Exercise
from workers.exercise.counter import Cycle, WaveStream, refined
from workers.exercise.features import stir
from workers.exercise.history import SIDES, History, signal_values, signal_visibility
from workers.exercise.periodicity import self_similarity
from workers.exercise.recognise import in_posture, signature_match
from workers.exercise.results import RejectedRep
from workers.exercise.statistics import RepStatistics, rep_statistics

# A landmark that is seen less well than this is the model's guess; the signal pauses.
_SEEN = 0.2
OTHER_MOVEMENT = "other movement"
SHORT_RANGE = "short range"
# Below this a repetition is taken for another movement.
MATCH = 0.3
# A settled start lasts this long.
_BEFORE_S = 0.6
# Waves of both sides whose middles are closer than this share of their length are one repetition.
_TOGETHER_SHARE = 0.3
# A longer repetition explains no more than this: someone who keeps the arms bent while the legs work makes one long
# wave with them. Shorter, and slow repetitions would lose against pieces of them.
_EXPLAINS_S = 6.0
# A side that moves less than this share of the other is not exercising.
_STILL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repetition of one exercise, if that is what is being done."""

    cycle: Cycle
    statistics: RepStatistics
    match: float
    """0-1: how much it looks like the exercise."""
    side: str
    stir_before: float
    """Degrees: how far the joint that moved most moved in the moment before; 0 where that was not seen."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one lane makes of the recent past."""

    exercise: Exercise
    reps: list[Candidate]
    rejected: list[RejectedRep]

    @property
    def active_s(self) -> float:
        """Seconds within repetitions, at most so many in each; those of two sides at one time count once."""
        total_s, until_s = 0.0, -np.inf
        for cycle in (rep.cycle for rep in self.reps):
            total_s += min(_EXPLAINS_S, max(0.0, cycle.end_s - max(cycle.start_s, until_s)))
            until_s = max(until_s, cycle.end_s)
        return total_s

    @property
    def match(self) -> float:
        """Mean match of the repetitions, 0 without any."""
        return float(np.mean([rep.match for rep in self.reps])) if self.reps else 0.0

    @property
    def purity(self) -> float:
        """Share of the full waves of the signal that look like the exercise."""
        others = sum(rejected.reason == OTHER_MOVEMENT for rejected in self.rejected)
        return len(self.reps) / max(1, len(self.reps) + others)

    @property
    def alike(self) -> float:
        """How alike the repetitions are in all joints; 1 for a single one."""
        return self_similarity([rep.statistics.course for rep in self.reps]) if len(self.reps) > 1 else 1.0


@dataclass(slots=True)
class Lane:
    """Streams of one exercise, one per side that may count alone."""

    exercise: Exercise
    _streams: dict[str, WaveStream] = field(default_factory=dict)
    _seen: dict[tuple[float, float, float, str], Candidate | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sides = SIDES if self.exercise.each_side else SIDES[:1]
        for side in sides:
            self._streams[side] = WaveStream(self.exercise.min_range, either_end=self.exercise.starts_either_end)

    def update(self, time_s: float, features: NDArray[np.float32]) -> None:
        """Take the features (COUNT,) of one frame."""
        fits = in_posture(self.exercise.posture, features)
        row = features[np.newaxis]
        for side, stream in self._streams.items():
            visible = fits and signal_visibility(row, self.exercise.signal, side)[0] >= _SEEN
            value = self._oriented(row, side)[0] if visible else None
            stream.update(time_s, None if value is None else float(value))

    def finish(self) -> None:
        """No more frames come."""
        for stream in self._streams.values():
            stream.finish()

    def forget_before(self, time_s: float) -> None:
        """Drop what ended before ``time_s``."""
        for stream in self._streams.values():
            stream.forget_before(time_s)
        self._seen = {key: value for key, value in self._seen.items() if key[2] >= time_s}

    def not_in(self, history: History, reach_s: float) -> dict[tuple[float, float, float, str], Candidate | None]:
        """What was seen of movements whose frames are not all in the history, so that it cannot be seen again.

        ``reach_s``: what ended before it is not asked for any more.
        """
        first_s = float(history.times[0]) + _BEFORE_S if len(history.times) else np.inf
        return {key: seen for key, seen in self._seen.items() if key[0] <= first_s and key[2] >= reach_s}

    def propose(self, history: History, *, since_s: float, ended: bool) -> Proposal:
        """The repetitions since ``since_s``, as far as they are over; ``ended``: no more frames come."""
        waves = {side: stream.cycles(since_s=since_s, ended=ended) for side, stream in self._streams.items()}
        side_waves = {side: self._candidates(history, full, side) for side, (full, _) in waves.items()}
        chosen = self._chosen_sides(side_waves)
        reps = [rep for rep in chosen if rep.match >= MATCH]
        rejected = [RejectedRep(rep.cycle.peak_s, OTHER_MOVEMENT) for rep in chosen if rep.match < MATCH]
        sides = {rep.side for rep in chosen} or {"both"}
        for side in sides:
            rejected += [RejectedRep(small.peak_s, SHORT_RANGE) for small in waves[side][1]]
        return Proposal(self.exercise, reps, sorted(rejected, key=lambda r: r.at_s))

    def _oriented(self, features: NDArray[np.float32], side: str) -> NDArray[np.float32]:
        values = signal_values(features, self.exercise.signal, side)
        return values if self.exercise.active_high else -values

    def _candidates(self, history: History, cycles: Sequence[Cycle], side: str) -> list[Candidate]:
        found = (self._candidate(history, cycle, side) for cycle in cycles)
        return [candidate for candidate in found if candidate is not None]

    def _candidate(self, history: History, cycle: Cycle, side: str) -> Candidate | None:
        key = (cycle.start_s, cycle.peak_s, cycle.end_s, side)
        if key not in self._seen:
            self._seen[key] = self._inspect(history, cycle, side)
        return self._seen[key]

    def _inspect(self, history: History, cycle: Cycle, side: str) -> Candidate | None:
        times, features = history.slice(cycle.start_s, cycle.end_s)
        if len(times) < 3:
            return None
        values = self._oriented(features, side)
        if self.exercise.starts_either_end and values[np.searchsorted(times, cycle.peak_s)] < values[0]:
            values = -values
        exact = refined(cycle, times, values)
        times, features = history.slice(exact.start_s, exact.end_s)
        if len(times) < 3:
            return None
        statistics = rep_statistics(features, min(int(np.searchsorted(times, exact.peak_s)), len(times) - 1), side)
        fits = self.exercise.min_s <= exact.duration_s <= self.exercise.max_s
        match = signature_match(self.exercise.signature, statistics) if fits else 0.0
        _, before = history.slice(exact.start_s - _BEFORE_S, exact.start_s)
        return Candidate(exact, statistics, match, side, stir(before))

    def _chosen_sides(self, waves: dict[str, list[Candidate]]) -> list[Candidate]:
        """The repetitions of both sides together, of the one that moves, or of both in turn."""
        if "left" not in waves:
            return waves["both"]
        left, right, both = waves["left"], waves["right"], waves["both"]
        left_swing, right_swing = _swing(left), _swing(right)
        if not left and not right:
            return both
        if left_swing < _STILL_SHARE * right_swing:
            return right
        if right_swing < _STILL_SHARE * left_swing:
            return left
        merged = _merged(left, right)
        together = sum(candidate.side == "both" for candidate in merged)
        if together * 2 >= len(merged) and len(both) >= together:
            return both
        return merged


def _swing(candidates: Sequence[Candidate]) -> float:
    return float(np.median([candidate.cycle.swing for candidate in candidates])) if candidates else 0.0


def _merged(left: Sequence[Candidate], right: Sequence[Candidate]) -> list[Candidate]:
    """Both sides' repetitions in order of time; those of both sides at one time become one."""
    merged = list(left)
    for candidate in right:
        partner = next((i for i, other in enumerate(merged) if _at_one_time(candidate, other)), None)
        if partner is None:
            merged.append(candidate)
        else:
            larger = max(candidate, merged[partner], key=lambda c: c.cycle.swing)
            merged[partner] = replace(larger, side="both")
    return sorted(merged, key=lambda candidate: candidate.cycle.end_s)


def _at_one_time(first: Candidate, second: Candidate) -> bool:
    apart = abs(first.cycle.peak_s - second.cycle.peak_s)
    return apart <= _TOGETHER_SHARE * min(first.cycle.duration_s, second.cycle.duration_s)
