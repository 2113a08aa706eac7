"""The temporal classifier: an ONNX file that names what the last seconds of a person's posture show.

The file's metadata says what it is, so that a wrong file is refused with a reason instead of giving wrong names:

- ``labels``: names separated by commas, in the order of the output; names that are no exercise count as none of them
- ``window_s`` and ``rate_hz``: how much of the past it looks at, and at how many even steps a second
- ``feature_version``: must be the POSE_FEATURE_VERSION of pose_features.py
- ``reject_below``: an exercise of a smaller probability is not named

Input ``windows`` (N, window_s * rate_hz, COUNT) float32; output ``probabilities`` (N, labels) float32.
"""

from importlib import resources
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.config_file import NO_CLASSIFIER
from core.errors import ModelError
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION, window_steps

SHIPPED = "classifier.onnx"

_FLOATS = "tensor(float)"


class TemporalClassifier(Protocol):
    """Probabilities of labels for windows of posture."""

    labels: tuple[str, ...]
    window_s: float
    rate_hz: float
    reject_below: float

    def probabilities(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, labels) float32 for windows (N, steps, COUNT) float32."""
        ...


class OnnxClassifier:
    """A temporal classifier read from an ONNX file; may be shared by all people of a process."""

    def __init__(self, path: Path) -> None:
        """Load the file; raises ModelError that says what is wrong with it."""
        import onnxruntime

        if not path.is_file():
            raise ModelError(f"{path}: no such classifier file; check its name")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # ONNX Runtime raises classes of its own that share no base but Exception.
            raise ModelError(f"{path}: not an ONNX file that ONNX Runtime can run; train or export it again") from error
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.labels = tuple(label.strip() for label in _entry(metadata, "labels", path).split(","))
        self.window_s = _number(metadata, "window_s", path)
        self.rate_hz = _number(metadata, "rate_hz", path)
        self.reject_below = _number(metadata, "reject_below", path)
        version = _entry(metadata, "feature_version", path)
        if version != str(POSE_FEATURE_VERSION):
            raise ModelError(
                f"{path}: made for feature version {version}, this is version {POSE_FEATURE_VERSION}; train it again"
            )
        self._check_shapes(path)

    def probabilities(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, labels) float32 for windows (N, steps, COUNT) float32."""
        result: NDArray[np.float32] = self._session.run(["probabilities"], {"windows": windows})[0]
        return result

    def _check_shapes(self, path: Path) -> None:
        steps = window_steps(self.window_s, self.rate_hz)
        inputs = {node.name: (node.type, node.shape[1:]) for node in self._session.get_inputs()}
        outputs = {node.name: (node.type, node.shape[1:]) for node in self._session.get_outputs()}
        if inputs != {"windows": (_FLOATS, [steps, COUNT])}:
            raise ModelError(f"{path}: its only input must be windows (N, {steps}, {COUNT}) float32; export it again")
        if outputs.get("probabilities") != (_FLOATS, [len(self.labels)]):
            raise ModelError(
                f"{path}: its output must be probabilities (N, {len(self.labels)}) float32; export it again"
            )


def open_classifier(name: str | Path | None = None) -> OnnxClassifier | None:
    """The classifier of a name: a file, ``none`` for no classifier, None for the one that is shipped.

    Raises ModelError that says what is wrong with the file.
    """
    if str(name) == NO_CLASSIFIER:
        return None
    if name is not None:
        return OnnxClassifier(Path(name))
    with resources.as_file(resources.files("workers.exercise") / SHIPPED) as file:
        return OnnxClassifier(file)


def _entry(metadata: dict[str, str], key: str, path: Path) -> str:
    if not metadata.get(key, "").strip():
        raise ModelError(f"{path}: its metadata lacks '{key}', so it is no exercise classifier; export it again")
    return metadata[key]


def _number(metadata: dict[str, str], key: str, path: Path) -> float:
    text = _entry(metadata, key, path)
    try:
        value = float(text)
    except ValueError as error:
        raise ModelError(f"{path}: '{key}' in its metadata is '{text}', not a number; export it again") from error
    if not 0.0 < value < 1000.0:
        raise ModelError(f"{path}: '{key}' in its metadata is {text}, out of range; export it again")
    return value
