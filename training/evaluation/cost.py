"""What a classifier's file costs: CPU time for each person, numbers held, size on disk."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.export.metadata import read_classifier
from training.export.session import open_session

_BATCHES = (1, 8)
_LEAST_RUNS, _MOST_RUNS = 5, 300
_LONGEST_S = 2.0


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
    name = session.get_inputs()[0].name
    per_person_ms = []
    for batch in _BATCHES:
        inputs = np.random.default_rng(0).uniform(0, 1, (batch, *info.input_shape)).astype(np.float32)
        per_person_ms.append(_median_ms(partial(session.run, None, {name: inputs})) / batch)
    held = sum(int(np.prod(onnx.numpy_helper.to_array(value).shape)) for value in model.graph.initializer)
    return Cost(per_person_ms[0], per_person_ms[1], path.stat().st_size, held)


def _median_ms(run: Callable[[], object]) -> float:
    """Median time of a call; the first two, which make buffers, do not count."""
    run()
    run()
    taken: list[float] = []
    while len(taken) < _LEAST_RUNS or (len(taken) < _MOST_RUNS and sum(taken) < _LONGEST_S):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1000
