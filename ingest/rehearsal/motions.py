"""The exercises: key postures as joint angles, what hands and feet touch, and how a repetition runs between them.

An exercise is an entry of ``EXERCISES``; its name is the one of the exercise catalogue. Form faults change the end
posture. Knows nothing of time beyond one repetition, nor of places, cameras or pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.skeleton import Build, Stance, angles, blended, mirrored, one_sided, raised, settled

Array = NDArray[np.float64]
Sides = Literal["both", "alternating"]

_STAND = {"hip_abd": 4, "toe_out": 9, "shoulder_abd": 9, "elbow": 12, "pronation": 10}


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise as a movement from a start posture to an end posture and back."""

    start: Mapping[str, float]
    """Joint angles, degrees, as ``skeleton.angles`` takes them."""
    end: Mapping[str, float]
    """The same at the far end; what is not named stays as at the start."""
    period_s: float
    """Usual duration of a repetition."""
    hands_on_floor: bool = False
    dumbbells: bool = False
    hop: float = 0.0
    """How high both feet leave the floor between the postures, fraction of stature."""
    steps: bool = False
    """One leg steps out and back; the sides take turns, and the other foot stays where it is."""
    faults: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Joint angles of the end posture under each fault; ``range`` is a factor on the way to the end posture."""


EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        "squat": Exercise(
            {**_STAND, "hip_abd": 8, "toe_out": 18, "shoulder_flex": 15},
            {"pitch": 38, "neck": -24, "hip_flex": 138, "hip_abd": 16, "knee": 128, "shoulder_flex": 118, "elbow": 8},
            2.6,
            faults={"shallow": {"range": 0.62}, "knees_in": {"hip_abd": -14, "hip_rot": -16}},
        ),
        "push_up": Exercise(
            {"pitch": 71, "neck": -18, "shoulder_flex": 71, "shoulder_abd": 10, "foot_pitch": 74, "hip_abd": 2},
            {"pitch": 86, "neck": -22, "shoulder_flex": 20, "shoulder_abd": 45, "elbow": 95},
            2.2,
            hands_on_floor=True,
            faults={"shallow": {"range": 0.45}, "hips_sag": {"hip_flex": -22, "pitch": 74, "lumbar": -26}},
        ),
        "biceps_curl": Exercise(
            {**_STAND, "elbow": 14, "pronation": -70},
            {"elbow": 142, "shoulder_flex": 10, "pronation": -85},
            2.4,
            dumbbells=True,
            faults={"shallow": {"range": 0.55}, "elbows_drift": {"shoulder_flex": 48}},
        ),
        "shoulder_press": Exercise(
            {**_STAND, "shoulder_flex": 8, "shoulder_abd": 42, "shoulder_rot": 92, "elbow": 138, "pronation": 5},
            {"shoulder_flex": 0, "shoulder_abd": 168, "elbow": 12},
            2.6,
            dumbbells=True,
            faults={"shallow": {"range": 0.5}},
        ),
        "jumping_jack": Exercise(
            {**_STAND, "hip_abd": 2, "elbow": 10},
            {"hip_abd": 22, "shoulder_abd": 158, "elbow": 18},
            1.2,
            hop=0.035,
            faults={"shallow": {"range": 0.55}},
        ),
        "lunge": Exercise(
            {**_STAND, "toe_out": 3, "shoulder_abd": 28, "elbow": 95, "shoulder_rot": -45},
            {"pitch": 6, "left_hip_flex": 96, "left_knee": 94, "right_hip_flex": -4, "right_knee": 88,
             "right_foot_pitch": 52},
            3.0,
            steps=True,
            faults={"shallow": {"range": 0.6}},
        ),
        "lateral_raise": Exercise(
            {**_STAND, "elbow": 14, "pronation": 0},
            {"shoulder_abd": 90, "elbow": 14, "pronation": 75},
            2.6,
            dumbbells=True,
            faults={"shallow": {"range": 0.55}},
        ),
    }
)  # fmt: skip

CROUCH: Mapping[str, float] = MappingProxyType(
    {"pitch": 72, "neck": -30, "hip_flex": 168, "knee": 112, "hip_abd": 8, "toe_out": 8, "shoulder_flex": 78,
     "foot_pitch": 18}
)  # fmt: skip
"""On the way between standing and lying: squatting with the hands on the floor."""


@lru_cache(maxsize=256)
def _ends(name: str, build: Build, fault: str | None, side: int | None) -> tuple[Stance, Stance, float]:
    """Start stance, end stance and range of a repetition; ``side`` 0 left or 1 right, None for both at once."""
    exercise = EXERCISES[name]
    change = dict(exercise.faults[fault]) if fault else {}
    span = change.pop("range", 1.0)
    first = angles(exercise.start)
    last = angles({**exercise.start, **exercise.end, **change})
    if side is not None and exercise.steps:
        last = last if side == 0 else mirrored(last)
    elif side is not None:
        last = one_sided(first, last, side)
    start = settled(build, first, hands_on_floor=exercise.hands_on_floor)
    end = settled(build, last, hands_on_floor=exercise.hands_on_floor)
    if exercise.steps and side is not None:
        # The foot that stays is the one that does not step.
        shift = start.balls[1 - side] - end.balls[1 - side]
        end = Stance(end.pelvis + shift, end.angles, end.balls + shift, 1.0, end.wrists, 0.0)
    elif not exercise.hop:
        back = np.array([0.0, (start.balls - end.balls)[:, 1].mean(), 0.0])
        end = Stance(end.pelvis + back, end.angles, start.balls, 1.0, start.wrists, end.hands_fixed)
    return start, end, span


def stance(
    name: str, build: Build, progress: float, *, range_: float = 1.0, fault: str | None = None, side: int | None = None
) -> Stance:
    """The stance at a point of a repetition: progress 0 is the start posture, 1 the far end.

    :param range_: factor on the way to the end posture, for repetitions that go only a part of it
    :param fault: a form fault of the exercise, or None
    :param side: 0 left or 1 right for an exercise whose sides take turns, None for both at once
    :raises KeyError: for an exercise or a fault that does not exist
    """
    exercise = EXERCISES[name]
    start, end, span = _ends(name, build, fault, side)
    way = progress * span * range_
    if exercise.hop:
        lift = 4 * way * (1 - way) * exercise.hop * build.height_m
        return raised(blended(start, end, way), np.array([0.0, 0.0, lift]), (lift, lift))
    if not exercise.steps or side is None:
        return blended(start, end, way)
    # The foot has landed before the body is all the way down.
    landed = min(1.0, way / 0.7)
    now = blended(start, end, way)
    balls = start.balls + (end.balls - start.balls) * landed
    feet = [0.0, 0.0]
    feet[side] = 4 * landed * (1 - landed) * 0.05 * build.height_m
    return raised(Stance(now.pelvis, now.angles, balls, 1.0, now.wrists, 0.0), np.zeros(3), (feet[0], feet[1]))


def phase_progress(phase: float) -> float:
    """Progress, 0-1, at a phase, 0-1, of a repetition: there in 0.42 of it, a short stop, back until ``BACK_AT``."""
    if phase < 0.42:
        return _ease(phase / 0.42)
    if phase < 0.50:
        return 1.0
    return 1 - _ease(min(1.0, (phase - 0.50) / (BACK_AT - 0.50)))


BACK_AT = 0.93
"""The phase at which a repetition has ended; the rest of it is a pause in the start posture."""


def _ease(share: float) -> float:
    return 0.5 - 0.5 * float(np.cos(np.pi * share))


def standing(build: Build, time_s: float, seed: int) -> Stance:
    """Someone who stands about: shifts their weight, looks around, moves an arm; never still, never in a rhythm."""
    rng = np.random.default_rng(seed)
    rates, starts = rng.uniform(0.05, 0.23, 8), rng.uniform(0, 2 * np.pi, 8)
    wave = np.sin(2 * np.pi * rates * time_s + starts) * np.sin(2 * np.pi * 0.61 * rates * time_s + starts[::-1])
    posture = {
        **_STAND,
        "pitch": 2 + 2 * wave[0],
        "roll": 1.5 * wave[1],
        "turn": 24 * wave[2],
        "neck": 6 + 9 * wave[3],
        "twist": 7 * wave[4],
        "left_elbow": 18 + 10 * wave[5],
        "right_elbow": 18 + 10 * wave[6],
        "right_shoulder_flex": 4 + 8 * wave[7],
    }
    return settled(build, angles(posture))


def walking(build: Build, distance_m: float) -> Stance:
    """Someone who walks, after so many metres; the pelvis stays above the station, which moves with the person."""
    cycle = 2 * np.pi * distance_m / (0.80 * build.height_m)
    swing = float(np.sin(cycle))
    posture = {
        "pitch": 4,
        "twist": -6 * swing,
        "shoulder_abd": 7,
        "toe_out": 6,
        "left_hip_flex": 6 + 24 * swing,
        "right_hip_flex": 6 - 24 * swing,
        "left_knee": 8 + 44 * max(0.0, float(np.cos(cycle + 0.35))) ** 1.5,
        "right_knee": 8 + 44 * max(0.0, -float(np.cos(cycle + 0.35))) ** 1.5,
        "left_shoulder_flex": -20 * swing,
        "right_shoulder_flex": 20 * swing,
        "elbow": 22,
        "left_foot_pitch": 28 * max(0.0, -swing),
        "right_foot_pitch": 28 * max(0.0, swing),
    }
    loose = settled(build, angles(posture), feet_fixed=False)
    pelvis = loose.pelvis.copy()
    pelvis[:2] = 0
    return Stance(pelvis, loose.angles, loose.balls, 0.0, loose.wrists, 0.0)
