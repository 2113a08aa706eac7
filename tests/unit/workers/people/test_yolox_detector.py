import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from workers.people.detection import Window
from workers.people.yolox_detector import (
    BORDER_GREY,
    CELLS,
    SIDE_PX,
    VALUES,
    YoloxDetector,
    decode,
    letterbox,
    regions_of_box,
    suppress,
)


def cell(column, row, stride):
    """Index of a cell in the network's output."""
    before = {8: 0, 16: 52 * 52, 32: 52 * 52 + 26 * 26}[stride]
    return before + row * (SIDE_PX // stride) + column


def raw_person(raw, column, row, stride, width, height, score=0.9):
    raw[cell(column, row, stride), :6] = [0.5, 0.5, math.log(width / stride), math.log(height / stride), score, 1.0]


def test_boxes_come_out_of_the_grid_where_they_are():
    raw = np.zeros((CELLS, VALUES), np.float32)
    raw_person(raw, 10, 20, 8, 30, 80)
    raw_person(raw, 3, 5, 32, 100, 200, score=0.5)
    raw[cell(1, 1, 16), 4:7] = [1.0, 0.0, 1.0]
    boxes, scores = decode(raw, 0.35)
    assert boxes[0] == pytest.approx([84 - 15, 164 - 40, 84 + 15, 164 + 40], abs=1e-3)
    assert boxes[1] == pytest.approx([112 - 50, 176 - 100, 112 + 50, 176 + 100], abs=1e-3)
    assert scores == pytest.approx([0.9, 0.5])


def test_the_letterbox_keeps_the_shape_and_fills_with_grey():
    pixels = np.zeros((360, 640, 3), np.uint8)
    pixels[..., 0] = 200
    picture, scale, origin = letterbox(pixels, Window(0, 0, 640, 360))
    assert picture.shape == (1, 3, SIDE_PX, SIDE_PX)
    assert scale == pytest.approx(SIDE_PX / 640)
    assert origin == (0, 0)
    assert (picture[0, :, -1, -1] == BORDER_GREY).all()
    assert picture[0, :, 100, 100].tolist() == [200, 0, 0]


def test_a_window_is_cut_out_where_it_lies_even_at_the_edge():
    pixels = np.zeros((360, 640, 3), np.uint8)
    pixels[300:, 600:] = 255
    picture, scale, origin = letterbox(pixels, Window(590.0, 290.0, 640.0, 360.0))
    assert origin == (590, 290)
    assert scale == pytest.approx(SIDE_PX / 70)
    assert picture[0, 0, 100, 100] == 255


def test_overlapping_boxes_are_one_person_and_neighbours_are_two():
    boxes = np.array([[0, 0, 50, 170], [3, 2, 52, 172], [25, 0, 75, 170]], np.float32)
    assert suppress(boxes, np.array([0.6, 0.9, 0.5], np.float32)) == [1, 2]
    assert suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32)) == []


def test_an_upright_box_gives_one_region_and_a_lying_one_three():
    upright = regions_of_box(np.array([100, 100, 160, 270], np.float32), 0.8)
    assert [d.region.rotation for d in upright] == [0.0]
    assert upright[0].region.size > 170
    lying = regions_of_box(np.array([100, 100, 270, 160], np.float32), 0.8)
    assert sorted(d.region.rotation for d in lying) == pytest.approx([-math.pi / 2, 0.0, math.pi / 2])
    assert {(d.region.x, d.region.y) for d in lying} == {(185.0, 130.0)}


@pytest.fixture
def constant_yolox(tmp_path: Path) -> Path:
    """A real ONNX file of YOLOX's shapes that sees one person, whatever the picture."""
    raw = np.zeros((1, CELLS, VALUES), np.float32)
    raw_person(raw[0], 13, 13, 16, 60, 160)
    zero = numpy_helper.from_array(np.float32(0).reshape(1, 1, 1), "zero")
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["mean3"]),
        helper.make_node("Mul", ["mean3", "zero"], ["nothing"]),
        helper.make_node("Add", ["raw", "nothing"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, CELLS, VALUES])],
        [zero, numpy_helper.from_array(raw, "raw"), numpy_helper.from_array(np.array([1, 1, 1]), "shape")],
    )
    path = tmp_path / "constant.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def test_the_detector_gives_regions_in_frame_pixels(constant_yolox):
    detector = YoloxDetector(constant_yolox)
    pixels = np.zeros((1080, 1920, 3), np.uint8)
    found = detector.detect(pixels, [Window(1000.0, 200.0, 1832.0, 1032.0)])
    assert len(found) == 1
    assert found[0].region.x == pytest.approx(1000 + 2 * 216, abs=1)
    assert found[0].region.y == pytest.approx(200 + 2 * 216, abs=1)
    assert found[0].score == pytest.approx(0.9)
    assert detector.detect(pixels, []) == []
    detector.close()


def test_another_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="there is no model file"):
        YoloxDetector(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ModelError, match="cannot be opened"):
        YoloxDetector(tmp_path / "text.onnx")
