"""A classifier's ONNX file in 8 bits, by ONNX Runtime's quantiser, with what it loses measured.

Both ways that ONNX Runtime knows are tried, and the one whose answers stay nearer to the original is kept, or the
faster one where they stay nearly as near: *static*
(weights and activations, ranges from calibration windows) and *dynamic* (weights; activations by each batch's range,
also for LSTM, which static leaves alone). Neither has an 8-bit GRU: its recurrent weights stay as they are.
"""

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, ModelError
from core.names import shown_name
from training.export.metadata import metadata_of, read_classifier, save_with_metadata
from training.export.session import median_ms, open_session, probabilities, run_session

if TYPE_CHECKING:
    import onnx

_CALIBRATION_WINDOWS = 512
# Numbers that are calibrated with at once: the quantiser keeps what every layer gives for them.
_BATCH_NUMBERS = 400_000
_TIMED = 8
# Windows on the edge between two classes change sides; a way that is several times faster may cost so many more.
_AS_GOOD = 0.02


@dataclass(frozen=True, slots=True)
class Quantised:
    """An 8-bit file beside the one it was made from."""

    path: Path
    method: str
    """``static`` or ``dynamic``."""
    size_bytes: int
    original_bytes: int
    batch_ms: float
    """Median milliseconds of one thread for each of eight windows at once, as of the original."""
    original_ms: float
    difference: float
    """Mean difference of a window's probability of its likeliest class."""
    agreement: float
    """Share of windows whose likeliest class is the same."""

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.path.name}: {self.method}, {self.size_bytes / 1024:.0f} KB of {self.original_bytes / 1024:.0f} KB, "
            f"{self.batch_ms:.3f} ms a window of {self.original_ms:.3f} ms, "
            f"{self.agreement:.1%} of windows answered alike, probabilities {self.difference:.4f} apart"
        )


def quantise(path: Path, target: Path, calibration: NDArray[np.float32], check: NDArray[np.float32]) -> Quantised:
    """Write the 8-bit ``target`` of a classifier.

    ``calibration`` (N, ...) float32: inputs as in training, to take ranges from; ``check``: others, to measure the loss
    on. Raises ModelError where the file is no classifier or cannot be quantised.
    """
    model, info = read_classifier(path)
    for name, given in (("calibration", calibration), ("check", check)):
        if not len(given) or given.shape[1:] != info.input_shape:
            raise ConfigError(
                f"{shown_name(path)}: the inputs for {name} are {given.shape}, not (N, {info.input_shape})"
            )
    wanted = probabilities(path, check)
    metadata = metadata_of(model)
    found: list[Quantised] = []
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="spotter-") as folder:
        prepared = _prepared(path, Path(folder))
        for method, write in _WAYS.items():
            candidate = Path(folder, f"{method}.onnx")
            try:
                with _quiet():
                    write(prepared, candidate, calibration)
                found.append(_compared(candidate, method, path, wanted, check))
            except Exception as error:  # noqa: BLE001  # the quantiser raises whatever its many passes raise
                problems.append(f"{method}: {' '.join(str(error).split())[:120]}")
        if not found:
            raise ModelError(f"{shown_name(path)}: cannot be brought to 8 bits ({'; '.join(problems)})")
        closest = max(one.agreement for one in found)
        best = min((one for one in found if one.agreement >= closest - _AS_GOOD), key=lambda one: one.batch_ms)
        import onnx

        save_with_metadata(onnx.load(best.path), target, {**metadata, "precision": f"int8 {best.method}"})
    return replace(best, path=target, size_bytes=target.stat().st_size)


def _prepared(path: Path, folder: Path) -> Path:
    """The network with its shapes inferred and its constants folded, as the quantiser wants it."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    target = folder / "prepared.onnx"
    with _quiet():
        quant_pre_process(path, target, skip_symbolic_shape=True)
    return target


def _static(source: Path, target: Path, calibration: NDArray[np.float32]) -> None:
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    quantize_static(
        source, target, _Reader(_input_name(source), calibration[:_CALIBRATION_WINDOWS]),
        quant_format=QuantFormat.QDQ, per_channel=True, weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
        calibrate_method=CalibrationMethod.MinMax,
        # Only where the time goes: inputs have columns of very different size, which 8 bits together would not hold,
        # and a softmax in 8 bits cannot say more than 0.996.
        op_types_to_quantize=["Conv", "Gemm", "MatMul"], nodes_to_exclude=_stacked_products(source),
    )  # fmt: skip


def _dynamic(source: Path, target: Path, _: NDArray[np.float32]) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source, target, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=_stacked_products(source)
    )


_WAYS: dict[str, Callable[[Path, Path, NDArray[np.float32]], None]] = {"static": _static, "dynamic": _dynamic}


class _Reader:
    """Hands the calibration windows to the quantiser, a batch at a time."""

    def __init__(self, name: str, inputs: NDArray[np.float32]) -> None:
        size = max(1, _BATCH_NUMBERS // inputs[0].size)
        self._batches = ({name: inputs[start : start + size]} for start in range(0, len(inputs), size))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Give the next batch, None at the end."""
        return next(self._batches, None)


def _compared(
    candidate: Path, method: str, original: Path, wanted: NDArray[np.float32], check: NDArray[np.float32]
) -> Quantised:
    session, timed = open_session(candidate), check[:_TIMED]
    answers = run_session(session, check)
    rows, likeliest = np.arange(len(wanted)), wanted.argmax(1)
    return Quantised(
        path=candidate,
        method=method,
        size_bytes=candidate.stat().st_size,
        original_bytes=original.stat().st_size,
        batch_ms=median_ms(session, timed, 0.3) / len(timed),
        original_ms=median_ms(open_session(original), timed, 0.3) / len(timed),
        difference=float(np.abs(answers - wanted)[rows, likeliest].mean()),
        agreement=float((answers.argmax(1) == likeliest).mean()),
    )


def _input_name(path: Path) -> str:
    return str(_loaded(path).graph.input[0].name)


def _stacked_products(path: Path) -> list[str]:
    """Products with several constant matrices at once, which ONNX Runtime has no 8-bit kernel for."""
    graph = _loaded(path).graph
    stacked = {value.name for value in graph.initializer if len(value.dims) > 2}
    return [node.name for node in graph.node if node.op_type == "MatMul" and node.input[1] in stacked]


def _loaded(path: Path) -> "onnx.ModelProto":
    import onnx

    return onnx.load(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's remarks on the root logger: that the file should be prepared, which it is."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
