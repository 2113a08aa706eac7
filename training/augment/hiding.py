"""A track of which less is seen: a limb behind something for a while, legs outside of the picture.

Pure functions. A network says where a hidden joint is all the same, by guessing, and calls it invisible; so do these.
"""

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.augment.view import pixels_per_metre
from training.dataset.landmarks import Track

LIMBS: dict[str, tuple[int, tuple[int, ...]]] = {
    "left_arm": (11, (13, 15, 17, 19, 21)),
    "right_arm": (12, (14, 16, 18, 20, 22)),
    "left_hand": (13, (15, 17, 19, 21)),
    "right_hand": (14, (16, 18, 20, 22)),
    "left_leg": (23, (25, 27, 29, 31)),
    "right_leg": (24, (26, 28, 30, 32)),
    "left_foot": (25, (27, 29, 31)),
    "right_foot": (26, (28, 30, 32)),
}
"""What hides together: the landmark that it hangs on, and its landmarks."""

LOWER_LEGS = ("left_foot", "right_foot")
LEGS = ("left_leg", "right_leg")

_THIGH_M, _SHANK_M = 0.42, 0.42
_BELOW_HIP_M = {25: _THIGH_M, 26: _THIGH_M} | dict.fromkeys((27, 28, 29, 30, 31, 32), _THIGH_M + _SHANK_M)
"""How far below its hip a standing adult has each landmark of the leg: where a network puts legs that it cannot see."""


def hidden(track: Track, limb: str, first_s: float, last_s: float, rng: Generator, wander_m: float = 0.05) -> Track:
    """A limb that is not seen from one time to another: it stays as it was seen last and wanders a little."""
    anchor, joints = LIMBS[limb]
    places = np.flatnonzero((track.times >= first_s) & (track.times <= last_s))
    if not len(places):
        return track
    start = places[0]
    held = track.world[start, joints] - track.world[start, anchor]
    guess = track.world[places, anchor][:, None] + held + _wander(len(places), len(joints), wander_m, rng)
    return _guessed(track, places, joints, anchor, guess, rng)


def cut_off(track: Track, limbs: tuple[str, ...], standing: float, rng: Generator, wander_m: float = 0.03) -> Track:
    """Legs outside of the picture all the time.

    ``standing`` 0-1: how far the guess goes from the pose that the legs had on average to legs that hang straight down.
    """
    every = np.arange(len(track))
    for limb in limbs:
        anchor, joints = LIMBS[limb]
        usual = (track.world[:, joints] - track.world[:, [anchor]]).mean(axis=0)
        straight = np.zeros_like(usual)
        straight[:, 1] = [_BELOW_HIP_M[joint] - _BELOW_HIP_M.get(anchor, 0.0) for joint in joints]
        held = (1 - standing) * usual + standing * straight
        guess = track.world[:, [anchor]] + held + _wander(len(track), len(joints), wander_m, rng)
        track = _guessed(track, every, joints, anchor, guess, rng)
    return track


def _wander(frames: int, joints: int, size_m: float, rng: Generator) -> NDArray[np.float64]:
    """A slow walk of about this size (frames, joints, 3)."""
    knots = max(2, frames // 8)
    points = rng.normal(0.0, size_m, (knots, joints, 3))
    place = np.linspace(0.0, knots - 1.0, frames)
    low = np.minimum(place.astype(np.intp), knots - 2)
    share = (place - low)[:, None, None]
    return np.asarray(points[low] * (1 - share) + points[low + 1] * share)


def _guessed(
    track: Track,
    places: NDArray[np.intp],
    joints: tuple[int, ...],
    anchor: int,
    guess: NDArray[np.float64],
    rng: Generator,
) -> Track:
    """A track with the world of some joints in some frames replaced, in the picture likewise, and hardly visible."""
    landmarks, world = track.landmarks.copy(), track.world.copy()
    where = np.ix_(places, np.array(joints))
    world[where] = guess
    scale = pixels_per_metre(track)[places, None, None]
    offset = (guess - track.world[places, anchor][:, None]) * scale
    faint = rng.uniform(0.0, 0.3, (1, len(joints), 1)) * np.ones((len(places), 1, 1))
    landmarks[where] = np.concatenate([track.landmarks[places, anchor, :3][:, None] + offset, faint], axis=2)
    return replace(track, landmarks=landmarks, world=world)
