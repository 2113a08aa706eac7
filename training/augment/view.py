"""A track as another camera would have seen it: turned about the vertical, from higher up, rolled, mirrored.

Pure functions from a track to a new one; frames, times and labels stay. World and image change together: the picture is
that of the body turned about the middle of its hips and seen orthographically at the person's scale, where z of the
world, in pixels, stands for the depth that a picture lacks.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.dataset.landmarks import Track

MIRRORED = (
    0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 22, 21, 24, 23, 26, 25, 28, 27, 30, 29,
    32, 31,
)  # fmt: skip
"""Of each BlazePose landmark its partner on the other side; the nose is its own."""

_TINY = 1e-6
_MOST_PIXELS_PER_METRE = 1e4
"""A person of more fills any picture; more comes of landmarks that all lie on one point."""


def pixels_per_metre(track: Track) -> NDArray[np.float32]:
    """Scale of the person in the picture (N,), from the spread of shoulders to ankles in picture and world."""
    spread_px = np.sqrt(track.landmarks[:, 11:29, :2].var(axis=1).sum(axis=1))
    spread_m = np.sqrt(track.world[:, 11:29, :2].var(axis=1).sum(axis=1))
    scale = spread_px / np.maximum(spread_m, _TINY)
    return np.asarray(np.minimum(scale, _MOST_PIXELS_PER_METRE), np.float32)


def yawed(track: Track, angle_deg: float) -> Track:
    """The body turned about the vertical; a positive angle turns a person who faces us to the picture's left."""
    return seen_from(track, yaw_deg=angle_deg)


def pitched(track: Track, angle_deg: float) -> Track:
    """The body as a camera sees it that is lifted by an angle and looks down on it (negative: from below)."""
    return seen_from(track, pitch_deg=angle_deg)


def rolled(track: Track, angle_deg: float) -> Track:
    """The picture turned, a positive angle clockwise as seen on the screen, about the middle of the hips."""
    return seen_from(track, roll_deg=angle_deg)


def seen_from(track: Track, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Track:
    """The body turned about the vertical, then seen from higher up, then the picture turned; in one go."""
    turns = [_turn(axis, angle) for axis, angle in ((1, yaw_deg), (0, pitch_deg), (2, roll_deg))]
    return _turned(track, turns[2] @ turns[1] @ turns[0])


def _turn(axis: int, angle_deg: float) -> NDArray[np.float64]:
    """Matrix (3, 3) that turns columns of x, y, z about an axis, from the next axis to the one after it."""
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    matrix = np.eye(3)
    following, last = (axis + 1) % 3, (axis + 2) % 3
    matrix[following, following] = matrix[last, last] = cosine
    matrix[following, last], matrix[last, following] = -sine, sine
    return matrix


def mirrored(track: Track) -> Track:
    """The picture flipped left to right: left limbs become right ones."""
    landmarks, world = track.landmarks[:, MIRRORED], track.world[:, MIRRORED]
    landmarks[..., 0] = track.width - landmarks[..., 0]
    world[..., 0] = -world[..., 0]
    return replace(track, landmarks=landmarks, world=world, view="")


def _turned(track: Track, rotation: NDArray[np.float64]) -> Track:
    """A track with its body turned by a matrix (3, 3) that acts on columns of x, y, z."""
    matrix = rotation.T.astype(np.float32)
    scale = pixels_per_metre(track)[:, None, None]
    middle = track.world[:, 23:25].mean(axis=1, keepdims=True)
    body = track.world - middle
    hips = track.landmarks[:, 23:25, :3].mean(axis=1, keepdims=True)
    offset = track.landmarks[..., :3] - hips
    landmarks = track.landmarks.copy()
    # The picture's own z is no metre times the scale; it is turned as it is, so that an angle of 0 changes nothing.
    landmarks[..., 2] = offset @ matrix[:, 2] + hips[..., 2]
    offset[..., 2:] = body[..., 2:] * scale
    landmarks[..., :2] = offset @ matrix[:, :2] + hips[..., :2]
    return replace(track, landmarks=landmarks, world=body @ matrix + middle, view="")
