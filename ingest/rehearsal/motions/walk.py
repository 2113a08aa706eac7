"""Walking by footsteps: a foot that carries the body does not slide."""

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.skeleton import BALL, HIP_HALF_BREADTH, SHANK, THIGH, Build, Stance, angles, wrists_of

Array = NDArray[np.float64]

STEP = 0.41
"""From one footfall to the next, fraction of stature: 0.72 m for 1.75 m, as at an easy 1.1-1.3 m/s."""
_SWING = 0.80
"""Share of a step in which the other foot is in the air; in the rest of it both carry."""
_LIFT = 0.035
_HIPS = THIGH + SHANK + -BALL[2] - 0.024
"""Height of the hips, fraction of stature: legs are never quite straight."""
_BEHIND_BALLS = -0.075
"""The hips stand nearly above the ankles, fraction of stature behind the balls of the feet."""
_ROLL_UP, _TOES_UP = 38.0, -16.0
"""Pitch of a foot that is about to leave the floor and of one that is about to meet it, degrees."""


def walking(build: Build, gone_m: float, length_m: float | None = None) -> Stance:
    """Someone who walks, after so many metres; the feet are about the station, which moves with the person.

    :param length_m: of the whole way, which begins and ends with the feet side by side; None for one without an end
    """
    step_m = STEP * build.height_m
    steps = None if length_m is None else max(2, round(length_m / step_m))
    if steps is not None and length_m is not None:
        step_m = length_m / steps
    gone = gone_m / step_m
    now, share = _step(gone, steps)
    moving, across = now % 2, HIP_HALF_BREADTH * build.breadth * build.height_m * 0.9
    balls, pitches = np.empty((2, 3)), [0.0, 0.0]
    for side in (0, 1):
        last = now - 1 if side != moving else now - 2
        place = _footfall(last, steps)
        up = 0.0
        if side == moving:
            air = min(1.0, max(0.0, (share - (1 - _SWING) / 2) / _SWING))
            eased = 0.5 - 0.5 * float(np.cos(np.pi * air))
            place += (_footfall(now, steps) - place) * eased
            up = _LIFT * float(np.sin(np.pi * air))
        pitches[side] = _pitch(share, carries=side != moving, first=now < 1, last=now == steps)
        # Toes that are up put the heel, and not the ball, on the floor.
        heel = max(0.0, -np.sin(np.radians(pitches[side]))) * 0.127
        balls[side] = (2 * side - 1) * across, (place - gone) * step_m, (up + heel) * build.height_m
    swing = _arm_swing(gone, steps)
    vector = angles(
        {
            "pitch": 4,
            "twist": -6 * swing,
            "shoulder_abd": 7,
            "toe_out": 6,
            "hip_flex": 20,
            "knee": 30,
            "left_shoulder_flex": 3 - 22 * swing,
            "right_shoulder_flex": 3 + 22 * swing,
            "elbow": 22,
            "left_foot_pitch": pitches[0],
            "right_foot_pitch": pitches[1],
        }
    )
    # The hips are highest where one leg stands upright, half way through a step.
    bob = 0.012 * abs(float(np.sin(np.pi * gone))) - 0.012
    going = 1.0 if steps is None else min(1.0, gone, steps - gone)
    pelvis = np.array([0.0, _BEHIND_BALLS * build.height_m, (_HIPS + bob - 0.012 * going) * build.height_m])
    return Stance(pelvis, vector, balls, 1.0, wrists_of(build, vector) + pelvis, 0.0)


def _step(gone: float, steps: int | None) -> tuple[int, float]:
    """Number of the step that is being made after so many of them, and how far it has come, 0-1.

    A foot swings while the body goes from half a step before the other foot to half a step beyond it. The first and the
    last swing, out of and into standing, are half as long.
    """
    now = int(np.floor(gone + 0.5))
    if steps is None:
        return now, gone + 0.5 - now
    now = min(now, steps)
    start, end = max(0.0, now - 0.5), min(float(steps), now + 0.5)
    return now, min(1.0, (gone - start) / (end - start))


def _footfall(step: int, steps: int | None) -> float:
    """Where the foot of a step lands, in steps from the start; both feet start at 0 and end at the end."""
    if steps is None:
        return step + 1.0
    return float(min(max(0, step + 1), steps))


def _pitch(share: float, *, carries: bool, first: bool, last: bool) -> float:
    """Pitch of a foot, degrees, at a share of a step."""
    if carries:
        # From the heel to flat, then up on the ball as the body passes over it.
        down = 0.0 if first else _TOES_UP * max(0.0, 1 - share / 0.2)
        return down + (0.0 if last else _ROLL_UP * max(0.0, (share - 0.55) / 0.45) * 0.7)
    start = 0.0 if first else _ROLL_UP * 0.7 + 0.3 * _ROLL_UP * min(1.0, share / 0.15)
    end = 0.0 if last else _TOES_UP
    weight = 0.5 - 0.5 * float(np.cos(np.pi * min(1.0, max(0.0, (share - 0.15) / 0.8))))
    return start + (end - start) * weight


def _arm_swing(gone: float, steps: int | None) -> float:
    """-1 to 1: arms swing against the legs; they hang where the way begins and ends."""
    swing = -float(np.cos(np.pi * gone))
    if steps is None:
        return swing
    return swing * min(1.0, gone, max(0.0, steps - gone))
