"""What the exercise classifier looks at: a person's posture, freed of place, size and heading, over the last seconds.

Pure functions over arrays; the same code serves training, recordings and live cameras. A model file names the
``POSE_FEATURE_VERSION`` that it was made with and is refused where it differs.

A frame becomes a row of ``FRAME_COUNT`` numbers (``frame_rows``); rows at even steps of time, with velocities and
accelerations by the real time between them, become a window of ``COUNT`` columns (``windows``). ``BLOCKS`` says which
columns hold what, for models that want joints instead of a flat vector.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import joint_flexions

POSE_FEATURE_VERSION = 1

JOINTS = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, 32)
"""BlazePose landmarks that are looked at: nose; shoulders, elbows, wrists, hips, knees, ankles, toes, left first."""
BONES = (
    (1, 2), (1, 3), (3, 5), (2, 4), (4, 6), (1, 7), (2, 8), (7, 8), (7, 9), (9, 11), (8, 10), (10, 12), (11, 13),
    (12, 14), (0, 1), (0, 2),
)  # fmt: skip
"""Pairs of positions in ``JOINTS`` that are connected."""
MIRRORED = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13)
"""Position in ``JOINTS`` of each joint's partner on the other side."""

_JOINT_COUNT = len(JOINTS)
_ANGLES = 8
_SHAPE = 18
_FRAME_SIZES = {
    "joints": 3 * _JOINT_COUNT,
    "image": 2 * _JOINT_COUNT,
    "visibility": _JOINT_COUNT,
    "angles": _ANGLES,
    "symmetry": _ANGLES // 2,
    "shape": _SHAPE,
    "place": 2,
    "anchors": 6,
    "scale": 1,
}
_MOTION_SIZES = {
    "joint_velocity": 3 * _JOINT_COUNT,
    "angle_velocity": _ANGLES,
    "angle_acceleration": _ANGLES,
    "place_velocity": 2,
    "anchor_velocity": 6,
}


def _slices(sizes: Mapping[str, int]) -> dict[str, slice]:
    found, start = {}, 0
    for name, size in sizes.items():
        found[name] = slice(start, start + size)
        start += size
    return found


BLOCKS = _slices(_FRAME_SIZES | _MOTION_SIZES)
"""Columns of a window.

joints: x (to the person's left), y (down), z (to the person's back) of each joint in torso lengths, from the middle of
the hips, turned about the vertical so that the person faces us. image: x, y of each joint in the picture, in torso
lengths, from the middle of the hips. visibility: 0-1. angles: flexion of elbows, shoulders, hips and knees, left and
right in turn, in units of 180 degrees. symmetry: left minus right of these. shape: see ``_shape``. place: where the
middle of the hips is in the picture relative to the window's newest frame, in the window's median torso length.
anchors: the same of the middles of shoulders, wrists and ankles: what stays where it is while the rest moves tells a
pull-up from a press. scale: logarithm of the torso length in the picture over that median. Velocities and accelerations
are per second and per second squared, divided by ``MOTION_SCALE``. In a frame's row, place, anchors and scale are
pixels.
"""
COUNT = sum(_FRAME_SIZES.values()) + sum(_MOTION_SIZES.values())
"""Columns of a window."""
FRAME_COUNT = sum(_FRAME_SIZES.values())
"""Columns of a frame's row."""
MOTION_SCALE = {
    "joint_velocity": 4.0,
    "angle_velocity": 2.0,
    "angle_acceleration": 20.0,
    "place_velocity": 4.0,
    "anchor_velocity": 4.0,
}
"""Brings velocities and accelerations to about the size of the rest."""

_ANCHORS = ([11, 12], [15, 16], [27, 28])
_ANYWHERE = slice(BLOCKS["place"].start, BLOCKS["anchors"].stop)
_TINY = 1e-6
_LEAST_TORSO_M = 0.15
_LEAST_TORSO_PX = 1.0
_FARTHEST = 6.0


def frame_rows(landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of frames.

    ``landmarks`` (N, 33, 4): x, y, z in pixels, visibility; ``world`` (N, 33, 3): metres, y down, as BlazePose gives
    them. Returns (N, FRAME_COUNT) float32. Landmarks that are no numbers give a row that holds NaN: ask
    ``are_usable`` before.
    """
    points = np.asarray(world, np.float64)
    pixels = np.asarray(landmarks[..., :2], np.float64)
    visible = np.asarray(landmarks[..., 3], np.float64)
    shoulders, hips = points[:, 11:13].mean(axis=1), points[:, 23:25].mean(axis=1)
    torso = np.maximum(np.linalg.norm(shoulders - hips, axis=1), _LEAST_TORSO_M)
    body = (points - hips[:, None]) / torso[:, None, None]
    turned = _faced(body)
    hips_px = pixels[:, 23:25].mean(axis=1)
    torso_px = np.maximum(_pixels_per_metre(pixels, points) * torso, _LEAST_TORSO_PX)
    angles = joint_flexions(points) / 180.0
    rows = np.concatenate(
        [
            turned[:, JOINTS].reshape(len(points), -1),
            ((pixels[:, JOINTS] - hips_px[:, None]) / torso_px[:, None, None]).reshape(len(points), -1),
            visible[:, JOINTS],
            angles,
            angles[:, 0::2] - angles[:, 1::2],
            _shape(body, turned),
            hips_px,
            *(pixels[:, pair].mean(axis=1) for pair in _ANCHORS),
            torso_px[:, None],
        ],
        axis=1,
    )
    limited = BLOCKS["place"].start
    rows[:, :limited] = np.clip(rows[:, :limited], -_FARTHEST, _FARTHEST)
    return rows.astype(np.float32)


def are_usable(landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames (N, 33, 4) and (N, 33, 3) hold numbers alone: (N,) bool."""
    return np.asarray(np.isfinite(landmarks).all(axis=(1, 2)) & np.isfinite(world).all(axis=(1, 2)))


def windows(
    times: NDArray[np.float64], rows: NDArray[np.float32], ends_s: NDArray[np.float64], window_s: float, rate_hz: float
) -> NDArray[np.float32]:
    """What the last seconds up to each of some moments look like.

    ``times`` (N,) seconds, increasing; ``rows`` (N, FRAME_COUNT) as of ``frame_rows``; ``ends_s`` (K,) moments, of
    which nothing later is looked at. Rows are interpolated at ``rate_hz`` even steps a second; before the first frame
    stands the first. Returns (K, steps, COUNT) float32, oldest step first.
    """
    steps = window_steps(window_s, rate_hz)
    wanted = np.asarray(ends_s, np.float64)[:, None] - np.arange(steps - 1, -1, -1) / rate_hz
    after = np.searchsorted(times, wanted, side="left")
    last_seen = np.searchsorted(times, np.asarray(ends_s, np.float64), side="right") - 1
    high = np.minimum(np.clip(after, 0, len(times) - 1), np.maximum(last_seen, 0)[:, None])
    low = np.minimum(np.clip(after - 1, 0, len(times) - 1), high)
    span = times[high] - times[low]
    share = np.clip(np.where(span > 0, (wanted - times[low]) / np.where(span > 0, span, 1.0), 0.0), 0.0, 1.0)
    share = share[..., None].astype(np.float32)
    frames = rows[low] * (1 - share) + rows[high] * share
    # One length for the whole window: a place divided by each frame's own would shake with that length's error.
    torso_px = np.median(frames[..., BLOCKS["scale"]], axis=1, keepdims=True)
    frames[..., _ANYWHERE] = (frames[..., _ANYWHERE] - frames[:, -1:, _ANYWHERE]) / torso_px
    frames[..., BLOCKS["scale"]] = np.log(frames[..., BLOCKS["scale"]] / torso_px)
    limited = frames[..., _ANYWHERE.start :]
    np.clip(limited, -_FARTHEST, _FARTHEST, out=limited)
    return np.concatenate([frames, _motion(frames, rate_hz)], axis=-1)


def window_steps(window_s: float, rate_hz: float) -> int:
    """How many steps a window has."""
    return round(window_s * rate_hz)


def _motion(frames: NDArray[np.float32], rate_hz: float) -> NDArray[np.float32]:
    """Velocities and accelerations of frames (K, T, FRAME_COUNT) at even steps, by differences with the step before."""

    def change(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.diff(values, axis=1, prepend=values[:, :1]) * np.float32(rate_hz)

    turning = change(frames[..., BLOCKS["angles"]])
    parts = {
        "joint_velocity": change(frames[..., BLOCKS["joints"]]),
        "angle_velocity": turning,
        "angle_acceleration": change(turning),
        "place_velocity": change(frames[..., BLOCKS["place"]]),
        "anchor_velocity": change(frames[..., BLOCKS["anchors"]]),
    }
    scaled = [np.clip(part / MOTION_SCALE[name], -_FARTHEST, _FARTHEST) for name, part in parts.items()]
    return np.concatenate(scaled, axis=-1).astype(np.float32)


def _faced(body: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (N, 33, 3) turned about the vertical so that the line from the right to the left side points along x.

    The line is that of shoulders and hips together: one pair alone is short where the body is seen from the side.
    """
    across = (body[:, 11] - body[:, 12]) + (body[:, 23] - body[:, 24])
    length = np.maximum(np.hypot(across[:, 0], across[:, 2]), _TINY)
    cosine, sine = across[:, 0] / length, across[:, 2] / length
    x, z = body[..., 0], body[..., 2]
    turned = body.copy()
    turned[..., 0] = x * cosine[:, None] + z * sine[:, None]
    turned[..., 2] = z * cosine[:, None] - x * sine[:, None]
    return turned


def _shape(body: NDArray[np.float64], turned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances and heights in torso lengths, and directions: (N, 18).

    Shoulder width, hip width, wrist spread, elbow spread, knee spread, ankle spread sideways, ankle split fore and aft;
    height of both wrists over the shoulders, of the wrists over the nose and over the hips, of the elbows over the
    shoulders, of the hips over the knees and over the ankles; trunk to the vertical (cosine), chest up (1) or down
    (-1), fold of the body at the hips (cosine), head over hips.
    """

    def apart(first: int, second: int) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(body[:, first] - body[:, second], axis=1))

    def middle(first: int, second: int) -> NDArray[np.float64]:
        return np.asarray((body[:, first] + body[:, second]) / 2)

    shoulders, hips, knees, ankles = middle(11, 12), middle(23, 24), middle(25, 26), middle(27, 28)
    wrists, elbows = middle(15, 16), middle(13, 14)
    spine = _directions(shoulders - hips)
    chest = _directions(np.cross(shoulders - hips, body[:, 12] - body[:, 11]))
    feet = turned[:, 27] - turned[:, 28]
    return np.stack(
        [
            apart(11, 12), apart(23, 24), apart(15, 16), apart(13, 14), apart(25, 26), np.abs(feet[:, 0]),
            np.abs(feet[:, 2]), body[:, 11, 1] - body[:, 15, 1], body[:, 12, 1] - body[:, 16, 1],
            body[:, 0, 1] - wrists[:, 1], hips[:, 1] - wrists[:, 1], shoulders[:, 1] - elbows[:, 1],
            knees[:, 1] - hips[:, 1], ankles[:, 1] - hips[:, 1], -spine[:, 1], -chest[:, 1],
            np.sum(spine * _directions(hips - ankles), axis=1), hips[:, 1] - body[:, 0, 1],
        ],
        axis=1,
    )  # fmt: skip


def _directions(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY))


def _pixels_per_metre(pixels: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale of the person in the picture (N,), from the spread of the body in both."""
    spread_px = np.sqrt(pixels[:, 11:29].var(axis=1).sum(axis=1))
    spread_m = np.sqrt(points[:, 11:29, :2].var(axis=1).sum(axis=1))
    return np.asarray(spread_px / np.maximum(spread_m, _TINY))
