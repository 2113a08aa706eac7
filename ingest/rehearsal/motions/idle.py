"""What people do in a gym who do not train: stand, sit, drink, look at a phone, stretch, tidy up, tie a shoe, talk.

Each is a round of postures with pauses of uneven length, on top of the small movements of somebody who stands. Never
still and never in a rhythm, because a counter must not count it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.motions.exercises import STAND, Posture, Thing
from ingest.rehearsal.motions.repetition import Held, Moment, sitting
from ingest.rehearsal.skeleton import Build, Stance, angles, settled

Array = NDArray[np.float64]
_PLANNED_S = 900.0
"""Rounds are planned for so long; who idles for longer begins again."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One posture of a round."""

    posture: Posture
    stays_s: tuple[float, float]
    """Shortest and longest stay, seconds."""
    moves_s: float = 0.9
    """On the way into it."""


@dataclass(frozen=True, slots=True)
class _Activity:
    steps: tuple[_Step, ...]
    shuffled: bool = False
    """In any order, as gestures are, instead of one after the other."""
    held: Thing | None = None
    seated: bool = False


_PHONE: Posture = {"neck": 34, "right_elbow": 112, "right_shoulder_flex": 24, "right_shoulder_rot": -28,
                   "left_elbow": 96, "left_shoulder_flex": 26, "left_shoulder_rot": -38, "pronation": -40}  # fmt: skip
_AT_SHOE: Posture = {"pitch": 66, "lumbar": 14, "neck": -6, "hip_flex": 150, "knee": 118, "hip_abd": 8,
                     "shoulder_flex": 50, "shoulder_abd": -2, "elbow": 70, "foot_pitch": 16}  # fmt: skip
_AT_RACK: Posture = {"pitch": 16, "hip_flex": 18, "shoulder_flex": 72, "elbow": 34, "shoulder_abd": -4, "pronation": 4}

_ACTIVITIES: Mapping[str, _Activity] = MappingProxyType(
    {
        "standing": _Activity((_Step({}, (60.0, 120.0)),)),
        "sitting": _Activity(
            (
                _Step({}, (5.0, 14.0)),
                _Step({"pitch": 32, "hip_flex": 111, "shoulder_flex": 62, "elbow": 62, "neck": 12}, (5.0, 16.0), 1.4),
                _Step({"pitch": -4, "hip_flex": 76, "shoulder_flex": -22, "elbow": 10}, (4.0, 9.0), 1.3),
            ),
            shuffled=True,
            seated=True,
        ),
        "drinking": _Activity(
            (
                _Step({"right_elbow": 30, "right_pronation": 0}, (3.0, 9.0), 1.1),
                _Step({"right_shoulder_flex": 52, "right_shoulder_abd": 22, "right_shoulder_rot": -34,
                       "right_elbow": 143, "neck": -12, "right_pronation": 20}, (1.4, 3.6), 1.0),
            ),
            held="bottle",
        ),
        "phone": _Activity(
            (
                _Step(_PHONE, (6.0, 20.0), 1.2),
                _Step({**_PHONE, "left_elbow": 20, "left_shoulder_flex": 4, "left_shoulder_rot": 0}, (4.0, 12.0)),
                _Step({**_PHONE, "neck": 4, "turn": 30}, (1.5, 4.0)),
            ),
            shuffled=True,
            held="phone",
        ),
        "stretching": _Activity(
            (
                _Step({"left_shoulder_abd": 168, "left_elbow": 24, "roll": 16, "right_shoulder_abd": 18},
                      (4.0, 9.0), 1.6),
                _Step({"right_shoulder_abd": 168, "right_elbow": 24, "roll": -16, "left_shoulder_abd": 18},
                      (4.0, 9.0), 1.8),
                _Step({"left_shoulder_flex": 88, "left_shoulder_abd": -42, "right_shoulder_flex": 70,
                       "right_elbow": 104, "right_shoulder_rot": -50}, (5.0, 10.0), 1.5),
                _Step({"pitch": 84, "hip_flex": 84, "lumbar": 16, "shoulder_flex": 88, "elbow": 6, "knee": 4},
                      (5.0, 11.0), 2.2),
                _Step({}, (2.0, 6.0), 1.8),
            ),
        ),
        "racking": _Activity(
            (
                _Step({"pitch": 62, "lumbar": 8, "hip_flex": 112, "knee": 66, "shoulder_flex": 66, "elbow": 8},
                      (0.6, 1.6), 1.2),
                _Step({"pitch": 4, "shoulder_flex": 24, "elbow": 72, "shoulder_abd": 2}, (0.8, 2.5), 1.3),
                _Step(_AT_RACK, (0.7, 1.8), 1.0),
                _Step({}, (2.0, 6.0), 1.1),
            ),
            held="plate",
        ),
        "tying": _Activity((_Step(_AT_SHOE, (5.0, 9.0), 1.6), _Step({}, (4.0, 10.0), 1.5))),
        "talking": _Activity(
            (
                _Step({}, (1.5, 5.0), 0.7),
                _Step({"right_elbow": 84, "right_shoulder_flex": 18, "right_shoulder_rot": 22}, (0.5, 2.0), 0.5),
                _Step({"elbow": 78, "shoulder_flex": 16, "shoulder_rot": 26}, (0.4, 1.8), 0.5),
                _Step({"left_elbow": 96, "left_shoulder_flex": 34, "left_shoulder_rot": -10, "turn": 18},
                      (0.5, 2.2), 0.5),
                _Step({"right_shoulder_flex": 62, "right_elbow": 38, "right_shoulder_abd": 18}, (0.6, 2.0), 0.6),
                _Step({"elbow": 108, "shoulder_flex": 22, "shoulder_rot": -42}, (2.0, 6.0), 0.8),
                _Step({"neck": 14, "left_elbow": 24}, (0.4, 1.0), 0.4),
            ),
            shuffled=True,
        ),
    }
)  # fmt: skip

IDLE: tuple[str, ...] = tuple(_ACTIVITIES)
"""What people can do between their exercises."""


def idle(kind: str, build: Build, time_s: float, seed: int) -> Moment:
    """Somebody who has been idle for so long; the same for the same seed. Raises KeyError for an unknown kind.

    ``sitting`` is across a bench whose middle is the station, everything else on the feet.
    """
    activity = _ACTIVITIES[kind]
    changes, at = _round(kind, seed, time_s)
    if activity.seated:
        posture = _blended_posture({"pitch": 7, "hip_flex": 86, "shoulder_flex": 22, "elbow": 52, "neck": 4}, *changes)
        restless = {"neck": posture["neck"] + 6 * _wave(seed, time_s)[3], "turn": 20 * _wave(seed, time_s)[2]}
        return Moment(sitting(build, {**posture, **restless}))
    held = activity.held
    if held == "plate" and at not in (1, 2):
        # Picked up from the floor and left on the rack.
        held = None
    return Moment(_on_feet(build, time_s, seed, changes), Held(held) if held else None)


def standing(build: Build, time_s: float, seed: int) -> Stance:
    """Someone who stands about: shifts their weight, looks around, moves an arm; never still, never in a rhythm."""
    return _on_feet(build, time_s, seed, ({}, {}, 0.0))


def _on_feet(build: Build, time_s: float, seed: int, changes: tuple[Posture, Posture, float]) -> Stance:
    wave = _wave(seed, time_s)
    restless: dict[str, float] = {
        "pitch": 2 + 2 * wave[0],
        "roll": 1.5 * wave[1],
        "turn": 24 * wave[2],
        "neck": 6 + 9 * wave[3],
        "twist": 7 * wave[4],
        "left_elbow": 18 + 10 * wave[5],
        "right_elbow": 18 + 10 * wave[6],
        "right_shoulder_flex": 4 + 8 * wave[7],
    }
    before, after, weight = changes
    first, second = (angles({**STAND, **restless, **_apart(change)}) for change in (before, after))
    now = settled(build, first + (second - first) * weight)
    # The balls of the feet stay where they are when somebody just stands.
    feet = settled(build, angles(STAND))
    back = np.array([0.0, (feet.balls - now.balls)[:, 1].mean(), 0.0])
    sway = np.array([0.018 * wave[1], 0.010 * wave[0], 0.0]) * build.height_m
    pelvis = now.pelvis + back + sway
    # Who leans to a side keeps most of the weight over the feet, and bends a knee for the hip that comes up.
    pelvis[0] *= 0.6
    lean = abs(float(np.sin(np.radians(now.angles[1]))))
    pelvis[2] -= 0.11 * lean * build.height_m
    return replace(now, pelvis=pelvis, balls=feet.balls)


def _apart(posture: Posture) -> dict[str, float]:
    """Paired angles written out by side, so that they replace what is given by side before them."""
    written: dict[str, float] = {}
    for name, degrees in posture.items():
        sides = name.startswith(("left_", "right_")) or name in ("pitch", "roll", "lumbar", "twist", "neck", "turn")
        written.update({name: degrees} if sides else {f"left_{name}": degrees, f"right_{name}": degrees})
    return written


def _wave(seed: int, time_s: float) -> Array:
    """Eight slow movements, -1 to 1, of no common period."""
    rates, starts = _rates(seed)
    wave = np.sin(2 * np.pi * rates * time_s + starts) * np.sin(2 * np.pi * 0.61 * rates * time_s + starts[::-1])
    return np.asarray(wave)


@lru_cache(maxsize=256)
def _rates(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.05, 0.23, 8), rng.uniform(0, 2 * np.pi, 8)


@lru_cache(maxsize=256)
def _plan(kind: str, seed: int) -> tuple[Array, tuple[int, ...]]:
    """When each step of the rounds begins, (n,) seconds, and which step it is."""
    steps, rng = _ACTIVITIES[kind].steps, np.random.default_rng((seed, 2))
    begins, order, now, at = [], [], 0.0, 0
    while now < _PLANNED_S:
        begins.append(now)
        order.append(at)
        now += steps[at].moves_s + float(rng.uniform(*steps[at].stays_s))
        if _ACTIVITIES[kind].shuffled and len(steps) > 1:
            at = (at + 1 + int(rng.integers(len(steps) - 1))) % len(steps)
        else:
            at = (at + 1) % len(steps)
    return np.array(begins), tuple(order)


def _round(kind: str, seed: int, time_s: float) -> tuple[tuple[Posture, Posture, float], int]:
    """The postures that are left and entered, how far (0-1), and the number of the step that is entered."""
    steps = _ACTIVITIES[kind].steps
    begins, order = _plan(kind, seed)
    time_s %= _PLANNED_S
    now = max(0, int(np.searchsorted(begins, time_s, side="right")) - 1)
    step = steps[order[now]]
    # The first posture is there from the beginning: the way into it is that of whoever begins to idle.
    before = steps[order[now - 1]].posture if now else step.posture
    share = min(1.0, (time_s - begins[now]) / step.moves_s)
    return (before, step.posture, 0.5 - 0.5 * float(np.cos(np.pi * share))), order[now]


def _blended_posture(base: Posture, before: Posture, after: Posture, weight: float) -> dict[str, float]:
    first, second = {**base, **before}, {**base, **after}
    return {name: first[name] + (second[name] - first[name]) * weight for name in base}
