"""The TFLite reader: what it reads, and that a damaged file is a ModelError and nothing else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tflite_writer import VALID, TfliteWriter

from core.errors import ModelError
from workers.models.convert import translate
from workers.models.tflite import Op, read_tflite


def small_file(sparse=True):
    writer = TfliteWriter()
    picture = writer.value(1, 4, 4, 8)
    weights = np.zeros((2, 1, 1, 8), np.float16)
    weights[0, 0, 0, 3], weights[1, 0, 0, 7] = 1.5, -2
    stored = writer.constant(weights, sparse=sparse)
    dense, unpacked = writer.value(2, 1, 1, 8, dtype="float16"), writer.value(2, 1, 1, 8)
    writer.operator("DENSIFY", [stored], [dense])
    writer.operator("DEQUANTIZE", [dense], [unpacked])
    result = writer.value(1, 4, 4, 2)
    bias = writer.constant(np.zeros(2, np.float32))
    writer.operator("CONV_2D", [picture, unpacked, bias], [result], padding=VALID, stride_w=1, stride_h=2, activation=3)
    return writer.finish([picture], [result]), weights, stored


def test_reads_tensors_operators_and_options():
    file, weights, stored = small_file()
    graph = read_tflite(file)
    assert [operator.op for operator in graph.operators] == [Op.DENSIFY, Op.DEQUANTIZE, Op.CONV_2D]
    assert graph.operators[2].options == {
        "padding": VALID,
        "stride_w": 1,
        "stride_h": 2,
        "activation": 3,
        "dilation_w": 1,
        "dilation_h": 1,
    }
    assert graph.tensors[graph.inputs[0]].shape == (1, 4, 4, 8)
    assert graph.tensors[graph.inputs[0]].data is None
    assert graph.tensors[stored].name == f"tensor{stored}"
    assert graph.tensors[stored].data.dtype == np.float16
    np.testing.assert_array_equal(graph.tensors[stored].data, weights)


@pytest.mark.parametrize("content", [b"", b"abc", b"\0" * 100, b"PK\x03\x04" * 40, b"\xff" * 64])
def test_other_files_are_refused(content):
    with pytest.raises(ModelError, match="not a TFLite file"):
        read_tflite(content)


def test_other_schema_version_is_refused():
    writer = TfliteWriter()
    picture, result = writer.value(1, 2), writer.value(1, 2)
    writer.operator("RELU", [picture], [result])
    with pytest.raises(ModelError, match="schema version 4"):
        read_tflite(writer.finish([picture], [result], version=4))


def test_unknown_operator_is_named_by_its_number():
    writer = TfliteWriter()
    picture, result = writer.value(1, 2), writer.value(1, 2)
    writer.operator("TANH", [picture], [result])
    with pytest.raises(ModelError, match="operator number 28"):
        read_tflite(writer.finish([picture], [result]))


def read_and_convert(content):
    graph = read_tflite(content)
    translate(graph, dict.fromkeys(graph.outputs, "out"), {})


def complaint_about(content):
    """The message of the ModelError, empty when the file can be converted; any other exception fails the test."""
    try:
        read_and_convert(content)
    except ModelError as error:
        return str(error)
    return ""


@given(cut=st.integers(0, 2000))
def test_a_file_cut_short_is_refused(cut):
    file, _, _ = small_file()
    with pytest.raises(ModelError):
        read_and_convert(file[: cut % (len(file) - 64)])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(changes):
    file, _, _ = small_file()
    damaged = bytearray(file)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    complaint = complaint_about(bytes(damaged))
    assert "\n" not in complaint
