"""Classifier files: the right one is used, each wrong one is refused with its reason."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from workers.exercise.classifier import OnnxClassifier
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION

METADATA = {
    "labels": "squat, idle",
    "window_s": "1.0",
    "rate_hz": "10",
    "reject_below": "0.6",
    "feature_version": str(POSE_FEATURE_VERSION),
}


def written(
    folder: Path,
    *,
    metadata: dict[str, str | None] | None = None,
    window: tuple[int, int] = (10, COUNT),
    outputs: int = 2,
    names: tuple[str, str] = ("windows", "probabilities"),
    kind: int = TensorProto.FLOAT,
) -> Path:
    """A file whose first probability is the first feature of the newest step, and the second the rest to one."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    given, answer = names
    last = numpy_helper.from_array(np.array([window[0] - 1]), "last")
    pick = np.zeros((window[1], outputs), dtype)
    pick[0, 0], pick[0, 1:] = 1, -1
    bias = np.zeros(outputs, dtype)
    bias[1:] = 1
    graph = helper.make_graph(
        [
            helper.make_node("Gather", [given, "last"], ["newest"], axis=1),
            helper.make_node("Squeeze", ["newest", "axis"], ["row"]),
            helper.make_node("MatMul", ["row", "pick"], ["picked"]),
            helper.make_node("Add", ["picked", "bias"], [answer]),
        ],
        "classifier",
        [helper.make_tensor_value_info(given, kind, ["N", *window])],
        [helper.make_tensor_value_info(answer, kind, ["N", outputs])],
        [
            last,
            numpy_helper.from_array(np.array([1]), "axis"),
            numpy_helper.from_array(pick, "pick"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    entries = METADATA | (metadata or {})
    helper.set_model_props(model, {key: value for key, value in entries.items() if value is not None})
    path = folder / "classifier.onnx"
    onnx.save(model, path)
    return path


def test_a_file_says_what_it_is_and_gives_probabilities(tmp_path: Path) -> None:
    classifier = OnnxClassifier(written(tmp_path))
    assert classifier.labels == ("squat", "idle")
    assert (classifier.window_s, classifier.rate_hz, classifier.reject_below) == (1.0, 10.0, 0.6)
    windows = np.zeros((2, 10, COUNT), np.float32)
    windows[0, -1, 0], windows[1, -1, 0] = 0.8, 0.25
    found = classifier.probabilities(windows)
    np.testing.assert_allclose(found, [[0.8, 0.2], [0.25, 0.75]], atol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("entry", list(METADATA))
def test_missing_metadata_is_named(tmp_path: Path, entry: str) -> None:
    for value in (None, " "):
        with pytest.raises(ModelError, match=f"metadata lacks '{entry}'"):
            OnnxClassifier(written(tmp_path, metadata={entry: value}))


def test_another_feature_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=f"feature version 999, this is version {POSE_FEATURE_VERSION}; train it again"
    ):
        OnnxClassifier(written(tmp_path, metadata={"feature_version": "999"}))


@pytest.mark.parametrize(
    ("entry", "value", "reason"),
    [("window_s", "long", "not a number"), ("rate_hz", "0", "out of range"), ("window_s", "nan", "out of range"),
     ("rate_hz", "-3", "out of range")],
)  # fmt: skip
def test_metadata_that_is_no_sensible_number_is_refused(tmp_path: Path, entry: str, value: str, reason: str) -> None:
    with pytest.raises(ModelError, match=f"'{entry}'.*{reason}"):
        OnnxClassifier(written(tmp_path, metadata={entry: value}))


def test_wrong_shapes_names_and_types_are_refused(tmp_path: Path) -> None:
    wrong_inputs = [{"window": (9, COUNT)}, {"window": (10, COUNT + 1)}, {"names": ("landmarks", "probabilities")},
                    {"kind": TensorProto.DOUBLE}]  # fmt: skip
    for options in wrong_inputs:
        with pytest.raises(ModelError, match=rf"its only input must be windows \(N, 10, {COUNT}\)"):
            OnnxClassifier(written(tmp_path, **options))  # type: ignore[arg-type]
    wrong_outputs = [{"outputs": 3}, {"names": ("windows", "logits")}]
    for options in wrong_outputs:
        with pytest.raises(ModelError, match=r"its output must be probabilities \(N, 2\)"):
            OnnxClassifier(written(tmp_path, **options))  # type: ignore[arg-type]


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.onnx"
    text.write_text("squats on Monday")
    cases = {
        text: "not an ONNX file",
        tmp_path / "none.onnx": "no such classifier file",
        tmp_path: "no such classifier",
    }
    for path, reason in cases.items():
        with pytest.raises(ModelError, match=reason) as raised:
            OnnxClassifier(path)
        assert str(raised.value).startswith(f"{path}: ")
        assert "\n" not in str(raised.value)
