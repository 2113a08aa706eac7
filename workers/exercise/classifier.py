"""The temporal classifier: an ONNX file that names what the last seconds of features show.

The file's metadata says what it is, so that a wrong file is refused with a reason instead of giving wrong names:

- ``labels``: names separated by commas, in the order of the output; names that are no exercise count as none of them
- ``window_s`` and ``rate_hz``: how much of the past it looks at, and at how many even steps a second
- ``feature_version``: must be the FEATURE_VERSION of features.py

Input ``features`` (N, window_s * rate_hz, COUNT) float32; output ``probabilities`` (N, labels) float32.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from workers.exercise.features import COUNT, FEATURE_VERSION
from workers.exercise.history import History

# How often the classifier is asked; exercises do not change faster.
_ASK_EVERY_S = 0.5
_FLOATS = "tensor(float)"


class TemporalClassifier(Protocol):
    """Probabilities of labels for windows of features."""

    labels: tuple[str, ...]
    window_s: float

    def probabilities(self, times: NDArray[np.float64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (labels,) float32 for features (N, COUNT) at ``times`` (N,) seconds, N >= 2."""
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
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # ONNX Runtime raises classes of its own that share no base but Exception.
            raise ModelError(f"{path}: not an ONNX file that ONNX Runtime can run; train or export it again") from error
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.labels = tuple(label.strip() for label in _entry(metadata, "labels", path).split(","))
        self.window_s = _number(metadata, "window_s", path)
        self._rate_hz = _number(metadata, "rate_hz", path)
        version = _entry(metadata, "feature_version", path)
        if version != str(FEATURE_VERSION):
            raise ModelError(
                f"{path}: made for feature version {version}, this is version {FEATURE_VERSION}; train it again"
            )
        self._steps = round(self.window_s * self._rate_hz)
        self._check_shapes(path)

    def probabilities(self, times: NDArray[np.float64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (labels,) float32 for features (N, COUNT) at ``times`` (N,) seconds, N >= 2."""
        wanted = times[-1] - np.arange(self._steps - 1, -1, -1) / self._rate_hz
        # The frame at each step or the next one after it; before the first frame there is only the first.
        rows = np.clip(np.searchsorted(times, wanted), 0, len(times) - 1)
        window = features[rows][np.newaxis]
        result: NDArray[np.float32] = self._session.run(["probabilities"], {"features": window})[0][0]
        return result

    def _check_shapes(self, path: Path) -> None:
        inputs = {node.name: (node.type, node.shape[1:]) for node in self._session.get_inputs()}
        outputs = {node.name: (node.type, node.shape[1:]) for node in self._session.get_outputs()}
        if inputs != {"features": (_FLOATS, [self._steps, COUNT])}:
            raise ModelError(
                f"{path}: its only input must be features (N, {self._steps}, {COUNT}) float32; export it again"
            )
        if outputs.get("probabilities") != (_FLOATS, [len(self.labels)]):
            raise ModelError(
                f"{path}: its output must be probabilities (N, {len(self.labels)}) float32; export it again"
            )


class Opinion:
    """What the classifier thought of one person over time."""

    def __init__(self, classifier: TemporalClassifier) -> None:
        """``classifier`` may be shared."""
        self._classifier = classifier
        self._asked: list[tuple[float, NDArray[np.float32]]] = []

    def update(self, history: History) -> None:
        """Ask the classifier, now and then, about the last seconds."""
        now_s = float(history.times[-1])
        if self._asked and now_s - self._asked[-1][0] < _ASK_EVERY_S:
            return
        times, features = history.slice(now_s - self._classifier.window_s, now_s)
        if len(times) >= 2:
            self._asked.append((now_s, self._classifier.probabilities(times, features)))

    def forget_before(self, time_s: float) -> None:
        """Drop what was thought before ``time_s``."""
        self._asked = [(when_s, probabilities) for when_s, probabilities in self._asked if when_s >= time_s]

    def weight(self, exercise: str, start_s: float, end_s: float) -> float:
        """0-1: root of the mean probability of an exercise in a time; a half for one that the classifier does not know.

        The root, so that a doubtful opinion does not overrule a clear signature.
        """
        if exercise not in self._classifier.labels:
            return 0.5
        label = self._classifier.labels.index(exercise)
        asked = [probabilities[label] for time_s, probabilities in self._asked if start_s <= time_s <= end_s + 1.0]
        return float(np.sqrt(np.mean(asked))) if asked else 0.5


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
