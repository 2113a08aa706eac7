"""Which pose weights there are: names, pinned SHA-256 of every known file, published places and licence; no I/O."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["detector", "landmarks"]
Variant = Literal["lite", "full", "heavy"]

VARIANTS: tuple[Variant, ...] = ("lite", "full", "heavy")
LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Weights:
    """One network of BlazePose."""

    name: str
    """Name of its files in the cache, without suffix."""
    kind: Kind
    variant: Variant | None
    """None for the detector, which all variants share."""
    bundle_member: str
    """Its name in Google's ``.task`` bundle."""
    wheel_member: str
    """Its name in a wheel of mediapipe 0.10."""
    sha256: frozenset[str]
    """Every known file of these weights; empty when none could be had to compute it from."""


DETECTOR = Weights(
    name="pose_detector",
    kind="detector",
    variant=None,
    bundle_member="pose_detector.tflite",
    wheel_member="mediapipe/modules/pose_detection/pose_detection.tflite",
    # The same weights three times: the wheel's file, and those of the full and the lite bundle differ in metadata.
    sha256=frozenset(
        {
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            "04f5a96483f8ce5913f8730ad2aa0c4c999c80a4b75653bc0e4712de18e104b2",
            "46837eb883e6ec75b52c5f5ff6a9b78bd35e66c13f95e8c3566c582d146cb1d9",
        }
    ),
)


def _landmarks(variant: Variant, sha256: set[str]) -> Weights:
    return Weights(
        name=f"pose_landmarks_{variant}",
        kind="landmarks",
        variant=variant,
        bundle_member="pose_landmarks_detector.tflite",
        wheel_member=f"mediapipe/modules/pose_landmark/pose_landmark_{variant}.tflite",
        sha256=frozenset(sha256),
    )


LANDMARKS: dict[Variant, Weights] = {
    "lite": _landmarks("lite", {"ad6cfd3c903eb31a4ee788b809e45ecf9fa69923b69b9f3f2d9ae616ff433e58"}),
    "full": _landmarks(
        "full",
        {
            # The wheel of mediapipe 0.10.21, and the bundle, which adds metadata to the same weights.
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            "ee55d6dd3b284ba84e7c65263f648661715f1b373f5310f68f1ebf7ae4f8cf9e",
        },
    ),
    # No file of the heavy weights was at hand when this was written, so nothing is pinned.
    "heavy": _landmarks("heavy", set()),
}
