"""One repetition of an exercise: from a phase to a stance, and the stances on the way into its first posture.

Inverse kinematics of the skeleton keeps hands and feet where they hold or stand; this file says where that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.equipment import BENCH_HEIGHT_M, BENCH_LENGTH_M, PULL_UP_BAR_M
from ingest.rehearsal.motions.exercises import CROUCH, EXERCISES, STAND, Exercise, Posture, Thing
from ingest.rehearsal.skeleton import (
    PALM,
    Build,
    Stance,
    angles,
    blended,
    hanging,
    mirrored,
    one_sided,
    raised,
    resting,
    settled,
    wrists_of,
)

Array = NDArray[np.float64]

BACK_AT = 0.93
"""The phase at which a repetition has ended; the rest of it is a pause in the start posture."""
BACK_THICKNESS = 0.062
"""From the middle of the hips to the skin of the back, fraction of stature: how high hips lie above a bench."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the hands hold."""

    kind: Thing
    turn: float = 0.0
    """Of a rope: where it is in its turn, 0 under the feet, 0.5 above the head."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A posture and what the hands hold in it."""

    stance: Stance
    held: Held | None = None


def repetition(
    name: str, build: Build, phase: float, *, range_: float = 1.0, fault: str | None = None, side: int | None = None
) -> Moment:
    """A moment of a repetition: phase 0-1, ended at ``BACK_AT``; of a hold, the whole of it.

    :param range_: factor on the way to the end posture, for repetitions that go only a part of it
    :param fault: a form fault of the exercise, or None
    :param side: 0 left or 1 right for an exercise whose sides take turns, None for both at once
    :raises KeyError: for an exercise or a fault that does not exist
    """
    exercise = EXERCISES[name]
    held = Held(exercise.held, (phase - exercise.there_at) % 1.0) if exercise.held else None
    if exercise.keys:
        return Moment(_keyed(name, build, fault, phase, range_), held)
    progress = _held_progress(phase) if exercise.hold else phase_progress(phase, exercise)
    return Moment(stance(name, build, progress, range_=range_, fault=fault, side=side), held)


def stance(
    name: str, build: Build, progress: float, *, range_: float = 1.0, fault: str | None = None, side: int | None = None
) -> Stance:
    """The stance at a point of a repetition: progress 0 is the start posture, 1 the far end.

    Takes what ``repetition`` takes and raises what it raises.
    """
    exercise = EXERCISES[name]
    if exercise.keys:
        top = next(phase for phase, posture in exercise.keys if posture is exercise.end)
        return _keyed(name, build, fault, progress * top, range_)
    start, end, span = _ends(name, build, fault, side)
    way = progress * span * range_
    if exercise.hop:
        lift = (way if exercise.hop_at_end else 4 * way * (1 - way)) * exercise.hop * build.height_m
        return raised(blended(start, end, way), np.array([0.0, 0.0, lift]), (lift, lift))
    if not exercise.steps or side is None:
        return blended(start, end, way)
    # The foot has landed before the body is all the way down.
    landed = min(1.0, way / 0.7)
    now = blended(start, end, way)
    balls = start.balls + (end.balls - start.balls) * landed
    feet = [0.0, 0.0]
    feet[side] = 4 * landed * (1 - landed) * 0.05 * build.height_m
    return raised(replace(now, balls=balls, feet_fixed=1.0, hands_fixed=0.0), np.zeros(3), (feet[0], feet[1]))


def phase_progress(phase: float, exercise: Exercise | None = None) -> float:
    """Progress, 0-1, at a phase, 0-1, of a repetition: a raised cosine there, a short stop, another until ``BACK_AT``.

    Without an exercise as most of them go.
    """
    there_at, back_from = (exercise.there_at, exercise.back_from) if exercise else (0.42, 0.50)
    if phase < there_at:
        return _ease(phase / there_at)
    if phase < back_from:
        return 1.0
    return 1 - _ease(min(1.0, (phase - back_from) / (BACK_AT - back_from)))


def tired(rep: int, reps: int, fatigue: float) -> tuple[float, float]:
    """Factors on the duration and the range of a repetition, counted from 0, of a set that tires.

    :param fatigue: 0 not at all; 1 makes the last repetition 60 % longer and 25 % shorter of range, near failure
    """
    # Fatigue comes late: velocity falls slowly at first and fast in the last third of a set.
    share = (rep / max(1, reps - 1)) ** 2
    return 1 + 0.6 * fatigue * share, 1 - 0.25 * fatigue * share


def entry(name: str, build: Build) -> tuple[Stance, ...]:
    """Stances on the way from standing at the place of an exercise to its first posture; the same back, reversed.

    Raises KeyError for what is neither an exercise nor ``sitting``.
    """
    if name == "sitting":
        return (standing_at(build, sitting(build).balls),)
    support = EXERCISES[name].support
    start = _ends(name, build, None, None)[0] if not EXERCISES[name].keys else None
    if support in ("hands", "forearms"):
        return (settled(build, angles(CROUCH), hands_on_floor=True),)
    if support == "floor" and start is not None:
        up = stance(name, build, 1.0)
        squatting = settled(build, angles({"pitch": 45, "hip_flex": 150, "knee": 135, "foot_pitch": 12, "neck": -20}))
        back = np.array([0.0, start.balls[:, 1].mean(), 0.0])
        return (replace(squatting, pelvis=squatting.pelvis + back, balls=start.balls), up)
    if support == "bench" and start is not None:
        upright = angles({**STAND, "pitch": 6, "hip_flex": 88, "hip_abd": 20, "knee": 84})
        sat = resting(build, upright, start.pelvis, start.balls)
        return (standing_at(build, start.balls), sat)
    if support == "bar" and start is not None:
        under = settled(build, angles({**STAND, "shoulder_flex": 168, "shoulder_abd": 12, "elbow": 18, "neck": -22}))
        return (under,)
    return ()


def standing_at(build: Build, balls: Array) -> Stance:
    """Standing upright with the balls of the feet at given places, (2, 3) metres."""
    upright = settled(build, angles({**STAND, "hip_abd": 8}))
    middle = np.array([0.0, balls[:, 1].mean(), 0.0])
    return replace(upright, pelvis=upright.pelvis + middle, balls=balls, wrists=upright.wrists + middle)


def sitting(build: Build, posture: Posture | None = None) -> Stance:
    """Sitting across a bench whose middle is the station, the feet on the floor."""
    given = {"pitch": 7, "hip_flex": 86, "hip_abd": 7, "knee": 84, "shoulder_flex": 22, "elbow": 52, "toe_out": 8}
    height = build.height_m
    pelvis = np.array([0.0, 0.0, BENCH_HEIGHT_M + BACK_THICKNESS * height])
    balls = np.array([[-0.085 * height, 0.30 * height, 0.0], [0.085 * height, 0.30 * height, 0.0]])
    return resting(build, angles({**given, **(posture or {})}), pelvis, balls)


def _ease(share: float) -> float:
    return 0.5 - 0.5 * float(np.cos(np.pi * share))


def _held_progress(phase: float) -> float:
    """Progress of a hold: there in the first tenth, and a breath every 4 % of it."""
    inside = min(1.0, phase / 0.1, max(0.0, (BACK_AT - phase) / 0.1))
    return _ease(inside) * (0.94 + 0.06 * float(np.cos(2 * np.pi * phase / 0.04)))


def _postures(exercise: Exercise, fault: str | None, side: int | None) -> tuple[Array, Array, float]:
    """Angle vectors, (30,) each, of the start and the end of a repetition, and its range."""
    change = dict(exercise.faults[fault]) if fault else {}
    span, left = change.pop("range", 1.0), change.pop("left_range", 1.0)
    first = angles(exercise.start)
    last = angles({**exercise.start, **exercise.end, **change})
    if left < 1:
        last = one_sided(last, first + (last - first) * left, 0)
    if side is not None and exercise.steps:
        last = last if side == 0 else mirrored(last)
    elif side is not None:
        last = one_sided(first, last, side)
    return first, last, span


@lru_cache(maxsize=512)
def _ends(name: str, build: Build, fault: str | None, side: int | None) -> tuple[Stance, Stance, float]:
    """Start stance, end stance and range of a repetition; ``side`` 0 left or 1 right, None for both at once."""
    exercise = EXERCISES[name]
    first, last, span = _postures(exercise, fault, side)
    if exercise.support == "bench":
        return _on_bench(build, first, exercise.grip), _on_bench(build, last, exercise.grip), span
    if exercise.support == "bar":
        return _on_bar(build, first, exercise.grip), _on_bar(build, last, exercise.grip), span
    if exercise.support == "floor":
        return _on_floor(build, first), _on_floor(build, last), span
    hands, forearms = exercise.support == "hands", exercise.support == "forearms"
    start = settled(build, first, hands_on_floor=hands, forearms_on_floor=forearms)
    end = settled(build, last, hands_on_floor=hands, forearms_on_floor=forearms)
    if exercise.steps and side is not None:
        # The foot that stays is the one that does not step.
        shift = start.balls[1 - side] - end.balls[1 - side]
        end = replace(end, pelvis=end.pelvis + shift, balls=end.balls + shift, hands_fixed=0.0)
    elif not exercise.hop or exercise.hop_at_end:
        back = np.array([0.0, (start.balls - end.balls)[:, 1].mean(), 0.0])
        end = replace(end, pelvis=end.pelvis + back, balls=start.balls, wrists=start.wrists)
    return start, end, span


def _on_bench(build: Build, vector: Array, grip: float) -> Stance:
    """Lying on a bench, head at its rear end, the feet on the floor on both sides of it, the hands on a bar."""
    height = build.height_m
    pelvis = np.array([0.0, 0.49 * height - BENCH_LENGTH_M / 2, BENCH_HEIGHT_M + BACK_THICKNESS * height])
    across, forward = 0.15 * height, pelvis[1] + 0.285 * height
    balls = np.array([[-across, forward, 0.0], [across, forward, 0.0]])
    wrists = wrists_of(build, vector) + pelvis
    wrists[:, 0] = -grip * height, grip * height
    return resting(build, vector, pelvis, balls, wrists)


def _on_bar(build: Build, vector: Array, grip: float) -> Stance:
    """Hanging from a bar above the station."""
    across, up = grip * build.height_m, PULL_UP_BAR_M - PALM * build.height_m
    return hanging(build, vector, np.array([[-across, 0.0, up], [across, 0.0, up]]))


def _on_floor(build: Build, vector: Array) -> Stance:
    """On the back or sitting on the floor, knees bent, feet flat; the station is in the middle of who lies."""
    height = build.height_m
    pelvis = np.array([0.0, 0.05 * height, BACK_THICKNESS * height + 0.012])
    balls = np.array([[-0.075 * height, 0.46 * height, 0.0], [0.075 * height, 0.46 * height, 0.0]])
    return resting(build, vector, pelvis, balls)


@lru_cache(maxsize=64)
def _key_curve(name: str, build: Build, fault: str | None) -> tuple[Array, Array, Array, Stance]:
    """Phases (k,), pelvis and angles (k, 33) at the keys, their slopes (k, 33), and the stance that gives the feet."""
    exercise = EXERCISES[name]
    change: Mapping[str, float] = exercise.faults[fault] if fault else {}
    base = settled(build, angles(exercise.start))
    rows = []
    for _, posture in exercise.keys:
        changed = {**exercise.start, **posture, **(change if posture is exercise.end else {})}
        now = settled(build, angles(changed))
        back = np.array([0.0, (base.balls - now.balls)[:, 1].mean(), 0.0])
        rows.append(np.concatenate([now.pelvis + back, now.angles]))
    phases, values = np.array([phase for phase, _ in exercise.keys]), np.array(rows)
    steps = np.diff(values, axis=0) / np.diff(phases)[:, None]
    slopes = np.zeros_like(values)
    # Fritsch and Carlson's monotone cubic: smooth, and never beyond the postures it passes through.
    same = steps[:-1] * steps[1:] > 0
    together = np.where(same, steps[:-1] + steps[1:], 1.0)
    slopes[1:-1] = np.where(same, 2 * steps[:-1] * steps[1:] / together, 0.0)
    return phases, values, slopes, base


def _keyed(name: str, build: Build, fault: str | None, phase: float, range_: float) -> Stance:
    phases, values, slopes, base = _key_curve(name, build, fault)
    phase = min(max(phase, phases[0]), phases[-1])
    at = min(int(np.searchsorted(phases, phase, side="right")) - 1, len(phases) - 2)
    wide = phases[at + 1] - phases[at]
    t = (phase - phases[at]) / wide
    now = (
        (1 + 2 * t) * (1 - t) ** 2 * values[at]
        + t * (1 - t) ** 2 * wide * slopes[at]
        + t * t * (3 - 2 * t) * values[at + 1]
        + t * t * (t - 1) * wide * slopes[at + 1]
    )
    now = values[0] + (now - values[0]) * range_
    return replace(base, pelvis=now[:3], angles=now[3:])
