"""What a classifier's ONNX file says of itself, and whether a file is one.

Owns the check before a file is evaluated or converted; a worker has its own, of the same rules, before it decides with
one. Never runs a network.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError, OutputError
from core.names import shown_name
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION, window_steps

if TYPE_CHECKING:
    import onnx

WINDOWS, CROPS, PROBABILITIES = "windows", "crops", "probabilities"
"""Names of the input of a classifier of windows, of one of pictures, and of the output of both."""
LEAST_OPSET = 17
_REQUIRED = {
    "windows": ("labels", "window_s", "rate_hz", "feature_version", "reject_below", "model", "card"),
    "pixels": ("labels", "side_px", "reject_below", "model", "card"),
}


@dataclass(frozen=True, slots=True)
class ClassifierInfo:
    """What a classifier's file says of itself."""

    kind: str
    """``windows`` or ``pixels``."""
    model: str
    """Name in the model zoo."""
    labels: tuple[str, ...]
    reject_below: float
    """Probability of the likeliest exercise below which nothing is named."""
    card: Mapping[str, Any]
    """Data, licences, seed, command, figures."""
    window_s: float = 0.0
    rate_hz: float = 0.0
    side_px: int = 0

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one item: (steps, columns) of a window, or (3, height, width) of a picture."""
        if self.kind == "pixels":
            return (3, self.side_px, self.side_px)
        return (window_steps(self.window_s, self.rate_hz), COUNT)


def check_metadata(metadata: Mapping[str, str], name: str) -> ClassifierInfo:
    """Read the metadata of a file called ``name``; raises ModelError that says what is missing or wrong."""
    kind = metadata.get("kind", "windows")
    if kind not in _REQUIRED:
        raise ModelError(f"{name}: its metadata says kind '{kind}'; known are windows and pixels; export it again")
    missing = [key for key in _REQUIRED[kind] if not metadata.get(key, "").strip()]
    if missing:
        raise ModelError(
            f"{name}: its metadata lacks {', '.join(missing)}, so it is no exercise classifier; export it again"
        )
    labels = tuple(label.strip() for label in metadata["labels"].split(","))
    if len(set(labels)) != len(labels) or not all(labels):
        raise ModelError(f"{name}: its labels are not all there or not all different; export it again")
    if kind == "pixels":
        side = int(_number(metadata, "side_px", name, 8, 4096))
        return ClassifierInfo(
            kind, metadata["model"], labels, _number(metadata, "reject_below", name, 0, 1), _card(metadata, name),
            side_px=side,
        )  # fmt: skip
    version = metadata["feature_version"]
    if version != str(POSE_FEATURE_VERSION):
        raise ModelError(
            f"{name}: made for feature version {version}, this is version {POSE_FEATURE_VERSION}; train it again"
        )
    return ClassifierInfo(
        kind, metadata["model"], labels, _number(metadata, "reject_below", name, 0, 1), _card(metadata, name),
        window_s=_number(metadata, "window_s", name, 0.1, 60), rate_hz=_number(metadata, "rate_hz", name, 1, 240),
    )  # fmt: skip


def read_classifier(path: Path) -> tuple["onnx.ModelProto", ClassifierInfo]:
    """Load a classifier's file and check what it says and what goes in and out; raises ModelError."""
    import onnx
    from google.protobuf.message import DecodeError

    name = shown_name(path)
    try:
        model = onnx.load(path)
    except FileNotFoundError:
        raise ModelError(f"{name}: no such classifier file; `spotter train` makes one") from None
    except (OSError, DecodeError) as error:
        raise ModelError(f"{name}: is no readable ONNX file; export it again") from error
    if not model.graph.node:
        raise ModelError(f"{name}: is no readable ONNX file; export it again")
    info = check_metadata({entry.key: entry.value for entry in model.metadata_props}, name)
    wanted_input = CROPS if info.kind == "pixels" else WINDOWS
    held = {value.name for value in model.graph.initializer}
    inputs = {value.name: _shape(value) for value in model.graph.input if value.name not in held}
    outputs = {value.name: _shape(value) for value in model.graph.output}
    if {key: shape[1:] for key, shape in inputs.items()} != {wanted_input: info.input_shape}:
        shape_text = ", ".join(map(str, info.input_shape))
        raise ModelError(f"{name}: its only input must be {wanted_input} (N, {shape_text}) float32; export it again")
    if outputs.get(PROBABILITIES, (0, 0))[1:] != (len(info.labels),):
        raise ModelError(f"{name}: its output must be {PROBABILITIES} (N, {len(info.labels)}) float32; export it again")
    return model, info


def save_with_metadata(model: "onnx.ModelProto", path: Path, metadata: Mapping[str, str]) -> None:
    """Write a network under its name with this metadata, whole or not at all; raises OutputError."""
    del model.metadata_props[:]
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(model.SerializeToString())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)


def set_threshold(path: Path, reject_below: float) -> None:
    """Write another rejection threshold into a classifier's file; raises ModelError or OutputError."""
    model, _ = read_classifier(path)
    save_with_metadata(model, path, {**metadata_of(model), "reject_below": f"{reject_below:.4g}"})


def metadata_of(model: "onnx.ModelProto") -> dict[str, str]:
    """What a loaded network says of itself."""
    return {entry.key: entry.value for entry in model.metadata_props}


def _shape(value: "onnx.ValueInfoProto") -> tuple[int, ...]:
    """Sizes of a float32 input or output, 0 where free; (0,) for one of another kind."""
    import onnx

    tensor = value.type.tensor_type
    if tensor.elem_type != onnx.TensorProto.FLOAT:
        return (0,)
    return tuple(int(dimension.dim_value) for dimension in tensor.shape.dim)


def _number(metadata: Mapping[str, str], key: str, name: str, low: float, high: float) -> float:
    try:
        value = float(metadata[key])
    except ValueError:
        raise ModelError(f"{name}: '{key}' in its metadata is '{metadata[key]}', not a number") from None
    if not low <= value <= high:
        raise ModelError(f"{name}: '{key}' in its metadata is {metadata[key]}, outside {low} to {high}")
    return value


def _card(metadata: Mapping[str, str], name: str) -> Mapping[str, Any]:
    try:
        card = json.loads(metadata["card"])
    except ValueError:
        raise ModelError(f"{name}: 'card' in its metadata is no JSON; export it again") from None
    if not isinstance(card, dict):
        raise ModelError(f"{name}: 'card' in its metadata is no JSON object; export it again")
    return card
