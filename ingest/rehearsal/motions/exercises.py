"""The exercises as data: key postures in joint angles, what carries the body, what the hands hold, and the form faults.

An exercise is an entry of ``EXERCISES``; its name is the one of the exercise catalogue. Knows nothing of time beyond
the shape of one repetition, nor of places, cameras or pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Posture = Mapping[str, float]
"""Joint angles, degrees, as ``skeleton.angles`` takes them."""
Support = Literal["feet", "hands", "forearms", "floor", "bench", "bar"]
"""What carries the body: its feet, the hands or forearms and the feet, its back on floor or bench, or a bar above."""
Thing = Literal["dumbbells", "barbell", "light_barbell", "rope", "bottle", "phone", "plate"]
"""What hands can hold."""

STAND: Posture = MappingProxyType({"hip_abd": 4, "toe_out": 9, "shoulder_abd": 9, "elbow": 12, "pronation": 10})

CROUCH: Posture = MappingProxyType(
    {"pitch": 72, "neck": -30, "hip_flex": 168, "knee": 112, "hip_abd": 8, "toe_out": 8, "shoulder_flex": 78,
     "foot_pitch": 18}
)  # fmt: skip
"""On the way between standing and lying: squatting with the hands on the floor."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise as a movement from a start posture to an end posture and back."""

    start: Posture
    end: Posture
    """At the far end; what is not named stays as at the start."""
    period_s: float
    """Usual duration of a repetition, or of a hold."""
    support: Support = "feet"
    held: Thing | None = None
    grip: float = 0.0
    """Half the distance of hands that are held on a bar, fraction of stature."""
    hop: float = 0.0
    """How high both feet leave the floor, fraction of stature."""
    hop_at_end: bool = False
    """The far end is the top of the hop; otherwise the hop is between the postures."""
    steps: bool = False
    """One leg steps out and back; the sides take turns, and the other foot stays where it is."""
    hold: bool = False
    """Held still instead of repeated; one repetition is the whole hold."""
    there_at: float = 0.42
    """Phase of a repetition at which the far end is reached; slower one way than the other, as people are."""
    back_from: float = 0.50
    """Phase at which it is left again."""
    keys: tuple[tuple[float, Posture], ...] = ()
    """Postures by phase, for a movement of several parts; it passes through all of them. Each adds to the start."""
    faults: Mapping[str, Posture] = field(default_factory=dict)
    """Joint angles of the end posture under each fault; ``range`` is a factor on the way to the end posture and
    ``left_range`` one for the left limbs alone."""


_HALF: Posture = MappingProxyType({"range": 0.52})
_UNEVEN: Posture = MappingProxyType({"left_range": 0.55})

_OVER_BAR: Posture = {
    "pitch": 66, "neck": -36, "hip_flex": 122, "knee": 78, "hip_abd": 7, "toe_out": 10,
    "shoulder_flex": 55, "shoulder_abd": 5, "elbow": 2, "pronation": 86,
}  # fmt: skip
"""Bent over a bar that lies on the floor: flat back, straight arms, hips between knees and shoulders."""
_BAR_AT_HIPS: Posture = {
    "pitch": -1, "neck": 0, "hip_flex": 1, "knee": 4, "hip_abd": 4, "shoulder_flex": 14, "shoulder_abd": 7, "elbow": 3,
}  # fmt: skip
_RACKED: Posture = {
    "pitch": -2, "neck": -4, "hip_flex": 2, "knee": 5, "shoulder_flex": 62, "shoulder_abd": 12, "shoulder_rot": 12,
    "elbow": 146, "pronation": 100, "wrist": -40,
}  # fmt: skip
"""The bar on the front of the shoulders, elbows forward."""
_OVERHEAD: Posture = {
    "pitch": 0, "neck": 0, "hip_flex": 2, "knee": 4, "shoulder_flex": 174, "shoulder_abd": 16, "shoulder_rot": 0,
    "elbow": 4, "pronation": 86, "wrist": 0,
}  # fmt: skip

EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        "squat": Exercise(
            {**STAND, "hip_abd": 8, "toe_out": 18, "shoulder_flex": 15},
            {"pitch": 38, "neck": -24, "hip_flex": 138, "hip_abd": 16, "knee": 128, "shoulder_flex": 118, "elbow": 8},
            2.6,
            faults={
                "shallow": {"range": 0.62},
                "knees_in": {"hip_abd": -14, "hip_rot": -16},
                "asymmetric": {"roll": 9, "left_knee": 116, "left_hip_flex": 128},
            },
        ),
        "push_up": Exercise(
            {"pitch": 71, "neck": -42, "shoulder_flex": 71, "shoulder_abd": 10, "foot_pitch": 74, "hip_abd": 2},
            {"pitch": 86, "neck": -46, "shoulder_flex": 20, "shoulder_abd": 45, "elbow": 95},
            2.2,
            support="hands",
            faults={"shallow": {"range": 0.45}, "hips_sag": {"hip_flex": -22, "pitch": 74, "lumbar": -26}},
        ),
        "biceps_curl": Exercise(
            {**STAND, "elbow": 14, "pronation": -70},
            {"elbow": 142, "shoulder_flex": 10, "pronation": -85},
            2.4,
            held="dumbbells",
            faults={"half_range": {"range": 0.55}, "elbows_drift": {"shoulder_flex": 48}, "asymmetric": _UNEVEN},
        ),
        "shoulder_press": Exercise(
            {**STAND, "shoulder_flex": 8, "shoulder_abd": 42, "shoulder_rot": 92, "elbow": 138, "pronation": 5},
            {"shoulder_flex": 0, "shoulder_abd": 168, "elbow": 12},
            2.6,
            held="dumbbells",
            faults={"half_range": {"range": 0.5}, "asymmetric": _UNEVEN},
        ),
        "jumping_jack": Exercise(
            {**STAND, "hip_abd": 2, "elbow": 10},
            {"hip_abd": 22, "shoulder_abd": 158, "elbow": 18},
            1.2,
            hop=0.035,
            faults={"half_range": {"range": 0.55}},
        ),
        "lunge": Exercise(
            {**STAND, "toe_out": 3, "shoulder_abd": 28, "elbow": 95, "shoulder_rot": -45},
            {"pitch": 6, "left_hip_flex": 96, "left_knee": 94, "right_hip_flex": -4, "right_knee": 88,
             "right_foot_pitch": 52},
            3.0,
            steps=True,
            faults={"shallow": {"range": 0.6}, "knees_in": {"left_hip_abd": -10, "left_hip_rot": -14}},
        ),
        "lateral_raise": Exercise(
            {**STAND, "elbow": 14, "pronation": 0},
            {"shoulder_abd": 90, "elbow": 14, "pronation": 75},
            2.6,
            held="dumbbells",
            faults={"half_range": {"range": 0.55}, "asymmetric": _UNEVEN},
        ),
        "deadlift": Exercise(
            _OVER_BAR,
            _BAR_AT_HIPS,
            3.2,
            held="barbell",
            there_at=0.36,
            back_from=0.46,
            faults={"half_range": {"range": 0.66}},
        ),
        "row": Exercise(
            {"pitch": 56, "lumbar": 4, "neck": -34, "hip_flex": 82, "knee": 38, "hip_abd": 5, "toe_out": 10,
             "shoulder_flex": 54, "shoulder_abd": 7, "elbow": 5, "pronation": 86},
            {"pitch": 53, "shoulder_flex": -22, "shoulder_abd": 26, "elbow": 100},
            2.2,
            held="light_barbell",
            there_at=0.36,
            back_from=0.44,
            faults={"half_range": _HALF, "asymmetric": _UNEVEN},
        ),
        "clean_and_jerk": Exercise(
            _OVER_BAR,
            _OVERHEAD,
            6.5,
            held="barbell",
            keys=(
                (0.00, {}),
                (0.12, {"pitch": 54, "hip_flex": 84, "knee": 42, "shoulder_flex": 46, "neck": -28}),
                (0.18, {**_BAR_AT_HIPS, "pitch": 10, "hip_flex": 30, "knee": 32, "shoulder_flex": 18}),
                (0.23, {**_BAR_AT_HIPS, "pitch": -4, "foot_pitch": 32, "shoulder_flex": 22, "shoulder_abd": 58,
                        "shoulder_rot": -70, "elbow": 78}),
                (0.29, {**_RACKED, "pitch": 14, "hip_flex": 106, "knee": 108, "hip_abd": 14, "shoulder_flex": 78}),
                (0.40, _RACKED),
                (0.49, _RACKED),
                (0.53, {**_RACKED, "pitch": 0, "hip_flex": 30, "knee": 48}),
                (0.58, {**_OVERHEAD, "hip_flex": 30, "knee": 46, "shoulder_flex": 170, "elbow": 10}),
                (0.65, _OVERHEAD),
                (0.73, _OVERHEAD),
                (0.80, _RACKED),
                (0.865, {**_BAR_AT_HIPS, "pitch": 14, "hip_flex": 34, "knee": 28, "shoulder_flex": 24, "elbow": 14}),
                (0.93, {}),
            ),
            faults={"half_range": {"shoulder_flex": 150, "elbow": 62, "wrist": 0}},
        ),
        "bench_press": Exercise(
            {"pitch": -90, "neck": 32, "lumbar": 3, "hip_flex": -6, "hip_abd": 20, "knee": 82, "toe_out": 14,
             "shoulder_flex": 84, "shoulder_abd": 20, "elbow": 4, "pronation": 84},
            {"shoulder_flex": -16, "shoulder_abd": 52, "elbow": 92},
            2.6,
            support="bench",
            held="light_barbell",
            grip=0.225,
            there_at=0.46,
            back_from=0.52,
            faults={"half_range": _HALF, "asymmetric": _UNEVEN},
        ),
        "pull_up": Exercise(
            {"pitch": 0, "neck": -10, "hip_flex": 6, "hip_abd": 2, "knee": 28, "foot_pitch": 46,
             "shoulder_flex": 176, "shoulder_abd": 14, "elbow": 4, "pronation": 88},
            {"pitch": -10, "lumbar": -8, "neck": -6, "hip_flex": 12, "knee": 52, "foot_pitch": 66,
             "shoulder_flex": 40, "shoulder_abd": 44, "elbow": 142},
            2.8,
            support="bar",
            grip=0.175,
            there_at=0.38,
            back_from=0.46,
            faults={"half_range": _HALF, "asymmetric": {"roll": 12}},
        ),
        "sit_up": Exercise(
            {"pitch": -88, "lumbar": 0, "neck": 8, "hip_flex": 47, "hip_abd": 5, "knee": 96,
             "shoulder_flex": 118, "shoulder_abd": 34, "shoulder_rot": -24, "elbow": 146, "pronation": 20},
            {"pitch": -12, "lumbar": 34, "neck": 12, "hip_flex": 123, "shoulder_flex": 84},
            3.0,
            support="floor",
            there_at=0.40,
            back_from=0.48,
            faults={"half_range": _HALF},
        ),
        "jump_rope": Exercise(
            {**STAND, "hip_abd": 1, "toe_out": 4, "shoulder_abd": 16, "shoulder_flex": -6, "shoulder_rot": 28,
             "hip_flex": 12, "knee": 24, "elbow": 62, "foot_pitch": 8, "pitch": 3},
            {"hip_flex": 5, "knee": 10, "foot_pitch": 34, "shoulder_rot": 38, "elbow": 68},
            0.55,
            held="rope",
            hop=0.045,
            hop_at_end=True,
            there_at=0.46,
            back_from=0.48,
        ),
        "plank": Exercise(
            {"pitch": 82, "neck": -42, "shoulder_flex": 82, "shoulder_abd": 4, "elbow": 92, "hip_abd": 2,
             "foot_pitch": 78},
            {"pitch": 82.6, "neck": -38, "lumbar": 1.0},
            20.0,
            support="forearms",
            hold=True,
            faults={"hips_sag": {"hip_flex": -20, "pitch": 74, "lumbar": -24}},
        ),
    }
)  # fmt: skip


def faults_of(name: str) -> tuple[str, ...]:
    """The form faults that an exercise can be done with; raises KeyError for an exercise that does not exist."""
    return tuple(EXERCISES[name].faults)
