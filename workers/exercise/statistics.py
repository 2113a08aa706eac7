"""What one repetition looked like: each feature at rest, in the middle, and its range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import INDEX, JOINTS, NAMES, UNITS
from workers.exercise.periodicity import Course, course

STATISTIC_KINDS = ("rest", "peak", "range", "max", "min")
_DERIVED_UNITS = {"moved_m": "m", "rise_m": "m", "approach": "logarithm"}
DERIVED = tuple(_DERIVED_UNITS)
"""moved_m: how far the hips are from where they were, metres (rest to rest); rise_m: range of the height of the
shoulders in the picture, metres; approach: change of the person's size in the picture, natural logarithm."""

# Below this a landmark is the model's guess of a body part outside the picture or behind something.
_SEEN = 0.3
# The joint whose landmarks a plain feature is made of; the trunk's otherwise.
_JOINT_OF = {
    "body_line": "knee",
    "hip_sag": "knee",
    "hip_over_knee": "hip",
    "hip_over_ankle": "knee",
    "knee_ankle_width": "knee",
    "ankle_spread": "knee",
    "ankle_split": "knee",
    "wrist_over_shoulder": "elbow",
    "wrist_over_nose": "elbow",
    "wrist_over_hip": "elbow",
    "wrist_spread": "elbow",
    "elbow_over_shoulder": "elbow",
    "arm_drift": "elbow",
}
_ASYMMETRY = "_asymmetry"
STATISTIC_FEATURES = (
    *NAMES,
    *JOINTS,
    *(f"worst_{joint}" for joint in JOINTS),
    *(f"{joint}{_ASYMMETRY}" for joint in JOINTS),
    "wrist_over_shoulder",
    *DERIVED,
)
"""What a statistic may be taken of: a feature; a joint, on its counted side or the mean of both; its larger side
(``worst_``); the difference of its sides (``_asymmetry``); or a derived quantity."""
_SIDED = ("wrist_over_shoulder", *JOINTS)


def unit_of(name: str) -> str:
    """Unit of a feature, a joint or another thing that a statistic or a signal may be taken of."""
    plain = name.removeprefix("worst_").removesuffix(_ASYMMETRY)
    if plain in DERIVED:
        return _DERIVED_UNITS[plain]
    return UNITS[plain if plain in UNITS else f"{plain}_left"]


# Percentiles for the smallest and the largest value: a landmark that jumps for a frame is no range of motion.
_ROBUST_RANGE = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class RepStatistics:
    """The features of one repetition, condensed."""

    rest: NDArray[np.float32]
    """(COUNT,): mean of its first and last frame."""
    peak: NDArray[np.float32]
    """(COUNT,): in its middle."""
    low: NDArray[np.float32]
    """(COUNT,): smallest values."""
    high: NDArray[np.float32]
    """(COUNT,): largest values."""
    moved_m: float
    rise_m: float
    approach: float
    course: Course
    """Joint angles over its length."""
    side: str
    """both, left or right: the side it was counted on."""

    def value(self, key: str) -> float:
        """The statistic ``feature.kind``; a joint stands for its counted side, ``worst_`` for the larger side."""
        feature, kind = key.rsplit(".", 1)
        if feature in DERIVED:
            return float(getattr(self, feature))
        vector = self._vector(kind)
        if feature.endswith(_ASYMMETRY):
            position = INDEX[f"{feature.removesuffix(_ASYMMETRY)}_left"]
            return float(abs(vector[position] - vector[position + 1]))
        if feature.startswith("worst_"):
            position = INDEX[f"{feature.removeprefix('worst_')}_left"]
            return float(max(vector[position], vector[position + 1]))
        if feature in _SIDED:
            return self._sided(vector, feature)
        return float(vector[INDEX[feature]])

    def sees(self, key: str) -> bool:
        """Whether the landmarks that the statistic is made of were seen, and not only guessed by the model.

        The better side is enough, except where the sides are compared.
        """
        feature = key.rsplit(".", 1)[0].removeprefix("worst_")
        name = feature.removesuffix(_ASYMMETRY).removesuffix("_left").removesuffix("_right")
        position = INDEX[f"{name if name in JOINTS else _JOINT_OF.get(name, 'shoulder')}_visibility_left"]
        sides = self.rest[[position, position + 1]]
        return float(sides.min() if feature.endswith(_ASYMMETRY) else sides.max()) >= _SEEN

    def _vector(self, kind: str) -> NDArray[np.float32]:
        match kind:
            case "rest":
                return self.rest
            case "peak":
                return self.peak
            case "max":
                return self.high
            case "min":
                return self.low
            case _:
                return self.high - self.low

    def _sided(self, vector: NDArray[np.float32], feature: str) -> float:
        position = INDEX[f"{feature}_left"]
        if self.side == "left":
            return float(vector[position])
        if self.side == "right":
            return float(vector[position + 1])
        joint = feature if feature in JOINTS else "elbow"
        visible = self.rest[[INDEX[f"{joint}_visibility_left"], INDEX[f"{joint}_visibility_right"]]] ** 2 + 1e-3
        return float((vector[position] * visible[0] + vector[position + 1] * visible[1]) / visible.sum())


def rep_statistics(features: NDArray[np.float32], peak: int, side: str) -> RepStatistics:
    """Condense the features (N, COUNT) of one repetition whose middle is row ``peak``; N >= 2."""
    first, last = features[0], features[-1]
    scale = np.maximum(features[:, INDEX["px_per_m"]], 1.0)
    step = np.hypot(last[INDEX["image_x"]] - first[INDEX["image_x"]], last[INDEX["image_y"]] - first[INDEX["image_y"]])
    low, high = np.percentile(features, _ROBUST_RANGE, axis=0).astype(np.float32)
    return RepStatistics(
        rest=(first + last) / 2,
        peak=features[peak].copy(),
        low=low,
        high=high,
        moved_m=float(step / np.median(scale)),
        rise_m=float(np.ptp(features[:, INDEX["image_shoulder_y"]]) / np.median(scale)),
        approach=float(abs(np.log(scale[-1] / scale[0]))),
        course=course(features),
        side=side,
    )


STATISTICS = tuple(f"{feature}.{kind}" for feature in STATISTIC_FEATURES for kind in STATISTIC_KINDS)
"""Every statistic that a signature or a form rule may name."""
