"""Who does what, when and where: performers, their actions, and from them the stance at any time and the truth.

A performer's actions follow each other; between two of them the body goes from one posture to the other in a natural
time, by way of a crouch where one of them is on the floor. Everything is a function of time and the seed.
"""

import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.motions import BACK_AT, CROUCH, EXERCISES, Exercise, phase_progress, stance, standing, walking
from ingest.rehearsal.skeleton import Body, Build, Stance, angles, blended, body, settled

Array = NDArray[np.float64]
_WALKING_M_S = 1.1
_PAUSE_S = 0.4
"""In the start posture before the first repetition and after the last one, as people take and leave it."""


@dataclass(frozen=True, slots=True)
class Train:
    """Repetitions of one exercise on the spot."""

    exercise: str
    reps: int
    tempo_s: float | None = None
    """Seconds a repetition, None for the exercise's usual time."""
    range_: float = 1.0
    """Factor on the range of every repetition; people differ by 0.85-1.05."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """Form fault by number of the repetition, counted from 1."""
    alternating: bool = False
    """Left and right take turns, one repetition each; always so for lunges."""
    facing: float | None = None
    """Heading in degrees, None to keep the one that the performer has."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Standing about."""

    seconds: float
    facing: float | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Walking straight to another place, metres on the floor."""

    to_m: tuple[float, float]


Action = Train | Rest | Walk


@dataclass(frozen=True, slots=True)
class Performer:
    """One person, where they begin, and what they do."""

    start_m: tuple[float, float]
    facing: float
    """Heading at the beginning, degrees."""
    actions: tuple[Action, ...]
    build: Build = field(default_factory=Build)
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class SetTruth:
    """One set as it was performed."""

    exercise: str
    start_s: float
    end_s: float
    rep_end_s: tuple[float, ...]
    faults: Mapping[int, str]
    """Form fault by number of the repetition, counted from 1."""


@dataclass(frozen=True, slots=True)
class _Posed:
    """A stance on its place."""

    stance: Stance
    place: Array
    heading: float
    prone: bool = False
    dumbbells: bool = False


@dataclass(frozen=True, slots=True)
class _Segment:
    start_s: float
    end_s: float
    at: Callable[[float], _Posed]
    """The posture at seconds since the segment's start."""


class Performance:
    """A performer's whole time line."""

    def __init__(self, performer: Performer, seed: int) -> None:
        """Plan all actions.

        :raises ConfigError: for an exercise, fault, number of repetitions, tempo or rest that makes no sense
        """
        self.performer = performer
        self.sets: list[SetTruth] = []
        self._segments: list[_Segment] = []
        self._rng = np.random.default_rng(seed)
        self._place = np.array(performer.start_m, float)
        self._heading = performer.facing
        for action in performer.actions:
            self._add(action)
        if not self._segments:
            raise ConfigError("a performer of the rehearsal gym has no actions; give it at least one")
        self._starts = [segment.start_s for segment in self._segments]

    @property
    def duration_s(self) -> float:
        """When the last action ends."""
        return self._segments[-1].end_s

    def body(self, time_s: float) -> tuple[Body, bool]:
        """The body at a time, and whether it holds dumb-bells; after the last action its last posture stays."""
        segment = self._segments[max(0, bisect.bisect_right(self._starts, time_s) - 1)]
        posed = segment.at(min(max(time_s, segment.start_s), segment.end_s) - segment.start_s)
        return body(self.performer.build, posed.stance, posed.place, posed.heading), posed.dumbbells

    def _add(self, action: Action) -> None:
        if isinstance(action, Walk):
            self._walk(action)
        elif isinstance(action, Rest):
            self._rest(action)
        else:
            self._train(action)

    def _append(self, seconds: float, at: Callable[[float], _Posed]) -> float:
        """Add a segment after the way into its first posture; returns when it starts."""
        start_s = 0.0
        if self._segments:
            last = self._segments[-1]
            before, after = last.at(last.end_s - last.start_s), at(0.0)
            way_s = 2.0 if before.prone != after.prone else 0.7
            turn = abs((after.heading - before.heading + 180) % 360 - 180)
            way_s = max(way_s, turn / 150)
            crouch = self._crouch() if before.prone != after.prone else None
            self._segments.append(
                _Segment(last.end_s, last.end_s + way_s, lambda t: _between(before, after, t / way_s, crouch))
            )
            start_s = last.end_s + way_s
        self._segments.append(_Segment(start_s, start_s + seconds, at))
        return start_s

    def _crouch(self) -> Stance:
        return settled(self.performer.build, angles(CROUCH), hands_on_floor=True)

    def _walk(self, action: Walk) -> None:
        start, way = self._place, np.array(action.to_m, float) - self._place
        length = float(np.linalg.norm(way))
        if length < 1e-6:
            return
        # Heading 0 faces north (y), counter-clockwise.
        heading = float(np.degrees(np.arctan2(-way[0], way[1])))
        build = self.performer.build

        def at(t: float) -> _Posed:
            gone = min(length, t * _WALKING_M_S)
            return _Posed(walking(build, gone), start + way / length * gone, heading)

        self._append(length / _WALKING_M_S, at)
        self._place, self._heading = start + way, heading

    def _rest(self, action: Rest) -> None:
        if action.seconds <= 0:
            raise ConfigError(f"a rest of {action.seconds} s in the rehearsal gym; it must last more than 0 s")
        if action.facing is not None:
            self._heading = action.facing
        place, heading, build = self._place, self._heading, self.performer.build
        seed = int(self._rng.integers(2**31))
        self._append(action.seconds, lambda t: _Posed(standing(build, t, seed), place, heading))

    def _train(self, action: Train) -> None:
        exercise = _checked(action)
        if action.facing is not None:
            self._heading = action.facing
        tempo_s = action.tempo_s or exercise.period_s
        # People are no metronomes: a few per cent from repetition to repetition.
        lengths = tempo_s * self._rng.uniform(0.94, 1.06, action.reps)
        ranges = action.range_ * self._rng.uniform(0.97, 1.0, action.reps)
        begins = _PAUSE_S + np.concatenate([[0.0], np.cumsum(lengths)])
        alternating = action.alternating or exercise.steps
        place, heading, build = self._place, self._heading, self.performer.build

        def at(t: float) -> _Posed:
            rep = min(max(0, int(np.searchsorted(begins, t, side="right")) - 1), action.reps - 1)
            phase = min(1.0, max(0.0, (t - begins[rep]) / lengths[rep]))
            posture = stance(
                action.exercise,
                build,
                phase_progress(phase),
                range_=float(ranges[rep]),
                fault=action.faults.get(rep + 1),
                side=rep % 2 if alternating else None,
            )
            return _Posed(posture, place, heading, exercise.hands_on_floor, exercise.dumbbells)

        start_s = self._append(float(begins[-1]) + _PAUSE_S, at)
        ends = tuple(float(start_s + begin + BACK_AT * length) for begin, length in zip(begins, lengths, strict=False))
        self.sets.append(SetTruth(action.exercise, start_s + _PAUSE_S, ends[-1], ends, dict(action.faults)))


def _checked(action: Train) -> Exercise:
    """The exercise of an action whose numbers make sense."""
    exercise = EXERCISES.get(action.exercise)
    if exercise is None:
        known = ", ".join(EXERCISES)
        raise ConfigError(f"the rehearsal gym knows no exercise {action.exercise!r}; it knows {known}")
    if action.reps < 1:
        raise ConfigError(f"{action.reps} repetitions of {action.exercise} in the rehearsal gym; it takes at least 1")
    if action.tempo_s is not None and action.tempo_s <= 0:
        raise ConfigError(f"a tempo of {action.tempo_s} s for {action.exercise}; it must be more than 0 s")
    for rep, fault in action.faults.items():
        if fault not in exercise.faults:
            known = ", ".join(exercise.faults)
            raise ConfigError(f"{action.exercise} has no fault {fault!r} in the rehearsal gym; it has {known}")
        if not 1 <= rep <= action.reps:
            raise ConfigError(f"a fault at repetition {rep} of {action.exercise}, which has {action.reps}")
    return exercise


def _between(before: _Posed, after: _Posed, share: float, crouch: Stance | None) -> _Posed:
    """On the way from one posture to another, share 0-1; by way of the crouch if there is one."""
    turn = (after.heading - before.heading + 180) % 360 - 180
    eased = 0.5 - 0.5 * float(np.cos(np.pi * min(1.0, max(0.0, share))))
    if crouch is None:
        now = blended(before.stance, after.stance, eased)
    elif share < 0.5:
        now = blended(before.stance, crouch, 0.5 - 0.5 * float(np.cos(2 * np.pi * share)))
    else:
        now = blended(crouch, after.stance, 0.5 + 0.5 * float(np.cos(2 * np.pi * share)))
    place = before.place + (after.place - before.place) * eased
    # What is picked up or put down changes hands in the middle of the way.
    held = before.dumbbells if share < 0.5 else after.dumbbells
    return _Posed(now, place, before.heading + turn * eased, before.prone, held)


def demo_performers() -> tuple[Performer, ...]:
    """The two people of the demonstration: one squats, rests and curls, the other does push-ups and walks a bit."""
    return (
        Performer(
            start_m=(-1.25, 0.0),
            facing=240.0,
            actions=(
                Rest(1.2),
                Train("squat", 8, tempo_s=2.1, faults={4: "shallow", 7: "shallow"}),
                Rest(2.0),
                Train("biceps_curl", 6, tempo_s=2.0, facing=200.0),
                Rest(1.5),
            ),
            build=Build(1.80, 1.03, 1.04),
        ),
        Performer(
            start_m=(1.2, 0.15),
            facing=115.0,
            actions=(
                Rest(1.5),
                Train("push_up", 7, tempo_s=1.9, facing=82.0),
                Walk((2.0, 0.9)),
                Walk((1.0, 0.5)),
                Rest(2.0, facing=170.0),
                Train("lateral_raise", 3, tempo_s=2.5),
                Rest(1.2),
            ),
            build=Build(1.68, 0.96, 0.94),
            look=Look(
                skin=(105, 135, 185), hair=(22, 24, 30), shirt=(120, 150, 60), shorts=(50, 45, 90), shoes=(60, 60, 70)
            ),
        ),
    )
