"""How one person differs from the drawing book: build, habits of posture, tempo, range, unrest, and getting tired.

All from one random generator, so that the same seed gives the same person. Spreads are degrees, one standard deviation.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.skeleton import DOFS, Build

Array = NDArray[np.float64]

_HABIT = {
    "pitch": 4.5, "roll": 1.5, "lumbar": 4.0, "twist": 2.0, "neck": 11.0, "turn": 9.0,
    "shoulder_flex": 8.0, "shoulder_abd": 6.5, "shoulder_rot": 10.0, "elbow": 8.0, "pronation": 14.0, "wrist": 8.0,
    "hip_flex": 5.0, "hip_abd": 4.0, "hip_rot": 4.0, "knee": 6.0, "toe_out": 6.0, "foot_pitch": 3.0,
}  # fmt: skip
_UNREST = {"neck": 3.5, "turn": 5.0, "shoulder_rot": 2.5, "elbow": 2.5, "shoulder_flex": 1.8, "shoulder_abd": 1.5}
_UNREST_ELSEWHERE = 0.9
_ONE_SIDED = 0.35
"""Share of a habit that left and right do not have in common."""
_PLAIN = np.array([_HABIT[name.removeprefix("left_").removeprefix("right_")] for name in DOFS])
_WAVES = 3


def _paired_noise(rng: np.random.Generator) -> Array:
    """Offsets of all joint angles, (30,), in standard deviations; left and right mostly the same."""
    middle, own = rng.normal(size=30), rng.normal(size=30)
    middle[18:] = middle[6:18]
    return np.asarray(np.sqrt(1 - _ONE_SIDED**2) * middle + _ONE_SIDED * own * (np.arange(30) >= 6))


@dataclass(frozen=True, slots=True)
class Style:
    """One person."""

    build: Build
    habits: Array
    """(30,) degrees added to every posture."""
    looseness: float
    """How far postures differ from the drawing book, beside the usual."""
    range_: float
    """0-1, from the shortest range that is still the exercise to a little more than all of it."""
    tempo: float
    """0-1, from the slow end of an exercise's usual time to the quick one."""
    warp: float
    """Exponent of the phase: below 1 the way out is quicker than the way back."""
    dwell: float
    """Longest pause between repetitions, seconds."""
    linger: float
    """Share of a repetition that is spent at its far end."""
    fatigue: float
    unsteadiness: float
    """Spread of the range and the time of repetitions, as a share."""
    unevenness: float
    """How much less far the right limbs go than the left ones, as a share; negative for more."""
    rates: Array
    """(waves, 30) Hz of the slow unrest of each joint."""
    starts: Array
    """(waves, 30) radians."""
    unrest: Array
    """(30,) degrees."""
    seed: int

    def key_habit(self, rng: np.random.Generator) -> Callable[[int], Array]:
        """Angles to add to each key posture: the habits, and what this person does differently in this movement."""

        def offsets(_: int) -> Array:
            return self.habits + 0.55 * self.looseness * _PLAIN * _paired_noise(rng)

        return offsets

    def restless(self, time_s: float) -> Array:
        """Joint angles, (30,) degrees, of somebody who is never quite still."""
        waves = np.sin(2 * np.pi * self.rates * time_s + self.starts).sum(axis=0)
        return np.asarray(self.unrest * waves / np.sqrt(_WAVES / 2))


def styled(rng: np.random.Generator) -> Style:
    """Somebody."""
    looseness = float(np.clip(rng.lognormal(0.0, 0.3), 0.5, 1.8))
    unrest = np.array(
        [_UNREST.get(name.removeprefix("left_").removeprefix("right_"), _UNREST_ELSEWHERE) for name in DOFS]
    )
    return Style(
        build=Build(float(np.clip(rng.normal(1.72, 0.09), 1.48, 2.0)), float(np.clip(rng.normal(1.0, 0.08), 0.8, 1.2)),
                    float(np.clip(rng.normal(1.0, 0.1), 0.8, 1.3))),
        habits=0.8 * looseness * _PLAIN * _paired_noise(rng),
        looseness=looseness,
        range_=float(np.clip(rng.beta(3.0, 1.6), 0.0, 1.0)),
        tempo=float(rng.beta(1.6, 1.6)),
        warp=float(np.exp(rng.normal(0.0, 0.16))),
        dwell=float(rng.choice([0.0, 0.3, 1.2], p=[0.5, 0.3, 0.2])),
        linger=float(max(0.0, rng.uniform(-0.15, 0.3))),
        fatigue=float(rng.uniform(0, 0.8)),
        unsteadiness=float(rng.uniform(0.02, 0.10)),
        unevenness=float(rng.normal(0, 0.05)),
        rates=rng.uniform(0.06, 0.55, (_WAVES, 30)),
        starts=rng.uniform(0, 2 * np.pi, (_WAVES, 30)),
        unrest=unrest * float(rng.lognormal(0.0, 0.4)),
        seed=int(rng.integers(1 << 30)),
    )  # fmt: skip
