"""The cheaper graph gives the same numbers, and what cannot be exchanged stays."""

import numpy as np
import onnxruntime as ort
import pytest
from tflite_writer import SAME, TfliteWriter

from workers.models.convert import translate
from workers.models.simplify import enlarge_after_pointwise
from workers.models.tflite import Op, read_tflite

RANDOM = np.random.default_rng(7)


def enlargement_and_convolution(kernel_px, activation, stride=1):
    """RESIZE_BILINEAR 5x4 to 10x12, then a convolution of 6 to 4 channels."""
    writer = TfliteWriter()
    picture, enlarged = writer.value(1, 5, 4, 6), writer.value(1, 10, 12, 6)
    result = writer.value(1, 10 // stride, 12 // stride, 4)
    size = writer.constant(np.array([10, 12], np.int32))
    writer.operator("RESIZE_BILINEAR", [picture, size], [enlarged], half_pixel=True)
    weights = writer.constant(RANDOM.normal(size=(4, kernel_px, kernel_px, 6)).astype(np.float32) * 3)
    bias = writer.constant(RANDOM.normal(size=4).astype(np.float32))
    options = {"padding": SAME, "stride_w": stride, "stride_h": stride, "dilation_w": 1, "dilation_h": 1}
    writer.operator("CONV_2D", [enlarged, weights, bias], [result], activation=activation, **options)
    return read_tflite(writer.finish([picture], [result])), result


def run(graph, output, pictures):
    session = ort.InferenceSession(translate(graph, {output: "out"}, {}), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": pictures})[0]


@pytest.mark.parametrize("activation", [0, 1, 3], ids=["linear", "relu", "relu6"])
def test_a_pointwise_convolution_moves_before_the_enlargement(activation):
    graph, result = enlargement_and_convolution(1, activation)
    cheaper = enlarge_after_pointwise(graph)
    pictures = RANDOM.normal(size=(2, 5, 4, 6)).astype(np.float32)
    expected = run(graph, result, pictures)
    assert (expected > 6).any() or activation == 3
    np.testing.assert_allclose(run(cheaper, result, pictures), expected, atol=1e-5)
    (convolution,) = [operator for operator in cheaper.operators if operator.op == Op.CONV_2D]
    assert cheaper.tensors[convolution.outputs[0]].shape == (1, 5, 4, 4)


@pytest.mark.parametrize(("kernel_px", "stride", "activation"), [(3, 1, 0), (1, 2, 0), (1, 1, 4)])
def test_other_convolutions_stay(kernel_px, stride, activation):
    graph, _ = enlargement_and_convolution(kernel_px, activation, stride)
    assert enlarge_after_pointwise(graph).operators == graph.operators
