"""A trained network as a LiteRT (TFLite) file for phones, one person at a time, compared with the network.

Needs the converter ``litert-torch``, which brings a gigabyte of its own and is therefore an extra of its own
(docs/decisions/0010-export.md). What an ONNX file says in its metadata stands in a JSON file beside it.
"""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, ModelError, OutputError
from core.names import shown_name
from training.export.metadata import check_metadata
from training.export.onnx_export import PARITY, Exported, imported_torch, with_softmax

_COMPARED = 4


def export_litert(module: Any, path: Path, metadata: Mapping[str, str]) -> Exported:  # noqa: ANN401
    """Write ``path`` and ``path`` with ``.json`` added.

    ``module``: a torch module as ``onnx_export`` takes it; it is not changed. ``metadata``: of its ONNX file. Raises
    ConfigError without the converter, ModelError where it cannot convert the network or gives something else.
    """
    info = check_metadata(metadata, shown_name(path))
    torch = imported_torch()
    converter = _converter()
    network = with_softmax(torch, module)
    sample = torch.zeros((1, *info.input_shape), dtype=torch.float32)
    try:
        with _quiet(), torch.no_grad():
            converter.convert(network, (sample,)).export(str(path))
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None
    except Exception as error:
        # Its many passes raise what they like.
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{shown_name(path)}: litert-torch cannot convert this network ({reason})") from error
    inputs = np.random.default_rng(0).uniform(0, 1, (_COMPARED, *info.input_shape)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(inputs)).numpy()
    difference = float(np.abs(litert_probabilities(path, inputs) - wanted).max())
    if not difference <= PARITY:
        path.unlink()
        raise ModelError(f"{shown_name(path)}: differs by {difference:.2g} from the network, so it is not kept")
    described = path.with_name(f"{path.name}.json")
    described.write_text(json.dumps(dict(metadata), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Exported(path, path.stat().st_size, difference)


def litert_probabilities(path: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a LiteRT file says of each input (N, ...), asked one by one as on a phone: (N, labels)."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise ConfigError("LiteRT files are run by ai-edge-litert: pip install 'spotter[phone]'") from None

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    given, answer = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    rows = []
    for one in inputs:
        interpreter.set_tensor(given, one[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(answer)[0].copy())
    return np.stack(rows).astype(np.float32)


def _converter() -> Any:  # noqa: ANN401
    """The converter; raises ConfigError that says how to get it."""
    try:
        with _quiet():
            import litert_torch
    except ImportError:
        raise ConfigError(
            "LiteRT files are made by litert-torch, a download of 1 GB beside PyTorch: pip install 'spotter[phone]'"
        ) from None
    return litert_torch


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without its report on every pass."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
