"""Turns the TFLite models of BlazePose into ONNX; owns the operator translation, reads and writes no files.

The graph is kept in NCHW, the layout in which ONNX Runtime's convolutions are fastest, so weights are transposed here
once and activations only where a RESHAPE needs TFLite's NHWC order. The batch dimension becomes free. Outputs are
found by their shape and named; what does not lead to one of them (the segmentation mask: about half of the landmark
model's time) is left out. See docs/decisions/0002-own-tflite-converter.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError
from workers.models.catalogue import Kind
from workers.models.simplify import enlarge_after_pointwise
from workers.models.tflite import Activation, Array, Op, Padding, TfliteGraph, TfliteOperator, read_tflite

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

CONVERTER_VERSION = 1
"""Raised whenever the converted file changes, so that caches are converted anew."""
OPSET = 17
IR_VERSION = 8
INPUT_NAME = "image"
Attribute = int | str | list[int]
_NCHW_TO_NHWC = (0, 2, 3, 1)
_NHWC_TO_NCHW = (0, 3, 1, 2)

OUTPUT_SHAPES: dict[Kind, dict[str, tuple[int, ...]]] = {
    "detector": {"boxes": (2254, 12), "scores": (2254, 1)},
    "landmarks": {"landmarks": (195,), "presence": (1,), "heatmap": (64, 64, 39), "world": (117,)},
}
"""Outputs by kind: name -> shape without the batch dimension (BlazePose, ``tensors_to_landmarks_calculator.cc``)."""
INPUT_SIDE_PX: dict[Kind, int] = {"detector": 224, "landmarks": 256}


@dataclass(frozen=True, slots=True)
class _Padded:
    """A tensor that is still to be zero-padded, so that a convolution can take the padding over."""

    source: int
    top: int
    bottom: int
    left: int
    right: int


def input_words(kind: Kind) -> str:
    """What the input of a converted file holds, in words; stored in its metadata."""
    side, values = INPUT_SIDE_PX[kind], "-1 to 1" if kind == "detector" else "0 to 1"
    return f"{INPUT_NAME} (N, {side}, {side}, 3) float32 RGB, {values}"


def convert(tflite: bytes, kind: Kind, metadata: dict[str, str], outputs: tuple[str, ...] | None = None) -> bytes:
    """Convert one BlazePose TFLite file to a checked ONNX file.

    ``outputs`` names those of OUTPUT_SHAPES[kind] to keep, all by default; ``metadata`` is stored in the file. The
    input is ``image`` (N, side, side, 3) float32, RGB: -1 to 1 for the detector, 0 to 1 for landmarks. Taking the
    picture in NCHW instead was measured and makes no difference (the caller then pays for the transposition). Raises
    ModelError that names what is not understood.
    """
    graph = enlarge_after_pointwise(read_tflite(tflite))
    side = INPUT_SIDE_PX[kind]
    taken = [graph.tensors[number].shape for number in graph.inputs]
    if taken != [(1, side, side, 3)]:
        shapes = ", ".join(map(str, taken)) or "nothing"
        raise ModelError(f"a {kind} model takes one picture (1, {side}, {side}, 3), this file takes {shapes}")
    shapes_by_name = OUTPUT_SHAPES[kind]
    wanted = {_output_number(graph, shapes_by_name[name]): name for name in outputs or tuple(shapes_by_name)}
    return translate(graph, wanted, metadata)


def translate(graph: TfliteGraph, outputs: dict[int, str], metadata: dict[str, str]) -> bytes:
    """Translate what the given tensors need into a checked ONNX file.

    ``outputs`` gives tensor numbers their names. The input is called ``image`` and has, like the outputs, the layout
    and shape of the TFLite file, with a free batch dimension. Raises ModelError that names what is not understood.
    """
    import onnx

    if len(graph.inputs) != 1 or graph.inputs[0] < 0 or not outputs or min(outputs) < 0:
        raise ModelError(
            f"the TFLite file has {len(graph.inputs)} inputs and {len(outputs)} outputs; give another file"
        )
    model = _Builder(graph).build(outputs, metadata)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"the converted model is not valid ONNX ({reason}); give a BlazePose model") from error
    return bytes(model.SerializeToString())


def _output_number(graph: TfliteGraph, shape: tuple[int, ...]) -> int:
    """The one output of a shape, the batch dimension not counted."""
    found = [number for number in graph.outputs if graph.tensors[number].shape == (1, *shape)]
    if len(found) != 1:
        raise ModelError(f"the TFLite file has {len(found)} outputs of shape (1, *{shape}), one is expected")
    return found[0]


class _Builder:
    """Translates operators one by one into ONNX nodes over NCHW tensors."""

    def __init__(self, graph: TfliteGraph) -> None:
        self._graph = graph
        self._nodes: list[NodeProto] = []
        self._constants: dict[int, Array] = {i: t.data for i, t in enumerate(graph.tensors) if t.data is not None}
        self._initialisers: dict[str, Array] = {}
        self._padded: dict[int, _Padded] = {}
        self._emitted_padded: set[int] = set()
        self._translate: dict[Op, Callable[[TfliteOperator], None]] = {
            Op.ADD: self._add,
            Op.CONCATENATION: self._concatenation,
            Op.CONV_2D: self._convolution,
            Op.DEPTHWISE_CONV_2D: self._convolution,
            Op.DEPTH_TO_SPACE: self._depth_to_space,
            Op.DEQUANTIZE: self._dequantize,
            Op.DENSIFY: self._densify,
            Op.LOGISTIC: lambda operator: self._unary(operator, "Sigmoid"),
            Op.MAX_POOL_2D: self._max_pool,
            Op.PAD: self._pad,
            Op.RELU: lambda operator: self._unary(operator, "Relu"),
            Op.RELU6: self._relu6,
            Op.RESHAPE: self._reshape,
            Op.RESIZE_BILINEAR: self._resize,
        }

    def build(self, outputs: dict[int, str], metadata: dict[str, str]) -> "ModelProto":
        """Translate what the named outputs need and assemble the model."""
        from onnx import TensorProto, helper, numpy_helper

        source = self._graph.inputs[0]
        self._emit("Transpose", [INPUT_NAME], f"t{source}", perm=list(_NHWC_TO_NCHW))
        for operator in _needed(self._graph, set(outputs)):
            try:
                self._translate[operator.op](operator)
            except (IndexError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
                raise ModelError(
                    f"{operator.op.name} of the TFLite file is not of the form that the converter understands ({error})"
                ) from error
        for number, name in outputs.items():
            self._finish_output(number, name)

        def described(name: str, number: int) -> "ValueInfoProto":
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *self._shape(number)[1:]])

        graph = helper.make_graph(
            self._nodes,
            "blazepose",
            [described(INPUT_NAME, source)],
            [described(name, number) for number, name in outputs.items()],
            [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in self._initialisers.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "spotter"
        model.producer_version = str(CONVERTER_VERSION)
        helper.set_model_props(model, metadata)
        return model

    def _finish_output(self, number: int, name: str) -> None:
        """Give an output its name, in TFLite's order of dimensions."""
        if len(self._graph.tensors[number].shape) == 4:
            self._emit("Transpose", [self._value(number)], name, perm=list(_NCHW_TO_NHWC))
        else:
            self._emit("Identity", [self._value(number)], name)

    # --- naming and emitting

    def _shape(self, number: int) -> tuple[int, ...]:
        return self._graph.tensors[number].shape

    def _value(self, number: int) -> str:
        """ONNX name of a computed tensor; a pending padding is emitted on its own."""
        if number in self._constants:
            raise ModelError(f"{self._graph.tensors[number].name} is a constant where the converter expects a picture")
        padded = self._padded.get(number)
        if padded is not None and number not in self._emitted_padded:
            self._emitted_padded.add(number)
            pads = np.array([0, 0, padded.top, padded.left, 0, 0, padded.bottom, padded.right], np.int64)
            self._emit("Pad", [self._value(padded.source), self._initialiser(f"t{number}_pads", pads)], f"t{number}")
        return f"t{number}"

    def _constant(self, operator: TfliteOperator, index: int) -> Array:
        number = operator.inputs[index]
        if number not in self._constants:
            raise ModelError(f"{operator.op.name} with a computed input {index} is not understood")
        return self._constants[number]

    def _initialiser(self, name: str, data: Array) -> str:
        self._initialisers.setdefault(name, data)
        return name

    def _emit(self, op_type: str, inputs: list[str], output: str, **attributes: Attribute) -> None:
        from onnx import helper

        node = helper.make_node(op_type, inputs, [output], name=f"{op_type}_{output}")
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)

    def _emit_activated(
        self, operator: TfliteOperator, op_type: str, inputs: list[str], **attributes: Attribute
    ) -> None:
        """Emit a node, followed by its fused activation where there is one."""
        output = f"t{operator.outputs[0]}"
        activation = operator.options.get("activation", 0)
        if activation == Activation.NONE:
            self._emit(op_type, inputs, output, **attributes)
            return
        raw = f"{output}_raw"
        self._emit(op_type, inputs, raw, **attributes)
        if activation == Activation.RELU:
            self._emit("Relu", [raw], output)
        elif activation == Activation.RELU6:
            self._emit_relu6(raw, output)
        else:
            raise ModelError(f"{operator.op.name} with fused activation number {activation} is not understood")

    def _emit_relu6(self, source: str, output: str) -> None:
        low = self._initialiser("zero", np.array(0, np.float32))
        self._emit("Clip", [source, low, self._initialiser("six", np.array(6, np.float32))], output)

    # --- operators

    def _dequantize(self, operator: TfliteOperator) -> None:
        """Constants are stored as float16 to save space; fold them into float32."""
        data = self._constant(operator, 0)
        if data.dtype != np.float16:
            raise ModelError(f"DEQUANTIZE of {data.dtype} is not understood, only of float16; give a float model")
        self._constants[operator.outputs[0]] = data.astype(np.float32)

    def _densify(self, operator: TfliteOperator) -> None:
        """The reader has expanded sparse constants already."""
        self._constants[operator.outputs[0]] = self._constant(operator, 0)

    def _unary(self, operator: TfliteOperator, op_type: str) -> None:
        self._emit(op_type, [self._value(operator.inputs[0])], f"t{operator.outputs[0]}")

    def _relu6(self, operator: TfliteOperator) -> None:
        self._emit_relu6(self._value(operator.inputs[0]), f"t{operator.outputs[0]}")

    def _add(self, operator: TfliteOperator) -> None:
        first, second = operator.inputs
        if self._shape(first) != self._shape(second):
            raise ModelError(f"ADD of shapes {self._shape(first)} and {self._shape(second)} is not understood")
        self._emit_activated(operator, "Add", [self._value(first), self._value(second)])

    def _concatenation(self, operator: TfliteOperator) -> None:
        rank = len(self._shape(operator.outputs[0]))
        axis = operator.options["axis"] % rank
        if rank == 4:
            axis = _NHWC_TO_NCHW.index(axis)
        self._emit_activated(operator, "Concat", [self._value(i) for i in operator.inputs], axis=axis)

    def _convolution(self, operator: TfliteOperator) -> None:
        """CONV_2D (weights out, height, width, in) and DEPTHWISE_CONV_2D (1, height, width, out)."""
        source, weight_number, bias_number = operator.inputs
        weights = self._constant(operator, 1)
        bias = self._constant(operator, 2)
        channels = self._shape(source)[3]
        depthwise = operator.op == Op.DEPTHWISE_CONV_2D
        oihw = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
        kernel = (oihw.shape[2], oihw.shape[3])
        option = operator.options
        strides = (option["stride_h"], option["stride_w"])
        dilations = (option["dilation_h"], option["dilation_w"])
        padded = self._padded.get(source)
        if padded is not None and option["padding"] == Padding.VALID:
            value, pads = self._value(padded.source), [padded.top, padded.left, padded.bottom, padded.right]
        else:
            value, pads = self._value(source), self._pads(operator, kernel, strides, dilations)
        self._emit_activated(
            operator,
            "Conv",
            [
                value,
                self._initialiser(f"w{weight_number}_{'depthwise' if depthwise else 'full'}", oihw),
                self._initialiser(f"b{bias_number}", bias),
            ],
            kernel_shape=list(kernel),
            strides=list(strides),
            dilations=list(dilations),
            pads=pads,
            group=channels // oihw.shape[1],
        )

    def _pads(
        self, operator: TfliteOperator, kernel: tuple[int, int], strides: tuple[int, int], dilations: tuple[int, int]
    ) -> list[int]:
        """Top, left, bottom, right as TFLite pads: with SAME the odd pixel goes to the bottom and right."""
        if operator.options["padding"] == Padding.VALID:
            return [0, 0, 0, 0]
        if operator.options["padding"] != Padding.SAME:
            raise ModelError(f"{operator.op.name} with padding number {operator.options['padding']} is not understood")
        size = self._shape(operator.inputs[0])[1:3]
        totals = [
            max(0, (-(-size[i] // strides[i]) - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - size[i])
            for i in range(2)
        ]
        before = [total // 2 for total in totals]
        return [*before, *(total - first for total, first in zip(totals, before, strict=True))]

    def _max_pool(self, operator: TfliteOperator) -> None:
        option = operator.options
        kernel = (option["filter_h"], option["filter_w"])
        strides = (option["stride_h"], option["stride_w"])
        self._emit_activated(
            operator,
            "MaxPool",
            [self._value(operator.inputs[0])],
            kernel_shape=list(kernel),
            strides=list(strides),
            pads=self._pads(operator, kernel, strides, (1, 1)),
        )

    def _pad(self, operator: TfliteOperator) -> None:
        amounts = self._constant(operator, 1)
        if amounts.shape != (4, 2) or amounts[0].any() or amounts[3].any():
            raise ModelError(f"PAD by {amounts.tolist()} is not understood, only of height and width")
        (top, bottom), (left, right) = amounts[1].tolist(), amounts[2].tolist()
        self._padded[operator.outputs[0]] = _Padded(operator.inputs[0], top, bottom, left, right)

    def _depth_to_space(self, operator: TfliteOperator) -> None:
        self._emit(
            "DepthToSpace",
            [self._value(operator.inputs[0])],
            f"t{operator.outputs[0]}",
            blocksize=operator.options["block"],
            mode="DCR",
        )

    def _reshape(self, operator: TfliteOperator) -> None:
        """The first dimension is the batch and stays; everything else is taken from the shape of the result."""
        source, output = operator.inputs[0], operator.outputs[0]
        before, after = self._shape(source), self._shape(output)
        if before[0] != 1 or after[0] != 1 or len(after) == 4:
            raise ModelError(f"RESHAPE of {before} to {after} is not understood")
        value = self._value(source)
        if len(before) == 4 and before[1:3] != (1, 1):
            nhwc = f"t{output}_nhwc"
            self._emit("Transpose", [value], nhwc, perm=list(_NCHW_TO_NHWC))
            value = nhwc
        shape = self._initialiser(f"t{output}_shape", np.array([0, *after[1:]], np.int64))
        self._emit("Reshape", [value, shape], f"t{output}")

    def _resize(self, operator: TfliteOperator) -> None:
        before, after = self._shape(operator.inputs[0])[1:3], self._shape(operator.outputs[0])[1:3]
        scales = [after[i] / before[i] for i in range(2)]
        if any(scale != int(scale) for scale in scales):
            raise ModelError(f"RESIZE_BILINEAR from {before} to {after} is not understood, only whole factors")
        mode = "asymmetric"
        if operator.options["half_pixel"]:
            mode = "half_pixel"
        elif operator.options["align_corners"]:
            mode = "align_corners"
        factors = self._initialiser(f"t{operator.outputs[0]}_scales", np.array([1, 1, *scales], np.float32))
        self._emit(
            "Resize",
            [self._value(operator.inputs[0]), "", factors],
            f"t{operator.outputs[0]}",
            mode="linear",
            coordinate_transformation_mode=mode,
        )


def _needed(graph: TfliteGraph, outputs: set[int]) -> list[TfliteOperator]:
    """Operators that the given tensors depend on, in the order of the file."""
    wanted = set(outputs)
    kept: list[TfliteOperator] = []
    for operator in reversed(graph.operators):
        if wanted.intersection(operator.outputs):
            kept.append(operator)
            wanted.update(number for number in operator.inputs if number >= 0)
    return kept[::-1]
