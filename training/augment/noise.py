"""What a pose network gets wrong, put on a track: errors of single joints, trembling, wrong depth, late answers.

Pure functions from a track to a new one; frames, times and labels stay. Sizes of errors follow PoseFix (Moon, Chang,
Lee: PoseFix, CVPR 2019): each joint is right, shaken, missed, or taken for its partner on the other side, and a
distance is told in object key-point similarity: ``d = sqrt(-2 area (2 sigma)^2 ln(similarity))``.
"""

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

from training.augment.view import MIRRORED, pixels_per_metre
from training.dataset.landmarks import LANDMARKS, Track
from workers.people.oks import AREA_OF_REGION, COCO_POINTS, COCO_SIGMAS

REGION_M = 2.3
"""Side of the region around an adult (see workers/people/oks.py)."""
_AREA_M2 = AREA_OF_REGION * REGION_M**2

_HELD_S = 0.25
"""How long an error of a joint lasts: networks err in the same way in frames that look alike."""

_FACE, _UPPER, _LOWER = range(0, 11), range(11, 23), range(23, 33)


def _by_landmark(default: float, **values: float) -> NDArray[np.float64]:
    """A number for each of the 33 landmarks, by the name of a group of them; later groups go before earlier ones."""
    groups = {
        "face": _FACE, "nose": (0,), "upper": _UPPER, "shoulder": (11, 12), "lower": _LOWER, "hip": (23, 24),
        "knee": (25, 26), "ankle": range(27, 33),
    }  # fmt: skip
    found = np.full(LANDMARKS, default)
    for group, landmarks in groups.items():
        if group in values:
            found[list(landmarks)] = values[group]
    return found


def _sigmas() -> NDArray[np.float64]:
    """Spread of annotators for all 33: that of the nearest of COCO's points for those that COCO does not know."""
    found = np.full(LANDMARKS, 0.035)
    found[[1, 3, 4, 6]] = 0.025
    found[[17, 18, 19, 20, 21, 22]] = 0.062
    found[[29, 30, 31, 32]] = 0.089
    found[COCO_POINTS] = COCO_SIGMAS
    return found


SIGMAS = _sigmas()
JITTER = _by_landmark(0.10, upper=0.15, hip=0.20)
"""Chance of a joint to be off by a similarity of .85 to .5."""
MISS = _by_landmark(0.10, face=0.02, shoulder=0.05, ankle=0.05)
"""Chance of a joint to be off by a similarity of .5 to .1."""
INVERSION = _by_landmark(0.0, face=0.01, upper=0.03, lower=0.06)
"""Chance of a joint to be found at its partner's place."""
GOOD, JITTERED, MISSED = 0.85, 0.5, 0.1


def misjudged(track: Track, strength: float, rng: Generator) -> Track:
    """A track with PoseFix's errors; ``strength`` 1 has its chances and sizes, less has less of both."""
    if not len(track) or strength <= 0:
        return track
    steps = 1 + int((track.times[-1] - track.times[0]) / _HELD_S)
    step = np.minimum(((track.times - track.times[0]) / _HELD_S).astype(np.intp), steps - 1)
    draw = rng.random((steps, LANDMARKS))
    missed = draw < strength * MISS
    shaken = ~missed & (draw < strength * (MISS + JITTER))
    swapped = rng.random((steps, LANDMARKS)) < strength * INVERSION
    best = np.where(missed, JITTERED, np.where(shaken, GOOD, 1.0))
    worst = np.where(missed, MISSED, np.where(shaken, JITTERED, GOOD))
    similarity = rng.uniform(worst, best)
    distance_m = strength * np.sqrt(-2 * _AREA_M2 * np.square(2 * SIGMAS) * np.log(similarity))
    direction = rng.normal(size=(steps, LANDMARKS, 3))
    direction /= np.maximum(np.linalg.norm(direction[..., :2], axis=2, keepdims=True), 1e-3)
    # A picture says little of depth, but depth must not run away where the direction in the picture is short.
    offset = np.clip(direction, -2.0, 2.0) * distance_m[..., None]
    return _moved(_inverted(track, swapped[step]), _eased(offset, track.times))


def _eased(offset: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Errors (steps, 33, 3) of even steps of time as errors of frames, without leaps between them."""
    place = np.clip((times - times[0]) / _HELD_S - 0.5, 0.0, len(offset) - 1.0)
    low = place.astype(np.intp)
    high = np.minimum(low + 1, len(offset) - 1)
    share = (place - low)[:, None, None]
    return np.asarray(offset[low] * (1 - share) + offset[high] * share)


def _inverted(track: Track, swapped: NDArray[np.bool_]) -> Track:
    """A track with some joints (N, 33) at their partners' places."""
    which = swapped[..., None]
    landmarks = track.landmarks.copy()
    landmarks[..., :3] = np.where(which, track.landmarks[:, MIRRORED, :3], track.landmarks[..., :3])
    return replace(track, landmarks=landmarks, world=np.where(which, track.world[:, MIRRORED], track.world))


def trembling(track: Track, size: float, rng: Generator, memory_s: float = 0.3, depth: float = 2.5) -> Track:
    """A track whose landmarks drift about their places, correlated in time.

    ``size``: spread in torso lengths (a network has .005 to .02); ``depth``: how much more of it along z.
    """
    if len(track) < 2 or size <= 0:
        return track
    step_s = float(np.median(np.diff(track.times)))
    keep = float(np.exp(-step_s / memory_s))
    drawn = rng.normal(size=(len(track), LANDMARKS, 3))
    drawn[1:] *= np.sqrt(1 - keep**2)
    drift = lfilter([1.0], [1.0, -keep], drawn, axis=0)
    return _moved(track, drift * (size * _torso_m(track) * np.array([1.0, 1.0, depth])))


def misjudged_depth(track: Track, factor: float) -> Track:
    """A track whose depth is pressed together (below 1) or stretched, as networks do that see one picture."""
    landmarks, world = track.landmarks.copy(), track.world.copy()
    landmarks[..., 2] *= np.float32(factor)
    world[..., 2] *= np.float32(factor)
    return replace(track, landmarks=landmarks, world=world)


def _torso_m(track: Track) -> float:
    torso = track.world[:, 11:13].mean(axis=1) - track.world[:, 23:25].mean(axis=1)
    return float(np.median(np.linalg.norm(torso, axis=1)))


def _moved(track: Track, offset_m: NDArray[np.float64]) -> Track:
    """A track with its landmarks elsewhere by (N, 33, 3) metres, in the world and in the picture."""
    landmarks = track.landmarks.copy()
    landmarks[..., :3] += (offset_m * pixels_per_metre(track)[:, None, None]).astype(np.float32)
    return replace(track, landmarks=landmarks, world=track.world + offset_m.astype(np.float32))
