"""A part of a network in an ONNX file as a torch module, so that its last layers can be trained on.

Knows the operators of the converted BlazePose networks and no others; see workers/models/convert.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from core.errors import ModelError

OPERATORS = ("Conv", "Clip", "Add", "MaxPool")


class OnnxLayers(nn.Module):
    """The nodes from one tensor of a graph to another; weights are parameters."""

    def __init__(self, graph: onnx.GraphProto, start: str, end: str) -> None:
        """``start`` and ``end`` name tensors of the graph; raises ModelError for operators that are not known."""
        super().__init__()
        self._start, self._end = start, end
        self._steps: list[tuple[str, tuple[str, ...], str]] = []
        self.layers = nn.ModuleDict()
        held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        for node in nodes_between(graph, start, end):
            if node.op_type not in OPERATORS:
                raise ModelError(f"a layer of kind {node.op_type} cannot be trained on; choose another backbone")
            output = node.output[0]
            self.layers[output] = _layer(node, held)
            self._steps.append((output, tuple(name for name in node.input if name not in held), output))

    def forward(self, values: Tensor) -> Tensor:
        """What ``end`` is when ``start`` is this, (N, channels, height, width) each."""
        known = {self._start: values}
        for layer, inputs, output in self._steps:
            known[output] = self.layers[layer](*(known[name] for name in inputs))
        return known[self._end]


class PaddedConv(nn.Module):
    """A convolution whose edges may have different widths."""

    def __init__(self, weight: Tensor, bias: Tensor | None, settings: dict[str, Any]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = None if bias is None else nn.Parameter(bias)
        top, left, bottom, right = settings.get("pads", (0, 0, 0, 0))
        self.even = (top, left) == (bottom, right)
        self.padding = (top, left) if self.even else (left, right, top, bottom)
        self.stride = tuple(settings.get("strides", (1, 1)))
        self.dilation = tuple(settings.get("dilations", (1, 1)))
        self.groups = int(settings.get("group", 1))

    def forward(self, values: Tensor) -> Tensor:
        """(N, channels, height, width) in and out."""
        padding: Sequence[int] = self.padding
        if not self.even:
            values, padding = nn.functional.pad(values, self.padding), (0, 0)
        return nn.functional.conv2d(
            values, self.weight, self.bias, self.stride, tuple(padding), self.dilation, self.groups
        )


class Limit(nn.Module):
    """Values between two limits."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, values: Tensor) -> Tensor:
        """The same shape."""
        return values.clamp(self.low, self.high)


class Sum(nn.Module):
    """Two ways come together."""

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        """The same shape."""
        return one + other


def nodes_between(graph: onnx.GraphProto, start: str, end: str) -> list[onnx.NodeProto]:
    """The nodes that ``end`` needs when ``start`` is given, in order."""
    wanted, found = {end}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output) and start not in node.output:
            found.append(node)
            wanted.update(name for name in node.input if name != start)
    return found[::-1]


def _layer(node: onnx.NodeProto, held: dict[str, np.ndarray]) -> nn.Module:
    settings = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
    constants = [held[name] for name in node.input if name in held]
    if node.op_type == "Conv":
        weights = [torch.from_numpy(np.array(constant, np.float32)) for constant in constants]
        return PaddedConv(weights[0], weights[1] if len(weights) > 1 else None, settings)
    if node.op_type == "Clip":
        low, high = (float(constant.item()) for constant in constants)
        return Limit(low, high)
    if node.op_type == "MaxPool":
        return nn.MaxPool2d(tuple(settings["kernel_shape"]), tuple(settings.get("strides", (1, 1))))
    return Sum()
