"""Who does what, when and where: performers, their actions, and from them the stance at any time and the truth.

A performer's actions follow each other; between two of them the body goes from one posture to the other in a natural
time, by way of those stances that lie on the way to and from the floor, a bench or a bar. Everything is a function of
time and the seed.
"""

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from ingest.rehearsal.equipment import DECK_HEIGHT_M
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.motions import (
    BACK_AT,
    EXERCISES,
    IDLE,
    Exercise,
    Held,
    Moment,
    entry,
    idle,
    repetition,
    standing,
    tired,
    walking,
)
from ingest.rehearsal.skeleton import Body, Build, blended, body, raised
from ingest.rehearsal.truth import ActivityTruth, SetTruth

Array = NDArray[np.float64]
WALKING_M_S = 1.1
ON_TREADMILL = "walking"
IDLE_ACTIONS = (*IDLE, ON_TREADMILL)
"""What people can do that is no exercise."""
_PAUSE_S = 0.4
"""In the start posture before the first repetition and after the last one, as people take and leave it."""
_HOLD_WAY_S = 1.0
"""Into a held posture from its start, and out of it."""
_LEG_S, _DOWN_S = 0.7, 1.0
"""From one posture to the next, on the feet and to or from the floor, a bench or a bar."""
_STEP_M = 0.3
"""A place farther away than a step is walked to."""
_ABORTED_TIME, _ABORTED_RANGE = 0.55, 0.35
"""A broken-off attempt, beside a repetition: well short of the 0.55 or so of a shallow one that still counts."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody trains at a station."""

    station: str
    place_m: tuple[float, float]
    heading: float
    """Degrees."""


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
    """Heading in degrees, None to keep the one that the performer has, or that of the spot."""
    fatigue: float = 0.0
    """How much longer the last repetition takes than the first, as a share of the tempo; it also goes less far."""
    aborted: frozenset[int] = frozenset()
    """Before these repetitions comes an attempt that is broken off and does not count."""
    spot: Spot | None = None
    """None to train where the performer is."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A held exercise."""

    exercise: str
    seconds: float
    fault: str | None = None
    facing: float | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Standing about."""

    seconds: float
    facing: float | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Doing something that is no exercise."""

    name: str
    seconds: float
    facing: float | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Walking straight to another place, metres on the floor."""

    to_m: tuple[float, float]
    speed_m_s: float = WALKING_M_S


@dataclass(frozen=True, slots=True)
class Leave:
    """Being gone from here on; the last action."""


Action = Train | Hold | Rest | Idle | Walk | Leave


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
class _Posed:
    """A moment on its place."""

    moment: Moment
    place: Array
    heading: float
    activity: str = ""
    """The exercise, or what is sat on, that has stances on the way to it; empty for what is done on the feet."""


@dataclass(frozen=True, slots=True)
class _Segment:
    start_s: float
    end_s: float
    at: Callable[[float], _Posed]
    """The posture at seconds since the segment's start."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One repetition within a set, or an attempt at it that is broken off."""

    rep: int
    begin_s: float
    """Seconds since the set's segment began."""
    length_s: float
    range_: float
    counts: bool = True

    @property
    def end_s(self) -> float:
        """When the body is back."""
        return self.begin_s + BACK_AT * self.length_s


class Performance:
    """A performer's whole time line."""

    def __init__(self, performer: Performer, seed: int) -> None:
        """Plan all actions.

        :raises ConfigError: for an exercise, fault, number of repetitions, tempo or rest that makes no sense
        """
        self.performer = performer
        self.sets: list[SetTruth] = []
        self.activities: list[ActivityTruth] = []
        self.leaves_s: float | None = None
        """When the performer is gone; None for someone who stays."""
        self._segments: list[_Segment] = []
        self._rng = np.random.default_rng(seed)
        self._place = np.array(performer.start_m, float)
        self._heading = performer.facing
        self._aside: Array | None = None
        """Where within a station the performer is; None at ``_place``."""
        for action in performer.actions:
            self._add(action)
        if not self._segments:
            raise ConfigError("a performer of the rehearsal gym has no actions; give it at least one")
        self._starts = [segment.start_s for segment in self._segments]

    @property
    def duration_s(self) -> float:
        """When the last action ends."""
        return self._segments[-1].end_s

    def present(self, time_s: float) -> bool:
        """Whether the performer is on the floor."""
        return self.leaves_s is None or time_s < self.leaves_s

    def place(self, time_s: float) -> Array:
        """Where the performer is, (2,) metres: the station of the stance, within a step of the body's middle."""
        return self._posed(time_s).place

    def body(self, time_s: float) -> tuple[Body, Held | None]:
        """The body at a time, and what it holds; after the last action its last posture stays."""
        posed = self._posed(time_s)
        return body(self.performer.build, posed.moment.stance, posed.place, posed.heading), posed.moment.held

    def _posed(self, time_s: float) -> _Posed:
        segment = self._segments[max(0, bisect.bisect_right(self._starts, time_s) - 1)]
        return segment.at(min(max(time_s, segment.start_s), segment.end_s) - segment.start_s)

    def _add(self, action: Action) -> None:
        match action:
            case Walk():
                self._walk(action)
            case Rest():
                self._stand(action.seconds, action.facing)
            case Idle():
                self._idle(action)
            case Hold():
                self._hold(action)
            case Train():
                self._train(action)
            case Leave():
                self.leaves_s = self._segments[-1].end_s if self._segments else 0.0

    def _append(self, kind: str, seconds: float, at: Callable[[float], _Posed]) -> float:
        """Add a segment after the way into its first posture; returns when it starts."""
        start_s = 0.0
        if self._segments:
            last = self._segments[-1]
            nodes = self._nodes(last.at(last.end_s - last.start_s), at(0.0))
            lengths = [_leg_s(before, after) for before, after in pairwise(nodes)]
            ends = np.cumsum(lengths)
            start_s = last.end_s + float(ends[-1])
            self._segments.append(_Segment(last.end_s, start_s, lambda t: _on_the_way(nodes, ends, t)))
            self.activities.append(ActivityTruth("way", last.end_s, start_s))
        self._segments.append(_Segment(start_s, start_s + seconds, at))
        self.activities.append(ActivityTruth(kind, start_s, start_s + seconds))
        return start_s

    def _nodes(self, before: _Posed, after: _Posed) -> list[_Posed]:
        """The postures to pass through from one to another, both included."""
        if before.activity == after.activity:
            return [before, after]
        build = self.performer.build
        out = entry(before.activity, build)[::-1] if before.activity else ()
        into = entry(after.activity, build) if after.activity else ()
        # What is held is put down before getting up, and picked up after lying down.
        return [
            before,
            *(replace(before, moment=Moment(each)) for each in out),
            *(replace(after, moment=Moment(each)) for each in into),
            after,
        ]

    def _go(self, spot: Spot | None, facing: float | None) -> tuple[Array, float]:
        """Go to where an action is done; returns the place and which way the performer faces there."""
        if spot is None:
            self._step_back()
            if facing is not None:
                self._heading = facing
            return self._place, self._heading
        here = self._place if self._aside is None else self._aside
        there = np.array(spot.place_m, float)
        if float(np.linalg.norm(there - here)) > _STEP_M:
            self._straight(here, there, WALKING_M_S)
        self._aside = there
        return there, spot.heading if facing is None else facing

    def _step_back(self) -> None:
        """Return from a spot within a station to where one came to the station."""
        if self._aside is not None and float(np.linalg.norm(self._place - self._aside)) > _STEP_M:
            self._straight(self._aside, self._place, WALKING_M_S)
        self._aside = None

    def _walk(self, action: Walk) -> None:
        self._step_back()
        there = np.array(action.to_m, float)
        if float(np.linalg.norm(there - self._place)) > 1e-6:
            self._heading = self._straight(self._place, there, action.speed_m_s)
        self._place = there

    def _straight(self, start: Array, there: Array, speed_m_s: float) -> float:
        """Walk from one place to another; returns the heading."""
        way = there - start
        length = float(np.linalg.norm(way))
        # Heading 0 faces north (y), counter-clockwise.
        heading = float(np.degrees(np.arctan2(-way[0], way[1])))
        build = self.performer.build

        def at(t: float) -> _Posed:
            gone = min(length, t * speed_m_s)
            return _Posed(Moment(walking(build, gone, length)), start + way / length * gone, heading)

        self._append("walk", length / speed_m_s, at)
        return heading

    def _stand(self, seconds: float, facing: float | None) -> None:
        if seconds <= 0:
            raise ConfigError(f"a rest of {seconds} s in the rehearsal gym; it must last more than 0 s")
        place, heading = self._go(None, facing)
        build, seed = self.performer.build, int(self._rng.integers(2**31))
        self._append("rest", seconds, lambda t: _Posed(Moment(standing(build, t, seed)), place, heading))

    def _idle(self, action: Idle) -> None:
        if action.seconds <= 0:
            raise ConfigError(f"{action.name} for {action.seconds} s in the rehearsal gym; it must last more than 0 s")
        if action.name not in IDLE_ACTIONS:
            known = ", ".join(IDLE_ACTIONS)
            raise ConfigError(f"the rehearsal gym knows no idle action {action.name!r}; it knows {known}")
        place, heading = self._go(action.spot, action.facing)
        build, seed = self.performer.build, int(self._rng.integers(2**31))
        seated = "sitting" if action.name == "sitting" else ""

        def at(t: float) -> _Posed:
            moment = _on_belt(build, t) if action.name == ON_TREADMILL else idle(action.name, build, t, seed)
            return _Posed(moment, place, heading, seated)

        self._append(action.name, action.seconds, at)

    def _hold(self, action: Hold) -> None:
        exercise = _known(action.exercise)
        if not exercise.hold:
            raise ConfigError(f"{action.exercise} is not held in the rehearsal gym; give it repetitions")
        if action.seconds <= 0:
            raise ConfigError(
                f"a {action.exercise} of {action.seconds} s in the rehearsal gym; it must be more than 0 s"
            )
        if action.fault is not None:
            _check_fault(action.exercise, action.fault)
        place, heading = self._go(action.spot, action.facing)
        build = self.performer.build
        times = [0.0, _HOLD_WAY_S, _HOLD_WAY_S + action.seconds, 2 * _HOLD_WAY_S + action.seconds]
        phases = [0.0, 0.1, BACK_AT - 0.1, BACK_AT]

        def at(t: float) -> _Posed:
            phase = float(np.interp(t, times, phases))
            moment = repetition(action.exercise, build, phase, fault=action.fault)
            return _Posed(moment, place, heading, action.exercise)

        start_s = self._append("train", times[-1], at) + _HOLD_WAY_S
        self.sets.append(
            SetTruth(
                action.exercise,
                start_s,
                start_s + action.seconds,
                (),
                {1: action.fault} if action.fault else {},
                hold_s=action.seconds,
                station=action.spot.station if action.spot else None,
            )
        )

    def _train(self, action: Train) -> None:
        exercise = _checked(action)
        place, heading = self._go(action.spot, action.facing)
        build, attempts = self.performer.build, self._attempts(action, exercise)
        begins = np.array([each.begin_s for each in attempts])
        alternating = action.alternating or exercise.steps

        def at(t: float) -> _Posed:
            attempt = attempts[max(0, int(np.searchsorted(begins, t, side="right")) - 1)]
            phase = min(1.0, max(0.0, (t - attempt.begin_s) / attempt.length_s))
            moment = repetition(
                action.exercise,
                build,
                phase,
                range_=attempt.range_,
                fault=action.faults.get(attempt.rep) if attempt.counts else None,
                side=(attempt.rep - 1) % 2 if alternating else None,
            )
            return _Posed(moment, place, heading, action.exercise)

        last = attempts[-1]
        start_s = self._append("train", last.begin_s + last.length_s + _PAUSE_S, at)
        ends = tuple(start_s + each.end_s for each in attempts if each.counts)
        self.sets.append(
            SetTruth(
                action.exercise,
                start_s + _PAUSE_S,
                ends[-1],
                ends,
                dict(action.faults),
                aborted_s=tuple(start_s + each.end_s for each in attempts if not each.counts),
                station=action.spot.station if action.spot else None,
            )
        )

    def _attempts(self, action: Train, exercise: Exercise) -> "list[_Attempt]":
        """When each repetition and each broken-off attempt of a set begins, how long and how far it goes."""
        # People are no metronomes: a few per cent from repetition to repetition.
        lengths = (action.tempo_s or exercise.period_s) * self._rng.uniform(0.94, 1.06, action.reps)
        ranges = action.range_ * self._rng.uniform(0.97, 1.0, action.reps)
        attempts: list[_Attempt] = []
        begin_s = _PAUSE_S
        for rep in range(1, action.reps + 1):
            longer, shorter = tired(rep - 1, action.reps, action.fatigue)
            length_s, range_ = float(lengths[rep - 1]) * longer, float(ranges[rep - 1]) * shorter
            if rep in action.aborted:
                broken_s = _ABORTED_TIME * length_s
                attempts.append(_Attempt(rep, begin_s, broken_s, _ABORTED_RANGE * range_, counts=False))
                begin_s += broken_s
            attempts.append(_Attempt(rep, begin_s, length_s, range_))
            begin_s += length_s
        return attempts


def _on_belt(build: Build, time_s: float) -> Moment:
    """Somebody who walks on a treadmill."""
    up = np.array([0.0, 0.0, DECK_HEIGHT_M])
    return Moment(raised(walking(build, time_s * WALKING_M_S), up, (DECK_HEIGHT_M, DECK_HEIGHT_M)))


def _known(name: str) -> Exercise:
    exercise = EXERCISES.get(name)
    if exercise is None:
        known = ", ".join(EXERCISES)
        raise ConfigError(f"the rehearsal gym knows no exercise {name!r}; it knows {known}")
    return exercise


def _check_fault(name: str, fault: str) -> None:
    if fault not in EXERCISES[name].faults:
        known = ", ".join(EXERCISES[name].faults)
        raise ConfigError(f"{name} has no fault {fault!r} in the rehearsal gym; it has {known}")


def _checked(action: Train) -> Exercise:
    """The exercise of an action whose numbers make sense."""
    exercise = _known(action.exercise)
    if exercise.hold:
        raise ConfigError(f"{action.exercise} has no repetitions in the rehearsal gym; say for how long it is held")
    if action.reps < 1:
        raise ConfigError(f"{action.reps} repetitions of {action.exercise} in the rehearsal gym; it takes at least 1")
    if action.tempo_s is not None and action.tempo_s <= 0:
        raise ConfigError(f"a tempo of {action.tempo_s} s for {action.exercise}; it must be more than 0 s")
    for rep, fault in action.faults.items():
        _check_fault(action.exercise, fault)
        if not 1 <= rep <= action.reps:
            raise ConfigError(f"a fault at repetition {rep} of {action.exercise}, which has {action.reps}")
    return exercise


def _leg_s(before: _Posed, after: _Posed) -> float:
    """How long somebody takes from one posture to the next: to lie down or get up, to turn, to take a step."""
    turn = abs((after.heading - before.heading + 180) % 360 - 180)
    step_m = float(np.linalg.norm(after.place - before.place))
    return max(_DOWN_S if before.activity or after.activity else _LEG_S, turn / 150, step_m / 0.9)


def _on_the_way(nodes: Sequence[_Posed], ends: Array, time_s: float) -> _Posed:
    """Where somebody is after so long on the way through some postures; ``ends`` says when each leg ends, seconds."""
    leg = min(int(np.searchsorted(ends, time_s, side="right")), len(ends) - 1)
    begin_s = float(ends[leg - 1]) if leg else 0.0
    share = min(1.0, max(0.0, (time_s - begin_s) / (float(ends[leg]) - begin_s)))
    before, after = nodes[leg], nodes[leg + 1]
    turn = (after.heading - before.heading + 180) % 360 - 180
    eased = 0.5 - 0.5 * float(np.cos(np.pi * share))
    # What is picked up or put down changes hands in the middle of a leg.
    held = before.moment.held if share < 0.5 else after.moment.held
    return _Posed(
        Moment(blended(before.moment.stance, after.moment.stance, eased), held),
        before.place + (after.place - before.place) * eased,
        before.heading + turn * eased,
    )


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
