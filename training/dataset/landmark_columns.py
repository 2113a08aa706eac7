"""Which column of a landmark CSV holds what: the spellings of public BlazePose data sets. Pure.

Landmarks by number or by name, the axis before or after, with or without a prefix: ``x0``, ``landmark_0_x``,
``x_nose``, ``nose_x``, ``LEFT_SHOULDER.y``, ``leftShoulderX``; world landmarks where ``world`` or ``wx`` stands in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import ConfigError
from training.dataset.body_guess import CORE, LANDMARKS

NAMES = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb",
    "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel",
    "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""BlazePose's landmarks, in their order."""
ROLES = {
    "video": (
        "video_id", "vid_id", "video", "vid", "video_name", "clip_id", "clip", "sequence_id", "sequence", "seq_id",
        "recording", "source", "file", "filename", "file_name", "pose_id",
    ),
    "frame": (
        "frame_id", "frame", "frame_order", "frame_number", "frame_num", "frame_no", "frame_idx", "frame_index",
        "framenumber", "order",
    ),
    "label": ("label", "class", "exercise", "exercise_name", "action", "activity", "category", "workout", "pose"),
    "group": ("group", "group_id", "subject", "subject_id", "participant", "user", "user_id", "actor"),
    "person": ("person", "person_id", "track", "track_id"),
    "time": ("time_s", "time", "timestamp", "timestamp_s", "time_sec", "seconds"),
    "time_ms": ("time_ms", "timestamp_ms", "ms"),
    "view": ("view", "camera_view", "viewpoint", "angle_view"),
}  # fmt: skip
"""What other columns mean, and the names that are looked for, the likelier first."""

_AXES = {
    "x": 0, "y": 1, "z": 2, "v": 3, "vis": 3, "visibility": 3, "visible": 3, "c": 3, "conf": 3, "confidence": 3,
    "score": 3, "likelihood": 3,
}  # fmt: skip
_WORLD_AXES = {"wx": 0, "wy": 1, "wz": 2, "xw": 0, "yw": 1, "zw": 2}
_PREFIXES = frozenset(
    ("landmark", "landmarks", "lm", "lmk", "kp", "keypoint", "keypoints", "point", "pose", "p", "image")
)
_ALIASES = {
    "left_mouth": 9, "right_mouth": 10, "left_foot": 31, "right_foot": 32, "left_toe": 31, "right_toe": 32,
    "left_index_finger": 19, "right_index_finger": 20,
}  # fmt: skip
_NUMBERS = {name: number for number, name in enumerate(NAMES)} | _ALIASES


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of what was recognised in a header."""

    image: Mapping[tuple[int, int], int]
    """By landmark and axis (0-2: x, y, z; 3: visibility)."""
    world: Mapping[tuple[int, int], int]
    """By landmark and axis (0-2)."""
    roles: Mapping[str, int]
    """By the keys of ``ROLES``."""

    def missing(self) -> list[str]:
        """The columns without which a posture cannot be told: x and y of the core landmarks."""
        return [f"{NAMES[joint]} {'xy'[axis]}" for joint in CORE for axis in (0, 1) if (joint, axis) not in self.image]


def recognise(header: Sequence[str], told: Mapping[str, str]) -> Columns:
    """Read a header; ``told`` gives the names of columns by role where they are not the usual ones.

    Raises ConfigError where a column that was told is not there.
    """
    image: dict[tuple[int, int], int] = {}
    world: dict[tuple[int, int], int] = {}
    for position, name in enumerate(header):
        found = landmark_of(name)
        if found is not None:
            joint, axis, metric = found
            (world if metric else image).setdefault((joint, axis), position)
    return Columns(_from_zero(image), _from_zero(world), _roles(header, told))


def landmark_of(name: str) -> tuple[int, int, bool] | None:
    """Landmark, axis and whether it is a world landmark; None for other columns. Numbers are as they stand there."""
    tokens = _tokens(name)
    metric = "world" in tokens
    tokens = [token for token in tokens if token != "world"]
    while tokens and tokens[0] in _PREFIXES and len(tokens) > 2:
        tokens = tokens[1:]
    for axis_name, rest in ((tokens[0], tokens[1:]), (tokens[-1], tokens[:-1])) if len(tokens) > 1 else ():
        axis = _AXES.get(axis_name, _WORLD_AXES.get(axis_name))
        joint = _joint(rest)
        if axis is not None and joint is not None:
            return joint, axis, metric or axis_name in _WORLD_AXES
    return None


def _tokens(name: str) -> list[str]:
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    parted = re.sub(r"([A-Za-z])(\d)", r"\1_\2", parted)
    parted = re.sub(r"(\d)([A-Za-z])", r"\1_\2", parted)
    return [token for token in re.split(r"[^a-z0-9]+", parted.lower()) if token]


def _joint(tokens: Sequence[str]) -> int | None:
    """The landmark that tokens name; of a number no less and no more than 33 is looked at."""
    rest = list(tokens)
    while len(rest) > 1 and rest[0] in _PREFIXES:
        rest = rest[1:]
    if len(rest) == 1 and rest[0].isdigit():
        number = int(rest[0])
        return number if number <= LANDMARKS else None
    # Some give the hand's landmarks the number of the finger's joint: left_pinky_1, left_thumb_2.
    if len(rest) > 2 and rest[-1].isdigit():
        rest = rest[:-1]
    if rest and rest[0] in ("l", "r"):
        rest[0] = {"l": "left", "r": "right"}[rest[0]]
    if len(rest) > 1 and rest[-1] in ("left", "right", "l", "r"):
        rest = [{"l": "left", "r": "right"}.get(rest[-1], rest[-1]), *rest[:-1]]
    return _NUMBERS.get("_".join(rest), _NUMBERS.get("_".join([*rest[1:], *rest[:1]])))


def _from_zero(found: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Landmarks counted from 0, also where the file counts from 1."""
    joints = {joint for joint, _ in found}
    first = 1 if LANDMARKS in joints and 0 not in joints else 0
    return {(joint - first, axis): at for (joint, axis), at in found.items() if 0 <= joint - first < LANDMARKS}


def _roles(header: Sequence[str], told: Mapping[str, str]) -> dict[str, int]:
    at = {re.sub(r"[\s-]+", "_", name.strip().casefold()): position for position, name in enumerate(header)}
    roles = {}
    for role, usual in ROLES.items():
        if role in told:
            name = re.sub(r"[\s-]+", "_", told[role].strip().casefold())
            if name not in at:
                raise ConfigError(f"there is no column {told[role]!r}; the columns are {_some(header)}")
            roles[role] = at[name]
            continue
        found = next((at[name] for name in usual if name in at), None)
        if found is not None and found not in roles.values():
            roles[role] = found
    return roles


def _some(header: Sequence[str]) -> str:
    shown = [repr(name) for name in header if landmark_of(name) is None][:12]
    return ", ".join(shown) + (" and the landmarks" if len(shown) < len(header) else "")
