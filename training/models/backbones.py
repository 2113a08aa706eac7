"""Networks that were trained for something else and see well, by name: where their weights are, where they are cut.

``blazepose`` (``blazepose_lite``, ``blazepose_heavy``): the landmark network that finds people's joints, which is on
this machine anyway; Apache-2.0. ``torchvision:NAME`` and ``timm:NAME``: any network of these packages whose weights are
in torch's cache or can be downloaded. A bare name is looked for in both.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import ConfigError, ModelError
from training.models.onnx_layers import OnnxLayers, nodes_between
from workers.pose.blazepose import LANDMARK_SIZE

DEFAULT = "blazepose"
_BLAZEPOSE = {"blazepose": "full", "blazepose_lite": "lite", "blazepose_heavy": "heavy"}
_PACKAGES = ("torchvision", "timm")
_IMAGENET_SIDE_PX = 224
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network cut in two: what stays as it is, and the last layers that are trained on."""

    side_px: int
    frozen: nn.Module | None
    """From crops (N, 3, side, side), 0-1 RGB; None where the cut cannot be made and ``trained`` sees the crops."""
    trained: nn.Module
    """From what ``frozen`` gives to ``features`` numbers per crop."""
    features: int
    licence: str


def open_backbone(name: str, unfreeze: int) -> Backbone:
    """A backbone whose last ``unfreeze`` layers are to be trained on.

    Raises ConfigError for a name or a package that is not there, ModelError where its weights cannot be had.
    """
    if unfreeze < 0:
        raise ConfigError(f"unfreeze {unfreeze}: give 0 (the backbone stays as it is) or more layers")
    if name in _BLAZEPOSE:
        return _blazepose(_BLAZEPOSE[name], unfreeze)
    package, _, model = name.rpartition(":")
    if package not in ("", *_PACKAGES):
        raise ConfigError(f"backbone {name}: known are blazepose, torchvision:NAME and timm:NAME")
    return _borrowed(model, (package,) if package else _PACKAGES, unfreeze)


class OnnxFrozen(nn.Module):
    """The first part of BlazePose: ONNX Runtime where numbers are asked for, torch where it is exported."""

    def __init__(self, model: onnx.ModelProto, start: str, end: str) -> None:
        super().__init__()
        self.layers = OnnxLayers(model.graph, start, end).requires_grad_(False)
        part = onnx.utils.Extractor(model).extract_model([start], [end])
        self._session = _session(part.SerializeToString())

    def forward(self, crops: Tensor) -> Tensor:
        """Features of crops (N, 3, 256, 256)."""
        return self.layers(crops)

    def numbers(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same, computed about three times as fast."""
        found: NDArray[np.float32] = self._session.run(None, {self._session.get_inputs()[0].name: crops})[0]
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> nn.Module:
        """A copy for export, which needs no session and could not copy it."""
        import copy

        return copy.deepcopy(self.layers, memo)


def _blazepose(variant: str, unfreeze: int) -> Backbone:
    from workers.models.store import pose_models

    model = onnx.shape_inference.infer_shapes(onnx.load(pose_models(variant).landmarks_without_heatmap))
    start, end = _first_tensor(model.graph), _last_map(model.graph)
    cut = _cut_before(model.graph, start, end, unfreeze)
    frozen = OnnxFrozen(model, start, cut)
    tail = OnnxLayers(model.graph, cut, end) if cut != end else nn.Identity()
    with torch.inference_mode():
        maps = tail(torch.from_numpy(frozen.numbers(np.zeros((1, 3, LANDMARK_SIZE, LANDMARK_SIZE), np.float32))))
    # A row of means over each quarter of the picture: where a limb is counts as much as that it is there.
    grid = nn.Sequential(nn.AvgPool2d(maps.shape[2] // 2), nn.Flatten())
    return Backbone(LANDMARK_SIZE, frozen, nn.Sequential(tail, grid), 4 * maps.shape[1], "BlazePose: Apache-2.0")


def _first_tensor(graph: onnx.GraphProto) -> str:
    """The picture with its channels first; the file itself takes them last."""
    for node in graph.node:
        if node.op_type == "Transpose" and node.input[0] == graph.input[0].name:
            return str(node.output[0])
    raise ModelError("the pose model takes no pictures as expected; convert it anew with: spotter models pull")


def _last_map(graph: onnx.GraphProto) -> str:
    """What the landmarks are read from by one linear layer: all that the network knows of the pose."""
    makers = {output: node for node in graph.node for output in node.output}
    name = "landmarks"
    while name in makers and makers[name].op_type != "Conv":
        name = makers[name].input[0]
    if name not in makers:
        raise ModelError("the pose model gives no landmarks as expected; convert it anew with: spotter models pull")
    return str(makers[name].input[0])


def _cut_before(graph: onnx.GraphProto, start: str, end: str, unfreeze: int) -> str:
    """The last tensor with at least so many convolutions after it that everything after it needs and nothing else."""
    nodes = nodes_between(graph, start, end)
    held = {tensor.name for tensor in graph.initializer}
    needed, after = {end}, 0
    if unfreeze == 0:
        return end
    for node in reversed(nodes):
        after += node.op_type == "Conv"
        needed -= set(node.output)
        needed |= {name for name in node.input if name not in held}
        if after >= unfreeze and len(needed) == 1 and start not in needed:
            return str(needed.pop())
    raise ConfigError(f"unfreeze {unfreeze}: BlazePose has only {after} convolutions, and the first stays as it is")


def _session(model: bytes) -> Any:  # noqa: ANN401  # onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Normalised(nn.Module):
    """A network of another package, fed with the colours that it was trained on."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).reshape(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).reshape(1, 3, 1, 1))

    def forward(self, crops: Tensor) -> Tensor:
        """(N, features)."""
        found = self.network((crops - self.mean) / self.std)
        return found if found.ndim == 2 else found.mean(dim=(2, 3))

    def train(self, mode: bool = True) -> nn.Module:
        """Layers that stay as they are keep the statistics that they were trained with, too."""
        super().train(mode)
        for module in self.modules():
            own = list(module.parameters(recurse=False))
            if own and not any(weights.requires_grad for weights in own):
                module.eval()
        return self


def _borrowed(name: str, packages: tuple[str, ...], unfreeze: int) -> Backbone:
    network, package = _network(name, packages)
    network.requires_grad_(False)
    layers = [m for m in network.modules() if list(m.parameters(recurse=False))]
    if unfreeze > len(layers):
        raise ConfigError(f"unfreeze {unfreeze}: {name} has only {len(layers)} layers with weights")
    for layer in layers[len(layers) - unfreeze :]:
        layer.requires_grad_(True)
    normalised = Normalised(network).eval()
    with torch.inference_mode():
        features = normalised(torch.zeros(1, 3, _IMAGENET_SIDE_PX, _IMAGENET_SIDE_PX)).shape[1]
    licence = f"{name} of {package}: see the licence of its weights"
    if unfreeze:
        return Backbone(_IMAGENET_SIDE_PX, None, normalised, features, licence)
    return Backbone(_IMAGENET_SIDE_PX, normalised, nn.Identity(), features, licence)


def _network(name: str, packages: tuple[str, ...]) -> tuple[nn.Module, str]:
    """A network with its weights and without its last layer, and where it is from."""
    found = {package: _imported(package) for package in packages}
    present = {package: module for package, module in found.items() if module is not None}
    if not present:
        asked = " or ".join(packages)
        raise ConfigError(f"backbone {name}: needs {asked}, which is not installed; install it or use blazepose")
    for package, module in present.items():
        if package == "torchvision" and name in module.models.list_models():
            return _headless(_pretrained(name, partial(module.models.get_model, name, weights="DEFAULT"))), package
        if package == "timm" and name in module.list_models(pretrained=True):
            return _pretrained(name, partial(module.create_model, name, pretrained=True, num_classes=0)), package
    raise ConfigError(f"backbone {name}: {' and '.join(present)} know no network of this name with weights")


def _pretrained(name: str, get: Callable[[], nn.Module]) -> nn.Module:
    try:
        return get()
    except (OSError, RuntimeError, ValueError) as error:
        # URLError, refused connections and the hub's own errors are OSErrors; half a file is a RuntimeError.
        reason = " ".join(str(error).split())[:120]
        raise ModelError(
            f"backbone {name}: its weights cannot be had ({reason}); download them where there is internet into"
            " the folder that TORCH_HOME names, or use blazepose"
        ) from error


def _headless(network: nn.Module) -> nn.Module:
    """The network without the layer that names ImageNet's classes."""
    for name in ("fc", "classifier", "head", "heads"):
        if isinstance(getattr(network, name, None), nn.Module):
            setattr(network, name, nn.Identity())
            return network
    return network


def _imported(package: str) -> Any:  # noqa: ANN401
    """The package; None where it is not installed. Raises ConfigError where it does not fit this torch."""
    try:
        return importlib.import_module(package)
    except ImportError:
        return None
    except RuntimeError as error:
        raise ConfigError(f"{package} does not fit torch {torch.__version__} ({error}); install its version") from error
