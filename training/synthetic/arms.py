"""Where arms are while the legs or the trunk work, and common ways to stand: building blocks of movements, as data."""

from collections.abc import Mapping
from types import MappingProxyType

Posture = Mapping[str, float]

STAND: Posture = MappingProxyType({"hip_abd": 4, "toe_out": 9, "shoulder_abd": 9, "elbow": 12, "pronation": 10})
HANGING: Posture = {"shoulder_flex": 3, "shoulder_abd": 9, "elbow": 14}
AT_SIDES: Posture = {"shoulder_flex": 0, "shoulder_abd": 8, "elbow": 6}
FORWARD: Posture = {"shoulder_flex": 88, "shoulder_abd": 3, "elbow": 6, "pronation": 60}
CLASPED: Posture = {"shoulder_flex": 36, "shoulder_abd": 12, "shoulder_rot": -38, "elbow": 128}
GOBLET: Posture = {"shoulder_flex": 42, "shoulder_abd": 6, "shoulder_rot": -20, "elbow": 138}
BEHIND_HEAD: Posture = {"shoulder_flex": 100, "shoulder_abd": 66, "shoulder_rot": 4, "elbow": 146}
ON_HIPS: Posture = {"shoulder_flex": -10, "shoulder_abd": 44, "shoulder_rot": -66, "elbow": 88}
ON_BACK: Posture = {"shoulder_flex": -22, "shoulder_abd": 46, "shoulder_rot": 78, "elbow": 126}
FRONT_RACK: Posture = {"shoulder_flex": 66, "shoulder_abd": 12, "shoulder_rot": 10, "elbow": 146, "pronation": 100}
CROSSED: Posture = {"shoulder_flex": 48, "shoulder_abd": 6, "shoulder_rot": -74, "elbow": 112}
OVERHEAD: Posture = {"shoulder_flex": 172, "shoulder_abd": 14, "elbow": 6}
GUARD: Posture = {"shoulder_flex": 40, "shoulder_abd": 12, "shoulder_rot": -12, "elbow": 132}
RUNNER: Posture = {"shoulder_flex": 0, "shoulder_abd": 12, "elbow": 88, "shoulder_rot": -12}
"""Bent at the sides, as runners hold them."""

LYING: Posture = {"pitch": -89, "neck": 6, "hip_flex": 2, "knee": 6, "hip_abd": 6, "shoulder_abd": 18, "elbow": 14,
                  "foot_pitch": -60}  # fmt: skip
"""On the back with straight legs, toes up."""
HOOK: Posture = {"pitch": -89, "neck": 6, "hip_flex": 48, "knee": 98, "hip_abd": 6, "shoulder_abd": 16, "elbow": 12}
"""On the back with bent knees and the feet flat."""
PRONE: Posture = {"pitch": 89, "neck": -14, "hip_abd": 5, "knee": 4, "foot_pitch": 150, "shoulder_flex": 20,
                  "shoulder_abd": 30, "elbow": 60}  # fmt: skip
"""On the belly."""
ALL_FOURS: Posture = {"pitch": 88, "neck": -24, "hip_flex": 88, "knee": 90, "shoulder_flex": 88, "elbow": 4,
                      "foot_pitch": 120}  # fmt: skip
STRAIGHT_PLANK: Posture = {"pitch": 71, "neck": -14, "shoulder_flex": 71, "shoulder_abd": 8, "foot_pitch": 74,
                           "hip_abd": 3, "elbow": 2}  # fmt: skip
SEATED: Posture = {"pitch": 4, "hip_flex": 88, "knee": 88, "hip_abd": 9, "toe_out": 8, "shoulder_flex": 12,
                   "shoulder_abd": 8, "elbow": 20}  # fmt: skip
ON_FLOOR_LEGS_OUT: Posture = {"pitch": -4, "hip_flex": 84, "knee": 6, "hip_abd": 5, "foot_pitch": -70}
BENT_OVER: Posture = {"pitch": 58, "lumbar": 4, "neck": -30, "hip_flex": 84, "knee": 36, "hip_abd": 5, "toe_out": 9,
                      "shoulder_flex": 58, "shoulder_abd": 6, "elbow": 5}  # fmt: skip


def written(arms: Posture, lean: float) -> Posture:
    """Straight arms that keep their direction in the room while the trunk leans forward by so many degrees."""
    return {**arms, "shoulder_flex": arms.get("shoulder_flex", 0.0) + lean}
