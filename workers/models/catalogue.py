"""Which pose weights there are: names, pinned SHA-256 of every known file, published places and licence; no I/O."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["detector", "landmarks"]
Variant = Literal["lite", "full", "heavy"]

VARIANTS: tuple[Variant, ...] = ("lite", "full", "heavy")
LICENCE = "Apache-2.0"

WHEEL_VERSION = "0.10.21"
"""The last mediapipe whose wheels carry weights: the detector and the full landmark network."""
WHEEL_VARIANT: Variant = "full"

BUNDLE_URL = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/"
    "pose_landmarker_{variant}/float16/1/pose_landmarker_{variant}.task"
)
BUNDLE_SHA256: dict[Variant, frozenset[str]] = {
    "lite": frozenset({"59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a"}),
    "full": frozenset(
        {
            "5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",  # published as version 1
            "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",  # published as latest
        }
    ),
    "heavy": frozenset({"64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b"}),
}
"""Google's published bundles, as many public projects pin them; a bundle listed here vouches for its members."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One network of BlazePose."""

    name: str
    """Name of its files in the cache, without suffix."""
    kind: Kind
    variant: Variant | None
    """None for the detector, which all variants share."""
    members: tuple[str, ...]
    """Its names in a ``.task`` bundle and in a wheel of mediapipe 0.10."""
    sha256: frozenset[str]
    """Every known file of these weights."""


DETECTOR = Weights(
    name="pose_detector",
    kind="detector",
    variant=None,
    members=("pose_detector.tflite", "mediapipe/modules/pose_detection/pose_detection.tflite"),
    # The same weights three times: the wheel's file, and two with other metadata from bundles.
    sha256=frozenset(
        {
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            "04f5a96483f8ce5913f8730ad2aa0c4c999c80a4b75653bc0e4712de18e104b2",
            "46837eb883e6ec75b52c5f5ff6a9b78bd35e66c13f95e8c3566c582d146cb1d9",
        }
    ),
)


def _landmarks(variant: Variant, *sha256: str) -> Weights:
    return Weights(
        name=f"pose_landmarks_{variant}",
        kind="landmarks",
        variant=variant,
        members=(
            "pose_landmarks_detector.tflite",
            f"mediapipe/modules/pose_landmark/pose_landmark_{variant}.tflite",
        ),
        sha256=frozenset(sha256),
    )


LANDMARKS: dict[Variant, Weights] = {
    "lite": _landmarks("lite", "ad6cfd3c903eb31a4ee788b809e45ecf9fa69923b69b9f3f2d9ae616ff433e58"),
    "full": _landmarks(
        "full",
        # The wheel's file, and the same weights with the metadata of a bundle.
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "ee55d6dd3b284ba84e7c65263f648661715f1b373f5310f68f1ebf7ae4f8cf9e",
    ),
    # As MediaPipe's own build pins it (third_party/external_files.bzl, which agrees with the wheel on the detector
    # and on full). This file itself was not at hand, so its conversion is untested.
    "heavy": _landmarks("heavy", "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"),
}
"""Landmark network of each variant."""


def bundle_variant_or_none(sha256: str) -> Variant | None:
    """Which published bundle a file is, by its SHA-256."""
    return next((variant for variant, known in BUNDLE_SHA256.items() if sha256 in known), None)


def weights_or_none(sha256: str) -> Weights | None:
    """Which network a TFLite file is, by its SHA-256."""
    return next((weights for weights in (DETECTOR, *LANDMARKS.values()) if sha256 in weights.sha256), None)
