"""A trained network as an ONNX file: any batch size, softmax inside, what it is in its metadata, compared with PyTorch.

Imports torch when it is called. Never trains, never measures how good a network is.
"""

import copy
import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, ModelError
from core.names import shown_name
from training.export.metadata import (
    CROPS,
    LEAST_OPSET,
    PROBABILITIES,
    WINDOWS,
    check_metadata,
    save_with_metadata,
)

PARITY = 1e-4
"""Largest difference of a probability that rounding explains; more means that a layer was exported wrongly."""
PIXEL_PARITY = 5e-3
"""The same for pictures: seventy layers of BlazePose carry rounding into the fourth digit (measured: 1e-3 of 6)."""
# One that is no sample size of tracing shows a batch size that was frozen into the file.
_PARITY_BATCHES = (1, 5)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written and compared with the network it came from."""

    path: Path
    size_bytes: int
    difference: float
    """Largest difference of a probability."""


def export_onnx(module: Any, path: Path, metadata: Mapping[str, str], steps: int, columns: int) -> Exported:  # noqa: ANN401
    """Write a classifier of windows.

    ``module``: a torch module from (N, steps, columns) float32 to logits (N, labels); it is not changed. ``metadata``:
    see ``training.export.metadata``. Raises ModelError where the network cannot be exported, gives something else
    after the export, or where the metadata is not that of a classifier.
    """
    return _export(module, path, {"kind": "windows", **metadata}, WINDOWS, (steps, columns))


def export_pixels(module: Any, path: Path, metadata: Mapping[str, str], side_px: int) -> Exported:  # noqa: ANN401
    """Write a classifier of pictures: from (N, 3, side_px, side_px) float32, 0-1 RGB, to logits (N, labels)."""
    described = {"side_px": str(side_px), **metadata, "kind": "pixels"}
    return _export(module, path, described, CROPS, (3, side_px, side_px))


def largest_difference(path: Path, inputs: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """How far the probabilities of an ONNX file are from those wanted of the same inputs, at most."""
    from training.export.session import probabilities

    return float(np.abs(probabilities(path, inputs) - wanted).max())


def _export(
    module: Any,  # noqa: ANN401
    path: Path,
    metadata: Mapping[str, str],
    input_name: str,
    item_shape: tuple[int, ...],
) -> Exported:
    import onnx

    torch = imported_torch()
    info = check_metadata(metadata, shown_name(path))
    if info.input_shape != item_shape:
        raise ModelError(f"{shown_name(path)}: takes {item_shape}, but its metadata means {info.input_shape}")
    network = with_softmax(torch, module)
    buffer = io.BytesIO()
    sample = torch.zeros((2, *item_shape), dtype=torch.float32)
    try:
        with _tracing(torch):
            # The tracing exporter: torch's newer one needs one more package and gives no better file of these networks.
            torch.onnx.export(
                network, (sample,), buffer, dynamo=False, opset_version=LEAST_OPSET, input_names=[input_name],
                output_names=[PROBABILITIES], dynamic_axes={input_name: {0: "N"}, PROBABILITIES: {0: "N"}},
            )  # fmt: skip
    except (RuntimeError, torch.onnx.OnnxExporterError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{shown_name(path)}: torch cannot export this network ({reason})") from error
    save_with_metadata(onnx.load_from_string(buffer.getvalue()), path, metadata)
    difference = max(_difference(torch, network, path, batch, item_shape) for batch in _PARITY_BATCHES)
    if not difference <= (PIXEL_PARITY if info.kind == "pixels" else PARITY):
        path.unlink()
        raise ModelError(
            f"{shown_name(path)}: differs by {difference:.2g} from the network it was exported from, so it is not kept"
        )
    return Exported(path, path.stat().st_size, difference)


def imported_torch() -> Any:  # noqa: ANN401
    """Torch; raises ConfigError that says how to get it."""
    try:
        import torch
    except ImportError:
        raise ConfigError("training and exporting need PyTorch: pip install 'spotter[train]'") from None
    return torch


@contextmanager
def _tracing(torch: Any) -> Iterator[None]:  # noqa: ANN401
    """Without fused attention, which has no name in ONNX, and without remarks.

    The exporter warns of its own age and of every shape that is read while tracing, and prints what it cannot export;
    the comparison with the network tells more.
    """
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def with_softmax(torch: Any, module: Any) -> Any:  # noqa: ANN401
    """A copy on the processor, in evaluation mode, that gives probabilities."""
    return torch.nn.Sequential(copy.deepcopy(module).cpu().float(), torch.nn.Softmax(dim=-1)).eval()


def _difference(torch: Any, network: Any, path: Path, batch: int, item_shape: tuple[int, ...]) -> float:  # noqa: ANN401
    inputs = np.random.default_rng(batch).uniform(0, 1, (batch, *item_shape)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(inputs)).numpy()
    return largest_difference(path, inputs, wanted)
