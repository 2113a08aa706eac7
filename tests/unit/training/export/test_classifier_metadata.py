"""What is a classifier's file and what is not, with networks made by hand."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.errors import ModelError, OutputError
from training.evaluation.cost import measured_cost
from training.export.metadata import check_metadata, metadata_of, read_classifier, save_with_metadata, set_threshold
from training.export.session import probabilities
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION

STEPS = 16
METADATA = {
    "kind": "windows",
    "labels": "squat,plank,idle",
    "window_s": "1.6",
    "rate_hz": "10",
    "feature_version": str(POSE_FEATURE_VERSION),
    "reject_below": "0.5",
    "model": "tiny",
    "card": json.dumps({"seed": 1}),
}


def network(labels=3, columns=COUNT, name="windows"):
    """Means over time, one dense layer, softmax."""
    weights = np.random.default_rng(0).normal(0, 0.1, (columns, labels)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", [name], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", STEPS, columns])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", labels])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def saved(path, model=None, **changes):
    save_with_metadata(model or network(), path, {k: v for k, v in (METADATA | changes).items() if v is not None})
    return path


def test_a_classifier_is_read_and_answers(tmp_path):
    path = saved(tmp_path / "model.onnx")
    info = read_classifier(path)[1]
    assert info.labels == ("squat", "plank", "idle")
    assert info.input_shape == (STEPS, COUNT)
    answers = probabilities(path, np.zeros((5, STEPS, COUNT), np.float32))
    assert answers == pytest.approx(np.full((5, 3), 1 / 3))
    assert probabilities(path, np.zeros((0, STEPS, COUNT), np.float32)).shape == (0, 3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"labels": None}, "lacks labels, so it is no exercise classifier"),
        ({"feature_version": "999"}, "made for feature version 999"),
        ({"rate_hz": "fast"}, "'rate_hz' in its metadata is 'fast', not a number"),
        ({"rate_hz": "nan"}, "outside"),
        ({"reject_below": "1.5"}, "outside 0"),
        ({"card": "[1]"}, "no JSON object"),
        ({"card": "{"}, "no JSON"),
        ({"kind": "sounds"}, "known are windows and pixels"),
        ({"labels": "squat,squat,idle"}, "all different"),
        ({"window_s": "3.2"}, "its only input must be windows"),
        ({"labels": "squat,idle"}, "its output must be probabilities"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_line(tmp_path, changes, told):
    path = saved(tmp_path / "model.onnx", **changes)
    with pytest.raises(ModelError, match=told) as raised:
        read_classifier(path)
    assert "model.onnx" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_features_are_refused(tmp_path):
    with pytest.raises(ModelError, match="its only input must be windows"):
        read_classifier(saved(tmp_path / "model.onnx", network(columns=COUNT - 1)))
    with pytest.raises(ModelError, match="its only input must be windows"):
        read_classifier(saved(tmp_path / "model.onnx", network(name="features")))


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x09"], ids=["empty", "text", "no graph"])
def test_what_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="no readable ONNX file"):
        read_classifier(path)
    with pytest.raises(ModelError, match="no such classifier file"):
        read_classifier(tmp_path / "nothing.onnx")


def test_a_threshold_is_replaced_and_the_rest_stays(tmp_path):
    path = saved(tmp_path / "model.onnx")
    set_threshold(path, 0.731)
    model, info = read_classifier(path)
    assert info.reject_below == pytest.approx(0.731)
    assert metadata_of(model) == METADATA | {"reject_below": "0.731"}


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(OutputError, match=r"folder\.onnx"):
        saved(tmp_path / "folder.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.onnx"]


def test_pictures_have_a_side(tmp_path):
    metadata = {key: METADATA[key] for key in ("labels", "reject_below", "model", "card")} | {"kind": "pixels"}
    with pytest.raises(ModelError, match="lacks side_px"):
        check_metadata(metadata, "model.onnx")
    assert check_metadata(metadata | {"side_px": "96"}, "model.onnx").input_shape == (3, 96, 96)


def test_cost_is_measured(tmp_path):
    cost = measured_cost(saved(tmp_path / "model.onnx"))
    assert cost.parameters == 3 * COUNT
    assert cost.size_bytes == (tmp_path / "model.onnx").stat().st_size
    assert cost.batch_ms > 0
    assert 0 < cost.alone_ms < 100
