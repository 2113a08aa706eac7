"""Every operator of the converter against LiteRT, on small graphs; what it does not know is refused by name."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from ai_edge_litert.interpreter import Interpreter
from tflite_writer import SAME, VALID, TfliteWriter

from core.errors import ModelError
from workers.models.convert import convert, translate
from workers.models.tflite import read_tflite

RANDOM = np.random.default_rng(5)


def random(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def assert_same_as_litert(file, outputs, tolerance=2e-5):
    """Run both on three pictures, one by one in LiteRT and as one batch in ONNX Runtime."""
    interpreter = Interpreter(model_content=file, num_threads=1)
    interpreter.allocate_tensors()
    (taken,) = interpreter.get_input_details()
    pictures = random(3, *taken["shape"][1:])
    expected = []
    for picture in pictures:
        interpreter.set_tensor(taken["index"], picture[None])
        interpreter.invoke()
        expected.append([interpreter.get_tensor(given["index"]) for given in interpreter.get_output_details()])
    converted = translate(read_tflite(file), {number: f"out{number}" for number in outputs}, {})
    session = ort.InferenceSession(converted, providers=["CPUExecutionProvider"])
    for index, result in enumerate(session.run(None, {"image": pictures})):
        reference = np.concatenate([row[index] for row in expected])
        assert result.shape == reference.shape
        assert np.abs(reference).max() > 0.1
        np.testing.assert_allclose(result, reference, atol=tolerance)


CONVOLUTIONS = [
    # padding, kernel (h, w), stride, dilation, size, activation
    (SAME, (3, 3), 1, 1, (8, 8), 0),
    (SAME, (3, 3), 2, 1, (8, 8), 3),
    (SAME, (3, 3), 2, 1, (9, 7), 1),
    (SAME, (5, 5), 2, 1, (8, 10), 0),
    (SAME, (2, 2), 2, 1, (7, 7), 0),
    (SAME, (1, 1), 2, 1, (8, 8), 3),
    (SAME, (3, 3), 1, 2, (9, 9), 0),
    (VALID, (3, 3), 2, 1, (9, 8), 3),
    (VALID, (2, 4), 1, 1, (6, 6), 1),
]


@pytest.mark.parametrize(("padding", "kernel", "stride", "dilation", "size", "activation"), CONVOLUTIONS)
@pytest.mark.parametrize("depthwise", [False, True])
def test_convolution(padding, kernel, stride, dilation, size, activation, depthwise):
    writer = TfliteWriter()
    reach = [(k - 1) * dilation + 1 for k in kernel]
    shrink = [0, 0] if padding == SAME else [r - 1 for r in reach]
    after = [-(-(s - less) // stride) for s, less in zip(size, shrink, strict=True)]
    picture = writer.value(1, *size, 4)
    weights = writer.constant(random(1, *kernel, 4) if depthwise else random(6, *kernel, 4))
    bias = writer.constant(random(4 if depthwise else 6))
    result = writer.value(1, *after, 4 if depthwise else 6)
    options = {"multiplier": 1} if depthwise else {}
    writer.operator(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        [picture, weights, bias],
        [result],
        padding=padding,
        stride_w=stride,
        stride_h=stride,
        dilation_w=dilation,
        dilation_h=dilation,
        activation=activation,
        **options,
    )
    assert_same_as_litert(writer.finish([picture], [result]), [result])


def convolution(writer, source, channels_in, channels_out, after, weights=None, **options):
    """A 1x1 convolution by default, to have something in front of or behind the operator under test."""
    kernel = weights if weights is not None else writer.constant(random(channels_out, 1, 1, channels_in))
    result = writer.value(1, *after, channels_out)
    base = {"padding": VALID, "stride_w": 1, "stride_h": 1, "dilation_w": 1, "dilation_h": 1}
    writer.operator("CONV_2D", [source, kernel, writer.constant(random(channels_out))], [result], **(base | options))
    return result


def test_padding_is_taken_over_by_a_convolution_without_own_padding():
    writer = TfliteWriter()
    picture, padded = writer.value(1, 6, 6, 3), writer.value(1, 9, 10, 3)
    amounts = writer.constant(np.array([[0, 0], [1, 2], [3, 1], [0, 0]], np.int32))
    writer.operator("PAD", [picture, amounts], [padded])
    result = convolution(writer, padded, 3, 5, (7, 8), writer.constant(random(5, 3, 3, 3)))
    file = writer.finish([picture], [result])
    assert_same_as_litert(file, [result])
    nodes = [node.op_type for node in onnx.load_from_string(translate(read_tflite(file), {result: "o"}, {})).graph.node]
    assert "Pad" not in nodes


def test_padding_before_anything_else_stays():
    writer = TfliteWriter()
    picture, padded = writer.value(1, 5, 5, 3), writer.value(1, 7, 7, 3)
    writer.operator("PAD", [picture, writer.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))], [padded])
    same = convolution(writer, padded, 3, 2, (7, 7), writer.constant(random(2, 3, 3, 3)), padding=SAME)
    again = convolution(writer, padded, 3, 2, (7, 7))
    total = writer.value(1, 7, 7, 2)
    writer.operator("ADD", [same, again], [total], activation=1)
    assert_same_as_litert(writer.finish([picture], [total]), [total])


@pytest.mark.parametrize(("padding", "filter_px", "after"), [(SAME, 3, 4), (SAME, 2, 4), (VALID, 2, 3), (VALID, 3, 3)])
def test_max_pool(padding, filter_px, after):
    writer = TfliteWriter()
    picture, result = writer.value(1, 7, 7, 3), writer.value(1, after, after, 3)
    writer.operator(
        "MAX_POOL_2D",
        [picture],
        [result],
        padding=padding,
        stride_w=2,
        stride_h=2,
        filter_w=filter_px,
        filter_h=filter_px,
        activation=0,
    )
    assert_same_as_litert(writer.finish([picture], [result]), [result])


@pytest.mark.parametrize(
    ("align_corners", "half_pixel"), [(False, True), (False, False), (True, False)], ids=["half", "plain", "corners"]
)
def test_resize_bilinear(align_corners, half_pixel):
    writer = TfliteWriter()
    picture, result = writer.value(1, 5, 4, 3), writer.value(1, 10, 12, 3)
    size = writer.constant(np.array([10, 12], np.int32))
    writer.operator("RESIZE_BILINEAR", [picture, size], [result], align_corners=align_corners, half_pixel=half_pixel)
    assert_same_as_litert(writer.finish([picture], [result]), [result])


def test_depth_to_space_keeps_the_order_of_channels():
    writer = TfliteWriter()
    picture, result = writer.value(1, 3, 5, 12), writer.value(1, 6, 10, 3)
    writer.operator("DEPTH_TO_SPACE", [picture], [result], block=2)
    assert_same_as_litert(writer.finish([picture], [result]), [result])


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_concatenation_in_four_dimensions(axis):
    writer = TfliteWriter()
    picture = writer.value(1, 4, 6, 3)
    other = convolution(writer, picture, 3, 3, (4, 6))
    shape = [1, 4, 6, 3]
    shape[axis] *= 2
    result = writer.value(*shape)
    writer.operator("CONCATENATION", [picture, other], [result], axis=axis, activation=0)
    assert_same_as_litert(writer.finish([picture], [result]), [result])


def test_reshape_to_rows_and_concatenation_of_them_keep_the_order_of_pixels():
    writer = TfliteWriter()
    picture = writer.value(1, 4, 6, 4)
    first, second, joined = writer.value(1, 48, 2), writer.value(1, 48, 2), writer.value(1, 96, 2)
    other = convolution(writer, picture, 4, 4, (4, 6))
    for source, rows in ((picture, first), (other, second)):
        writer.operator("RESHAPE", [source, writer.constant(np.array([1, -1, 2], np.int32))], [rows])
    writer.operator("CONCATENATION", [first, second], [joined], axis=1, activation=0)
    assert_same_as_litert(writer.finish([picture], [joined]), [joined])


@pytest.mark.parametrize("name", ["LOGISTIC", "RELU", "RELU6"])
def test_activations_on_their_own(name):
    writer = TfliteWriter()
    picture, result = writer.value(1, 4, 4, 3), writer.value(1, 4, 4, 3)
    writer.operator(name, [picture], [result])
    assert_same_as_litert(writer.finish([picture], [result]), [result])


@pytest.mark.parametrize("sparse", [False, True])
def test_float16_constants_dense_and_sparse_are_folded(sparse):
    writer = TfliteWriter()
    picture = writer.value(1, 4, 4, 16)
    weights = random(8, 1, 1, 16).astype(np.float16)
    weights[RANDOM.random(weights.shape) < 0.8] = 0
    stored = writer.constant(weights, sparse=sparse)
    if sparse:
        dense = writer.value(8, 1, 1, 16, dtype="float16")
        writer.operator("DENSIFY", [stored], [dense])
        stored = dense
    unpacked = writer.value(8, 1, 1, 16)
    writer.operator("DEQUANTIZE", [stored], [unpacked])
    result = convolution(writer, picture, 16, 8, (4, 4), weights=unpacked)
    # LiteRT may compute with float16 weights as they are: a little more rounding.
    assert_same_as_litert(writer.finish([picture], [result]), [result], tolerance=1e-4)


def test_what_no_output_needs_is_left_out():
    writer = TfliteWriter()
    picture = writer.value(1, 4, 4, 3)
    wanted, unwanted = convolution(writer, picture, 3, 2, (4, 4)), convolution(writer, picture, 3, 9, (4, 4))
    file = writer.finish([picture], [wanted, unwanted])
    model = onnx.load_from_string(translate(read_tflite(file), {wanted: "kept"}, {"source_sha256": "abc"}))
    assert [node.op_type for node in model.graph.node].count("Conv") == 1
    assert [output.name for output in model.graph.output] == ["kept"]
    assert {entry.key: entry.value for entry in model.metadata_props} == {"source_sha256": "abc"}


def refused(writer, inputs, outputs, words):
    with pytest.raises(ModelError, match=words):
        translate(read_tflite(writer.finish(inputs, outputs)), {outputs[0]: "out"}, {})


def test_unknown_fused_activation_is_refused_by_operator():
    writer = TfliteWriter()
    picture, result = writer.value(1, 2, 2, 3), writer.value(1, 2, 2, 3)
    writer.operator("ADD", [picture, picture], [result], activation=4)
    refused(writer, [picture], [result], "ADD with fused activation number 4")


def test_padding_of_channels_is_refused():
    writer = TfliteWriter()
    picture, result = writer.value(1, 2, 2, 3), writer.value(1, 2, 2, 4)
    amounts = writer.constant(np.array([[0, 0], [0, 0], [0, 0], [0, 1]], np.int32))
    writer.operator("PAD", [picture, amounts], [result])
    refused(writer, [picture], [result], "PAD by")


def test_broken_resize_factor_is_refused():
    writer = TfliteWriter()
    picture, result = writer.value(1, 4, 4, 3), writer.value(1, 6, 6, 3)
    writer.operator("RESIZE_BILINEAR", [picture, writer.constant(np.array([6, 6], np.int32))], [result])
    refused(writer, [picture], [result], "RESIZE_BILINEAR from")


def test_operator_with_missing_inputs_is_refused_by_name():
    writer = TfliteWriter()
    picture, result = writer.value(1, 2, 2, 3), writer.value(1, 2, 2, 3)
    writer.operator("CONV_2D", [picture], [result], padding=SAME, stride_w=1, stride_h=1)
    refused(writer, [picture], [result], "CONV_2D of the TFLite file")


def test_a_model_of_another_kind_is_refused_by_its_shapes():
    writer = TfliteWriter()
    picture = writer.value(1, 8, 8, 3)
    result = convolution(writer, picture, 3, 2, (8, 8))
    with pytest.raises(ModelError, match=r"takes one picture \(1, 224, 224, 3\), this file takes \(1, 8, 8, 3\)"):
        convert(writer.finish([picture], [result]), "detector", {})


def test_a_model_with_other_outputs_is_refused():
    writer = TfliteWriter()
    picture = writer.value(1, 256, 256, 3)
    result = convolution(writer, picture, 3, 2, (256, 256))
    with pytest.raises(ModelError, match="0 outputs of shape"):
        convert(writer.finish([picture], [result]), "landmarks", {})
