"""Which moments of an exercise look right, and which wrong: labels for models of form. Pure.

Push-up, pull-up and squat are judged by the angle of a joint at the turning points of each repetition, that is, where
the movement stops and goes back: in between every angle is passed. Other exercises are judged by the form rules of the
catalogue, a repetition at a time. What is too close to a limit to tell, or not seen, gets no label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from workers.exercise.catalogue import Exercise
from workers.exercise.features import JOINTS, joint_flexions
from workers.exercise.results import ExerciseSet, FormVerdict, ProgressTrace

CORRECT, INCORRECT = "correct", "incorrect"
SEEN = 0.5
"""Below this a landmark is a guess, and an angle made with it says nothing."""
CORNERS = {
    "elbow": ((11, 13, 15), (12, 14, 16)),
    "shoulder": ((13, 11, 23), (14, 12, 24)),
    "hip": ((11, 23, 25), (12, 24, 26)),
    "knee": ((23, 25, 27), (24, 26, 28)),
}
"""Landmarks of each joint's angle, the joint in the middle, left and right."""
_REACH_S = 0.3
"""How far outside of a repetition its rest may be: the count begins a little after the joint has moved."""
_JOINT_OF_SIGNAL = {"trunk": "hip", "wrist_over_hip": "elbow", "rise_m": "knee"}
"""What is drawn where the signal is no joint."""


@dataclass(frozen=True, slots=True)
class AngleRange:
    """What the angle of a joint must be at a turning point."""

    joint: str
    at_peak: bool
    """In the middle of the repetition; else at its ends."""
    least: float
    most: float
    """Degrees between the limbs: 180 is straight."""
    margin: float
    """Error of the measurement: an angle that is outside by less gets no label."""
    source: str

    @property
    def rule(self) -> str:
        """Such as ``elbow at most 90 in the middle``."""
        where = "in the middle" if self.at_peak else "at the ends"
        limit = f"at least {self.least:g}" if self.most >= 180 else f"at most {self.most:g}"
        return f"{self.joint} {limit} {where}"

    def label(self, angle: float) -> str:
        """Correct, incorrect, or empty where the measurement cannot tell."""
        outside = max(self.least - angle, angle - self.most)
        return CORRECT if outside <= 0 else INCORRECT if outside >= self.margin else ""


RANGES: dict[str, tuple[AngleRange, ...]] = {
    "push_up": (
        AngleRange("elbow", True, 0, 90, 15, "ACSM push-up test: elbows to 90 degrees"),
        AngleRange("elbow", False, 160, 180, 15, "ACSM push-up test: arms straight"),
    ),
    "pull_up": (
        AngleRange("elbow", True, 0, 90, 15, "coaching convention: upper arms below the horizontal"),
        AngleRange("elbow", False, 160, 180, 20, "coaching convention: full hang"),
    ),
    "squat": (
        AngleRange("knee", True, 0, 90, 15, "Straub & Powers 2024: parallel at 90-110 degrees of knee flexion"),
        AngleRange("knee", False, 160, 180, 15, "coaching convention: stand up fully"),
    ),
}
"""By exercise; the others are judged by the catalogue's form rules. The margins are wide, since an angle from one
camera errs by about as much: a moment without a label costs less than one with a wrong label."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was seen of one person."""

    person: int
    frames: NDArray[np.int64]
    """(N,): number of each frame in the recording."""
    times: NDArray[np.float64]
    """(N,): seconds."""
    landmarks: NDArray[np.float32]
    """(N, 33, 4): x, y, z in pixels, visibility."""
    world: NDArray[np.float32]
    """(N, 33, 3): metres."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of one person with its label."""

    person: int
    row: int
    """Position in ``Seen``."""
    frame: int
    time_s: float
    joint: str
    side: int
    """0 left, 1 right: the better seen one."""
    angle_deg: float
    label: str
    rule: str


@dataclass(frozen=True, slots=True)
class LabelledRep:
    """One repetition, or one held position."""

    person: int
    number: int
    """Counts the person's repetitions from 1."""
    start_s: float
    end_s: float
    moments: tuple[Moment, ...]
    rules: int = 1
    """How many rules must be met to call it correct."""

    @property
    def label(self) -> str:
        """Incorrect if anything in it is; correct if every rule could be told and is met; else empty."""
        if any(moment.label == INCORRECT for moment in self.moments):
            return INCORRECT
        return CORRECT if len({moment.rule for moment in self.moments}) >= self.rules else ""


def check_judgeable(exercise: Exercise) -> None:
    """Raise ConfigError for an exercise that has neither an angle range nor a form rule."""
    if exercise.name not in RANGES and not exercise.form:
        raise ConfigError(f"{exercise.name}: the catalogue has no form rule for it, so that nothing can be labelled")


def label_person(
    seen: Seen, sets: Iterable[ExerciseSet], exercise: Exercise, near_deg: float = 5.0
) -> list[LabelledRep]:
    """The repetitions of an exercise that a person did, with the moments that could be judged.

    ``near_deg``: frames around a turning point count as well while their angle differs by no more.
    """
    angles = between_limbs(seen.world)
    found: list[LabelledRep] = []
    for done in sets:
        if done.exercise != exercise.name:
            continue
        if done.hold_s is not None:
            moments = _held(seen, angles, done, exercise)
            found.append(LabelledRep(seen.person, len(found) + 1, done.start_s, done.end_s, moments))
        for rep in done.counted:
            rules = RANGES.get(exercise.name, ())
            if rules:
                moments = _at_turns(seen, angles, (rep.start_s, rep.end_s), rules, near_deg)
            else:
                at_s = _peak_s(done.trace, rep.start_s, rep.end_s, high=exercise.active_high)
                moments = _judged(seen, angles, [at_s], rep.verdicts, exercise)
            number = len(found) + 1
            found.append(LabelledRep(seen.person, number, rep.start_s, rep.end_s, moments, max(len(rules), 1)))
    return found


def between_limbs(world: NDArray[np.float32]) -> NDArray[np.float64]:
    """Angles (N, 4, 2) of ``JOINTS``, left and right, degrees: 180 is a straight elbow, hip or knee, a raised arm."""
    flexions = joint_flexions(np.asarray(world, np.float64)).reshape(-1, len(JOINTS), 2)
    angles = 180.0 - flexions
    shoulder = JOINTS.index("shoulder")
    angles[:, shoulder] = flexions[:, shoulder]
    return np.asarray(angles)


def better_side(landmarks: NDArray[np.float32], joint: str) -> tuple[int, float]:
    """The side of a joint that is seen better in (33, 4) landmarks, and how well."""
    seen = [float(landmarks[list(corner), 3].min()) for corner in CORNERS[joint]]
    side = int(seen[1] > seen[0])
    return side, seen[side]


def joint_to_draw(exercise: Exercise, verdict: FormVerdict | None) -> str:
    """The joint that a rule looks at, else the one on which the exercise is counted."""
    statistic = next((rule.statistic for rule in exercise.form if verdict and rule.fault == verdict.rule), "")
    for name in (statistic.split(".")[0], exercise.signal):
        plain = name.removeprefix("worst_").removesuffix("_asymmetry").removesuffix("_left").removesuffix("_right")
        if plain in JOINTS:
            return plain
    return _JOINT_OF_SIGNAL.get(exercise.signal, "hip")


def _at_turns(
    seen: Seen,
    angles: NDArray[np.float64],
    span_s: tuple[float, float],
    ranges: Sequence[AngleRange],
    near_deg: float,
) -> tuple[Moment, ...]:
    inside = np.flatnonzero((seen.times >= span_s[0] - _REACH_S) & (seen.times <= span_s[1] + _REACH_S))
    inside = inside[np.isfinite(angles[inside]).all(axis=(1, 2))]
    if not len(inside):
        return ()
    moments: dict[int, Moment] = {}
    for wanted in ranges:
        position = JOINTS.index(wanted.joint)
        # One side for the whole repetition: to change it in between would change the angle.
        visible = [np.median(seen.landmarks[inside][:, list(c), 3].min(axis=1)) for c in CORNERS[wanted.joint]]
        side = int(visible[1] > visible[0])
        course = angles[inside, position, side]
        middle = int(np.argmin(course))
        turns = [middle] if wanted.at_peak else [int(np.argmax(course[: middle + 1]))]
        if not wanted.at_peak:
            turns.append(middle + int(np.argmax(course[middle:])))
        for turn in turns:
            for at in _around(course, turn, near_deg):
                row = int(inside[at])
                corner = list(CORNERS[wanted.joint][side])
                label = wanted.label(float(course[at]))
                if label and float(seen.landmarks[row, corner, 3].min()) >= SEEN:
                    moments[row] = _moment(seen, row, (wanted.joint, side), float(course[at]), (label, wanted.rule))
    return tuple(moments[row] for row in sorted(moments))


def _around(course: NDArray[np.float64], turn: int, near_deg: float) -> range:
    """Positions next to a turning point whose angle is about the same."""
    first = last = turn
    while first > 0 and abs(course[first - 1] - course[turn]) <= near_deg:
        first -= 1
    while last < len(course) - 1 and abs(course[last + 1] - course[turn]) <= near_deg:
        last += 1
    return range(first, last + 1)


def _held(seen: Seen, angles: NDArray[np.float64], done: ExerciseSet, exercise: Exercise) -> tuple[Moment, ...]:
    """One moment a second of a held position."""
    return _judged(seen, angles, np.arange(done.start_s + 0.5, done.end_s, 1.0), done.hold_verdicts, exercise)


def _judged(
    seen: Seen,
    angles: NDArray[np.float64],
    times_s: Iterable[float],
    verdicts: Sequence[FormVerdict],
    exercise: Exercise,
) -> tuple[Moment, ...]:
    """Moments with what the form rules say of the whole repetition."""
    faults = [verdict for verdict in verdicts if verdict.verdict == "fault"]
    told = faults or [verdict for verdict in verdicts if verdict.verdict == "ok"]
    if not told:
        return ()
    joint = joint_to_draw(exercise, told[0])
    label = INCORRECT if faults else CORRECT
    rule = "; ".join(verdict.rule if faults else f"not {verdict.rule}" for verdict in told)
    moments = []
    for time_s in times_s:
        row = int(np.argmin(np.abs(seen.times - time_s)))
        side, visibility = better_side(seen.landmarks[row], joint)
        angle = float(angles[row, JOINTS.index(joint), side])
        if visibility >= SEEN and np.isfinite(angle):
            moments.append(_moment(seen, row, (joint, side), angle, (label, rule)))
    return tuple(moments)


def _moment(seen: Seen, row: int, place: tuple[str, int], angle: float, told: tuple[str, str]) -> Moment:
    time_s, frame = float(seen.times[row]), int(seen.frames[row])
    return Moment(seen.person, row, frame, time_s, place[0], place[1], angle, told[0], told[1])


def _peak_s(trace: ProgressTrace | None, start_s: float, end_s: float, *, high: bool) -> float:
    """When the signal is farthest from rest."""
    if trace is not None:
        times, values = np.asarray(trace.time_s), np.asarray(trace.value, np.float64)
        inside = np.flatnonzero((times >= start_s) & (times <= end_s) & np.isfinite(values))
        if len(inside):
            best = np.argmax(values[inside]) if high else np.argmin(values[inside])
            return float(times[inside[best]])
    return (start_s + end_s) / 2
