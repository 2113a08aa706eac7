"""Landmarks of one frame to the numbers that counting, recognition and form work on.

Pure functions; the same code serves live cameras, recordings and training. A recogniser file names the
``FEATURE_VERSION`` that it was made with and is refused where it differs.

Angles are *flexions*: 0 for a straight joint or an arm along the trunk, growing as the joint folds or the arm rises.
Lengths are in torso lengths (mid-shoulder to mid-hip), so that build and distance cancel.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEATURE_VERSION = 1

DEGREES, TORSO_LENGTHS, RATIO, SHARE, PIXELS, PIXELS_PER_METRE = "°", "torso lengths", "ratio", "0-1", "px", "px/m"

UNITS = {
    "elbow_left": DEGREES,
    "elbow_right": DEGREES,
    "shoulder_left": DEGREES,
    "shoulder_right": DEGREES,
    "hip_left": DEGREES,
    "hip_right": DEGREES,
    "knee_left": DEGREES,
    "knee_right": DEGREES,
    "trunk": DEGREES,
    "chest_up": RATIO,
    "yaw": DEGREES,
    "wrist_over_shoulder_left": TORSO_LENGTHS,
    "wrist_over_shoulder_right": TORSO_LENGTHS,
    "wrist_over_nose": TORSO_LENGTHS,
    "wrist_over_hip": TORSO_LENGTHS,
    "elbow_over_shoulder": TORSO_LENGTHS,
    "hip_over_knee": TORSO_LENGTHS,
    "hip_over_ankle": TORSO_LENGTHS,
    "body_line": DEGREES,
    "hip_sag": TORSO_LENGTHS,
    "ankle_spread": TORSO_LENGTHS,
    "ankle_split": TORSO_LENGTHS,
    "wrist_spread": TORSO_LENGTHS,
    "knee_ankle_width": RATIO,
    "arm_drift": DEGREES,
    "elbow_visibility_left": SHARE,
    "elbow_visibility_right": SHARE,
    "shoulder_visibility_left": SHARE,
    "shoulder_visibility_right": SHARE,
    "hip_visibility_left": SHARE,
    "hip_visibility_right": SHARE,
    "knee_visibility_left": SHARE,
    "knee_visibility_right": SHARE,
    "image_x": PIXELS,
    "image_y": PIXELS,
    "image_shoulder_y": PIXELS,
    "px_per_m": PIXELS_PER_METRE,
}
"""Unit of each feature, in the order of NAMES."""

NAMES = tuple(UNITS)
"""Order of the features in a vector.

Degrees: elbow, shoulder, hip, knee (flexion), trunk (0 upright, 90 horizontal, 180 head down), yaw (0 facing the
camera, 90 seen from the side, 180 from behind), body_line (fold at the hip of shoulder-hip-ankle; 0 straight),
arm_drift (upper arm against the vertical).
Torso lengths: the ``_over_`` heights, hip_sag (hip below the shoulder-ankle chord; negative above), ankle_spread
(sideways), ankle_split (fore and aft), wrist_spread.
Ratios: chest_up (1 face up, -1 face down), knee_ankle_width (distance of the knees by that of the ankles).
0-1: visibilities, the lowest of the joint's three landmarks.
Pixels: image_x, image_y (between the hips), image_shoulder_y; px_per_m: pixels to a metre where the person is.
"""

INDEX = {name: position for position, name in enumerate(NAMES)}
COUNT = len(NAMES)
JOINTS = ("elbow", "shoulder", "hip", "knee")

# Corner landmarks of the eight joint angles, in the order of NAMES: first arm, corner, second arm.
_FIRST = np.array([11, 12, 13, 14, 11, 12, 23, 24])
_CORNER = np.array([13, 14, 11, 12, 23, 24, 25, 26])
_SECOND = np.array([15, 16, 23, 24, 25, 26, 27, 28])
# An arm along the trunk makes an angle of 0 at the shoulder; the other joints are straight at 180.
_STRAIGHT_AT_ZERO = np.array([False, False, True, True, False, False, False, False])
_TINY = 1e-6
# Below this a landmark is the model's guess.
_SEEN = 0.5


def frame_features(landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of one person in one frame.

    ``landmarks`` (33, 4) float32: x, y, z in pixels, visibility; ``world`` (33, 3) float32: metres, y down.
    Returns (COUNT,) float32 in the order of NAMES.
    """
    points = np.asarray(world, dtype=np.float64)
    visibility = landmarks[:, 3]
    out = np.empty(COUNT, dtype=np.float32)
    out[:8] = joint_flexions(points)
    shoulders, hips = (points[11] + points[12]) / 2, (points[23] + points[24]) / 2
    knees, ankles = (points[25] + points[26]) / 2, (points[27] + points[28]) / 2
    wrists = (points[15] + points[16]) / 2
    spine = shoulders - hips
    torso = max(float(np.linalg.norm(spine)), _TINY)
    across = points[12] - points[11]
    chest = np.cross(spine, across)
    out[8] = _degrees_between(spine, np.array([0.0, -1.0, 0.0]))
    out[9] = -chest[1] / max(float(np.linalg.norm(chest)), _TINY)
    out[10] = np.degrees(np.arctan2(abs(across[2]), -across[0]))
    out[11] = (points[11, 1] - points[15, 1]) / torso
    out[12] = (points[12, 1] - points[16, 1]) / torso
    out[13] = (points[0, 1] - wrists[1]) / torso
    out[14] = (hips[1] - wrists[1]) / torso
    out[15] = (shoulders[1] - (points[13, 1] + points[14, 1]) / 2) / torso
    out[16] = (knees[1] - hips[1]) / torso
    out[17] = (ankles[1] - hips[1]) / torso
    out[18] = 180.0 - _degrees_between(spine, ankles - hips)
    out[19] = _sag(shoulders, hips, ankles, chest) / torso
    out[20:22] = _foot_distances(points, across, torso)
    out[22] = np.linalg.norm(points[15] - points[16]) / torso
    out[23] = np.linalg.norm(points[25] - points[26]) / max(float(np.linalg.norm(points[27] - points[28])), _TINY)
    out[24] = _arm_drift(points, visibility)
    out[25:33] = _joint_visibility(visibility)
    out[33:37] = _image_position(landmarks, points)
    return out


def joint_flexions(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Flexion of elbows, shoulders, hips and knees, degrees.

    ``points`` (..., 33, 3) in metres; returns (..., 8): left and right of each joint in the order of NAMES.
    """
    first = points[..., _FIRST, :] - points[..., _CORNER, :]
    second = points[..., _SECOND, :] - points[..., _CORNER, :]
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    cosine = np.sum(first * second, axis=-1) / np.maximum(lengths, _TINY)
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.asarray(np.where(_STRAIGHT_AT_ZERO, angle, 180.0 - angle))


def paired(features: NDArray[np.float32], joint: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Left and right flexion of a joint from features (..., COUNT)."""
    position = INDEX[f"{joint}_left"]
    return features[..., position], features[..., position + 1]


def stir(features: NDArray[np.float32]) -> float:
    """How far a person stirs in features (N, COUNT): the largest range of trunk, hips and knees, degrees.

    Joints that are not seen are left out, and so are the arms: they start earlier, and lift a bar or swing.
    """
    if len(features) < 2:
        return 0.0
    angles, visibility = INDEX["hip_left"], INDEX["hip_visibility_left"]
    seen = features[:, visibility : visibility + 4].min(axis=0) >= _SEEN
    ranges = np.ptp(features[:, angles : angles + 4], axis=0)[seen]
    return float(max(ranges.max(initial=0.0), np.ptp(features[:, INDEX["trunk"]])))


def paired_visibility(features: NDArray[np.float32], joint: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Left and right visibility of a joint from features (..., COUNT)."""
    position = INDEX[f"{joint}_visibility_left"]
    return features[..., position], features[..., position + 1]


def _degrees_between(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    lengths = max(float(np.linalg.norm(first) * np.linalg.norm(second)), _TINY)
    return float(np.degrees(np.arccos(np.clip(float(first @ second) / lengths, -1.0, 1.0))))


def _sag(
    shoulders: NDArray[np.float64], hips: NDArray[np.float64], ankles: NDArray[np.float64], chest: NDArray[np.float64]
) -> float:
    """Distance of the hips from the shoulder-ankle chord, positive towards the chest side (a sagging push-up)."""
    chord = ankles - shoulders
    along = float((hips - shoulders) @ chord) / max(float(chord @ chord), _TINY)
    offset = hips - (shoulders + along * chord)
    return float(np.copysign(np.linalg.norm(offset), offset @ chest))


def _foot_distances(points: NDArray[np.float64], across: NDArray[np.float64], torso: float) -> tuple[float, float]:
    """Distance of the ankles along the line of the shoulders on the floor, and square to it, in torso lengths."""
    sideways = np.array([across[0], across[2]])
    sideways /= max(float(np.linalg.norm(sideways)), _TINY)
    feet = points[28, [0, 2]] - points[27, [0, 2]]
    spread = float(feet @ sideways)
    split = float(feet[0] * sideways[1] - feet[1] * sideways[0])
    return abs(spread) / torso, abs(split) / torso


def _arm_drift(points: NDArray[np.float64], visibility: NDArray[np.float32]) -> float:
    """Angle of the better seen upper arm to the vertical, degrees; 0 where it hangs."""
    left = visibility[13] >= visibility[14]
    upper_arm = points[13] - points[11] if left else points[14] - points[12]
    return _degrees_between(upper_arm, np.array([0.0, 1.0, 0.0]))


def _joint_visibility(visibility: NDArray[np.float32]) -> NDArray[np.float32]:
    corners: Sequence[NDArray[np.intp]] = (_FIRST, _CORNER, _SECOND)
    return np.asarray(np.minimum.reduce([visibility[corner] for corner in corners]))


def _image_position(landmarks: NDArray[np.float32], points: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Place and scale in the frame; the scale compares the spread of body landmarks in pixels and in metres."""
    hips = (landmarks[23, :2] + landmarks[24, :2]) / 2
    shoulders = (landmarks[11, :2] + landmarks[12, :2]) / 2
    spread_px = float(np.sqrt(landmarks[11:29, :2].var(axis=0).sum()))
    spread_m = float(np.sqrt(points[11:29, :2].var(axis=0).sum()))
    return float(hips[0]), float(hips[1]), float(shoulders[1]), spread_px / max(spread_m, _TINY)
