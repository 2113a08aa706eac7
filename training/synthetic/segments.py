"""What somebody does for a while: repeat a movement, hold it, idle, walk, dance; pose vectors as a function of time.

Knows nothing of labels, cameras or the order of things; ``timeline`` puts segments one after the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.motions import Held, idle, walking
from ingest.rehearsal.skeleton import angles, settled
from training.synthetic.arms import (
    AT_SIDES,
    CLASPED,
    CROSSED,
    FORWARD,
    HANGING,
    LYING,
    ON_FLOOR_LEGS_OUT,
    ON_HIPS,
    OVERHEAD,
    SEATED,
    STAND,
    Posture,
)
from training.synthetic.movement import ANGLES, Movement, held_things, key_poses, pose_of, written_out
from training.synthetic.style import Style

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment: a pose vector, (52,), what the hands hold, and how far the body has gone from its place, metres."""

    vector: Array
    held: Held | None = None
    gone_m: float = 0.0


At = Callable[[float], Shown]
"""A moment by seconds since the segment began."""


@dataclass(frozen=True, slots=True)
class _Rep:
    begin_s: float
    end_s: float
    side: int
    range_: float


def repeated(movement: Movement, style: Style, rng: np.random.Generator, seconds: float) -> At:
    """A set of repetitions that goes on for at least so many seconds, or a held posture."""
    sides = (0, 1) if movement.sides == "alternate" else (int(rng.integers(2)),) if movement.sides == "one" else (0,)
    habit = style.key_habit(rng)
    offsets = [habit(at) for at in range(len(movement.keys) + 1)]
    curves = {side: _curve(movement, style, offsets, side) for side in sides}
    if not movement.keys:
        return _held(curves[sides[0]][1][0], movement, style)
    reps = _reps(movement, style, rng, seconds, sides)
    begins = np.array([rep.begin_s for rep in reps])

    def at(t: float) -> Shown:
        number = max(0, int(np.searchsorted(begins, t, side="right")) - 1)
        rep = reps[number]
        share = min(1.0, max(0.0, (t - rep.begin_s) / (rep.end_s - rep.begin_s)))
        phase = _lingered(movement, style, share**style.warp)
        phases, poses = curves[rep.side]
        vector = _between(phases, poses, phase, flow=movement.flow)
        vector = poses[0] + rep.range_ * (vector - poses[0])
        if style.unevenness:
            right = slice(ANGLES.start + 18, ANGLES.stop)
            vector[right] -= style.unevenness * (vector[right] - poses[0][right])
        vector[ANGLES] += style.restless(t)
        gone = movement.travel * style.build.height_m * (number + share) if movement.travel else 0.0
        return Shown(vector, held_things(movement, phase), gone)

    return at


def _lingered(movement: Movement, style: Style, share: float) -> float:
    """How far a repetition has come after a share of its time, of somebody who stays at the far end for a while."""
    if movement.flow or style.linger <= 0:
        return share
    far, stay = movement.keys[0][0], style.linger
    moving = 1 - stay
    if share < far * moving:
        return share / moving
    return far if share < far * moving + stay else (share - stay) / moving


def _curve(movement: Movement, style: Style, offsets: list[Array], side: int) -> tuple[Array, Array]:
    return key_poses(movement, style.build, lambda at: offsets[at], side)


def _held(pose: Array, movement: Movement, style: Style) -> At:
    def at(t: float) -> Shown:
        vector = pose.copy()
        vector[ANGLES] += style.restless(t)
        return Shown(vector, held_things(movement, 0.0))

    return at


def _reps(
    movement: Movement, style: Style, rng: np.random.Generator, seconds: float, sides: tuple[int, ...]
) -> list[_Rep]:
    """Repetitions with pauses between them, slower and shorter towards the end of a set."""
    slow, quick = movement.period_s[1], movement.period_s[0]
    usual = float(np.exp(np.log(slow) + style.tempo * (np.log(quick) - np.log(slow))))
    whole = movement.least_range + (1.07 - movement.least_range) * style.range_
    reps: list[_Rep] = []
    now = 0.0
    while now < seconds:
        tired = min(1.0, (now / 30.0) ** 2) * style.fatigue
        length = usual * (1 + 0.4 * tired) * float(np.exp(rng.normal(0, style.unsteadiness)))
        range_ = whole * (1 - 0.15 * tired) * float(np.exp(rng.normal(0, 0.6 * style.unsteadiness)))
        reps.append(_Rep(now, now + length, sides[len(reps) % len(sides)], range_))
        now += length + float(rng.uniform(0, style.dwell))
    return reps


def _between(phases: Array, poses: Array, phase: float, *, flow: bool) -> Array:
    """The pose vector at a phase: eased from key to key, or a cubic through all keys."""
    after = min(len(phases) - 1, max(1, int(np.searchsorted(phases, phase, side="right"))))
    before = after - 1
    span = phases[after] - phases[before]
    share = min(1.0, (phase - phases[before]) / span)
    if not flow:
        weight = 0.5 - 0.5 * np.cos(np.pi * share)
        return np.asarray(poses[before] + weight * (poses[after] - poses[before]))
    first, last = _slope(phases, poses, before) * span, _slope(phases, poses, after) * span
    s2, s3 = share * share, share**3
    mixed = (2 * s3 - 3 * s2 + 1) * poses[before] + (s3 - 2 * s2 + share) * first
    return np.asarray(mixed + (3 * s2 - 2 * s3) * poses[after] + (s3 - s2) * last)


def _slope(phases: Array, poses: Array, at: int) -> Array:
    """Of a periodic curve at a key, by the keys before and after it (Catmull and Rom)."""
    last = len(phases) - 1
    before, after = (last - 1, 1) if at in (0, last) else (at - 1, at + 1)
    span = (phases[after] - phases[before]) % 1.0 or 1.0
    return np.asarray((poses[after] - poses[before]) / span)


def idled(kind: str, style: Style, rng: np.random.Generator) -> At:
    """One of the rehearsal gym's idle activities, from somewhere in the middle of it."""
    since = float(rng.uniform(0, 200))

    def at(t: float) -> Shown:
        moment = idle(kind, style.build, since + t, style.seed)
        vector = pose_of(moment.stance).vector
        vector[ANGLES] += 0.5 * style.restless(t)
        return Shown(vector, moment.held)

    return at


def walked(style: Style, rng: np.random.Generator) -> At:
    """Walking straight on."""
    speed, since = float(rng.uniform(0.6, 1.6)), float(rng.uniform(0, 2))

    def at(t: float) -> Shown:
        vector = pose_of(walking(style.build, since + t * speed)).vector
        vector[ANGLES] += style.restless(t)
        return Shown(vector, None, t * speed)

    return at


POTTERING: tuple[Posture, ...] = (
    {}, HANGING, AT_SIDES, ON_HIPS, CROSSED, CLASPED, {"elbow": 68, "shoulder_rot": 16},
    {"elbow": 86, "shoulder_flex": 10, "knee": 22, "hip_flex": 18}, {"left_hip_flex": 16, "left_knee": 24, "elbow": 40},
    {"left_shoulder_flex": 70, "left_elbow": 140, "left_shoulder_abd": 26, "neck": 10},
    {"right_shoulder_flex": 96, "right_elbow": 138, "right_shoulder_rot": -20},
    {"shoulder_flex": 34, "elbow": 84, "shoulder_rot": -30, "neck": 26},
    {"right_shoulder_flex": 78, "right_elbow": 22, "turn": 20},
    {"right_shoulder_abd": 70, "right_elbow": 30, "turn": -30},
    {"shoulder_flex": -24, "shoulder_rot": -60, "elbow": 70},
    {"pitch": 60, "lumbar": 14, "hip_flex": 96, "knee": 56, "right_shoulder_flex": 70, "right_elbow": 8, "neck": -6},
    {"pitch": 76, "lumbar": 10, "hip_flex": 84, "knee": 18, "shoulder_flex": 74, "elbow": 8},
    {"pitch": 34, "hip_flex": 140, "knee": 124, "shoulder_flex": 52, "elbow": 30, "foot_pitch": 16},
    {"pitch": 44, "hip_flex": 54, "knee": 14, "shoulder_flex": 50, "elbow": 40, "neck": 6},
    {"pitch": 32, "hip_flex": 44, "knee": 16, "right_shoulder_flex": 60, "right_elbow": 24, "left_shoulder_flex": 30},
    {"shoulder_abd": 150, "elbow": 40, "lumbar": -10}, OVERHEAD, {**FORWARD, "twist": 26}, {"twist": 44, "turn": 30},
    {"left_shoulder_flex": 162, "left_elbow": 128, "right_shoulder_flex": 150, "right_elbow": 90},
    {"shoulder_flex": -40, "elbow": 6, "pitch": -4}, {"roll": 18, "left_shoulder_abd": 160, "left_elbow": 20},
    {"turn": 50, "neck": -6}, {"neck": 30}, {"turn": -48, "twist": -18},
)  # fmt: skip
"""What people do with their hands and trunk while they do nothing: scratch, wipe, point, adjust, pick up, stretch."""
_SAT_ABOUT: tuple[Posture, ...] = (
    {}, {"pitch": 34, "hip_flex": 116, "shoulder_flex": 60, "elbow": 66}, {"pitch": -10, "shoulder_flex": -22},
    {"right_shoulder_flex": 60, "right_elbow": 138}, {"shoulder_flex": 30, "elbow": 96, "neck": 28}, {"turn": 44},
)  # fmt: skip


_LAIN: tuple[Posture, ...] = (
    {}, {"shoulder_abd": 60}, {"shoulder_flex": 30, "elbow": 100, "shoulder_rot": -40}, {"hip_flex": 48, "knee": 96},
    {"left_hip_flex": 44, "left_knee": 92}, {"shoulder_flex": 120, "elbow": 130, "shoulder_abd": 40}, {"turn": 40},
)  # fmt: skip
_WHERE: Mapping[str, tuple[Posture, tuple[Posture, ...], float]] = {
    "feet": (STAND, POTTERING, 0.0),
    "bench": (SEATED, _SAT_ABOUT, 0.45),
    "floor": (ON_FLOOR_LEGS_OUT, _SAT_ABOUT, 0.0),
    "lying": (LYING, _LAIN, 0.0),
}


def pottered(style: Style, rng: np.random.Generator, seconds: float, *, where: str = "feet") -> At:
    """From one everyday posture to another at no regular time: ``feet``, ``bench``, ``floor`` or ``lying``."""
    base, pool, seat = _WHERE[where]
    anchor = "feet" if where == "feet" else "pelvis"
    times, now = [0.0], 0.0
    chosen = [pool[int(rng.integers(len(pool)))]]
    while now < seconds:
        stays = float(rng.uniform(0.2, 4.0))
        moves = float(rng.uniform(0.4, 1.4))
        times += [now + stays, now + stays + moves]
        # Small things are done more often than bending down.
        chosen += [chosen[-1], pool[int(len(pool) * rng.beta(1.0, 1.3))]]
        now += stays + moves
    keys = tuple((0.5, written_out(posture)) for posture in chosen)
    movement = Movement("idle", "pottering", base, keys, (1, 1), anchor, seat)  # type: ignore[arg-type]
    _, poses = key_poses(movement, style.build, style.key_habit(rng), 0)
    moments = np.array(times)

    def at(t: float) -> Shown:
        after = min(len(moments) - 1, max(1, int(np.searchsorted(moments, t, side="right"))))
        share = min(1.0, max(0.0, (t - moments[after - 1]) / (moments[after] - moments[after - 1])))
        weight = 0.5 - 0.5 * np.cos(np.pi * share)
        vector = poses[after] + weight * (poses[after + 1] - poses[after])
        vector[ANGLES] += style.restless(t)
        return Shown(vector)

    return at


def danced(style: Style, rng: np.random.Generator) -> At:
    """Smooth movement of the whole body that follows a beat and means nothing."""
    beat = float(rng.uniform(0.8, 2.4))
    centre = {**STAND, "shoulder_flex": 30, "shoulder_abd": 40, "elbow": 60, "knee": 18, "hip_flex": 18}
    mean = angles(centre) + style.habits
    spread = np.where(np.arange(30) < 6, 9.0, 32.0)
    spread[[12, 13, 14, 15, 16, 17, 24, 25, 26, 27, 28, 29]] = (16, 9, 6, 18, 6, 10) * 2
    rates = beat * rng.choice([0.25, 0.5, 1.0], (2, 30))
    starts, parts = rng.uniform(0, 2 * np.pi, (2, 30)), rng.normal(0, 0.8, (2, 30))
    hop, step = float(rng.choice([0.0, 0.02])), float(rng.uniform(0, 0.12))

    def at(t: float) -> Shown:
        moved = mean + spread * (parts * np.sin(2 * np.pi * rates * t + starts)).sum(axis=0)
        for bent in (9, 15, 21, 27):
            moved[bent] = abs(moved[bent])
        extras = {
            "hop": hop * abs(float(np.sin(np.pi * beat * t))),
            "aside": step * float(np.sin(np.pi * beat * t / 2)),
        }
        return Shown(pose_of(settled(style.build, moved, feet_fixed=False), extras, loose=True).vector)

    return at


def blended_way(nodes: list[Array], lengths: list[float], held: Held | None) -> At:
    """From the first pose vector to the last by way of the others, each leg in so many seconds."""
    ends = np.cumsum(lengths)

    def at(t: float) -> Shown:
        leg = min(len(lengths) - 1, int(np.searchsorted(ends, t, side="right")))
        share = min(1.0, max(0.0, 1 - (ends[leg] - t) / lengths[leg]))
        weight = 0.5 - 0.5 * np.cos(np.pi * share)
        return Shown(nodes[leg] + weight * (nodes[leg + 1] - nodes[leg]), held)

    return at
