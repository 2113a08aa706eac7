"""A classifier's ONNX file at work: one thread, batches that fit into memory.

Never reads metadata (``metadata.py`` does) and never decides.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.names import shown_name

# Larger ones are no faster on a processor and cost hundreds of megabytes with volumes of heat maps.
_BATCH = 256
_LEAST_RUNS, _MOST_RUNS = 5, 300


def open_session(path: Path) -> Any:  # noqa: ANN401  # onnxruntime has no types
    """An ONNX Runtime session of one thread; raises ModelError."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime raises classes of its own that share no base but Exception.
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"{shown_name(path)}: ONNX Runtime cannot run it ({reason}); export it again") from error


def probabilities(path: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the file says of each input: (N, ...) float32 to (N, labels) float32."""
    return run_session(open_session(path), inputs)


def median_ms(session: Any, inputs: NDArray[np.float32], longest_s: float = 2.0) -> float:  # noqa: ANN401
    """Median milliseconds of a call with all inputs at once; the first two, which make buffers, do not count."""
    name = session.get_inputs()[0].name
    taken: list[float] = []
    while len(taken) < _LEAST_RUNS + 2 or (len(taken) < _MOST_RUNS and sum(taken) < longest_s):
        start = time.perf_counter()
        session.run(None, {name: inputs})
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[2:])) * 1000


def run_session(session: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ANN401
    """As ``probabilities``, with a session that is open."""
    name = session.get_inputs()[0].name
    pieces = [
        session.run(None, {name: np.ascontiguousarray(inputs[start : start + _BATCH], np.float32)})[0]
        for start in range(0, len(inputs), _BATCH)
    ]
    if not pieces:
        return np.zeros((0, session.get_outputs()[0].shape[-1]), np.float32)
    return np.concatenate(pieces)
