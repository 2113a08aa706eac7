"""Registering person detectors: only files that load and have the shapes of a known family."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from workers.models.detectors import add_model, added_model, added_names


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path / "cache"))


def detector(tmp_path, side=64, cells=None, values=85, kind=TensorProto.FLOAT, name="net.onnx", fill=0.0):
    """An ONNX file with the shapes of YOLOX that gives a constant."""
    cells = cells or sum((side // stride) ** 2 for stride in (8, 16, 32))
    constant = numpy_helper.from_array(np.full((1, cells, values), fill, np.float32), "grid")
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["images"], ["as_float"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMax", ["as_float"], ["maximum"], keepdims=0),
            helper.make_node("Add", ["grid", "maximum"], ["output"]),
        ],
        "net",
        [helper.make_tensor_value_info("images", kind, [1, 3, side, side])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, cells, values])],
        [constant],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / name)
    return tmp_path / name


def test_a_yolox_is_registered_and_found_by_its_name(tmp_path):
    source = detector(tmp_path, name="My Net.v2.onnx")
    assert add_model(source) == ("my-net-v2", "yolox")
    assert added_names() == ["my-net-v2"]
    assert added_model("my-net-v2").read_bytes() == source.read_bytes()


def test_registering_the_same_file_again_changes_nothing(tmp_path):
    source = detector(tmp_path)
    assert add_model(source, "a") == add_model(source, "a")


def test_another_file_needs_another_name_or_the_users_word(tmp_path):
    add_model(detector(tmp_path), "a")
    other = detector(tmp_path, name="other.onnx", fill=1.0)
    with pytest.raises(ModelError, match="another detector is named a; choose a name with --name, or say --replace"):
        add_model(other, "a")
    add_model(other, "a", replace=True)
    assert added_model("a").read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    "shapes", [{"cells": 83}, {"values": 84}, {"kind": TensorProto.UINT8}], ids=["cells", "values", "type"]
)
def test_other_shapes_are_no_known_family(tmp_path, shapes):
    with pytest.raises(ModelError, match="no person detector of a known family"):
        add_model(detector(tmp_path, **shapes))


@pytest.mark.parametrize("content", [b"", b"garbage" * 50, b"\x08\x08\x12\x00"])
def test_what_cannot_be_loaded_is_refused(tmp_path, content):
    path = tmp_path / "x.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="no ONNX file that can be loaded"):
        add_model(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = detector(tmp_path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ModelError, match="no ONNX file that can be loaded"):
        add_model(path)


def test_missing_files_folders_and_bad_names_are_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot read"):
        add_model(tmp_path / "missing.onnx")
    with pytest.raises(ModelError, match="is a folder"):
        add_model(tmp_path)
    for name in ("../x", "", "a b", "A"):
        with pytest.raises(ModelError, match="no usable name"):
            add_model(detector(tmp_path), name)


def test_an_unknown_name_says_which_there_are(tmp_path):
    with pytest.raises(
        ModelError, match="'b' is registered, only: none yet; register it with: spotter models add FILE"
    ):
        added_model("b")
    add_model(detector(tmp_path), "a")
    with pytest.raises(ModelError, match="only: a;"):
        added_model("../a")


def test_a_damaged_detector_is_not_given_out(tmp_path):
    add_model(detector(tmp_path), "a")
    path = added_model("a")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match="is damaged; register it again"):
        added_model("a")
