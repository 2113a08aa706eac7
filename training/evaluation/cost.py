"""What a classifier's file costs: CPU time for each person, numbers held, size on disk."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.export.metadata import read_classifier
from training.export.session import median_ms, open_session

_BATCHES = (1, 8)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one file, on this machine, in one thread of ONNX Runtime."""

    alone_ms: float
    """Median milliseconds for one person."""
    batch_ms: float
    """Median milliseconds a person, eight at once."""
    size_bytes: int
    parameters: int
    """Numbers that the file holds; scales and zero points of an 8-bit one count as well."""


def measured_cost(path: Path) -> Cost:
    """Run a classifier on noise; raises ModelError."""
    import onnx

    model, info = read_classifier(path)
    session = open_session(path)
    per_person_ms = []
    for batch in _BATCHES:
        inputs = np.random.default_rng(0).uniform(0, 1, (batch, *info.input_shape)).astype(np.float32)
        per_person_ms.append(median_ms(session, inputs) / batch)
    held = sum(int(np.prod(onnx.numpy_helper.to_array(value).shape)) for value in model.graph.initializer)
    return Cost(per_person_ms[0], per_person_ms[1], path.stat().st_size, held)
