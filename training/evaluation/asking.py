"""Asks a classifier's file about labelled tracks or crops.

Reads the file of the classifier; the data come from whoever calls. Never measures.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.names import shown_name
from training.classes import UNLABELLED, class_numbers
from training.dataset.crops import Crop
from training.dataset.landmarks import Track
from training.evaluation.cross_validation import Cut, Predictor, asked
from training.evaluation.predictions import Predictions, in_order_of_classes, tracks_in_order
from training.export.metadata import ClassifierInfo, read_classifier
from training.export.session import open_session, run_session
from training.pixel_data import as_input, resized
from training.windows import EVERY_S

_CROPS_AT_ONCE = 128


class AskedFile:
    """A classifier's file that answers."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises ModelError that says what is wrong with it."""
        self.path = path
        self.info: ClassifierInfo = read_classifier(path)[1]
        self._session = open_session(path)
        # Asked for nothing: labels that no data can have are told before minutes of reading.
        in_order_of_classes(np.zeros((0, len(self.info.labels)), np.float32), self.info.labels, shown_name(path))

    def answers(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, classes) in the order of ``CLASSES`` for inputs (N, ...) as the file takes them."""
        return in_order_of_classes(run_session(self._session, inputs), self.info.labels, shown_name(self.path))

    def about_tracks(self, tracks: Sequence[Track], every_s: float = EVERY_S) -> Predictions:
        """What it says of all windows of some tracks; raises ConfigError where there are none."""
        predictor: Predictor = self.answers
        found = asked(predictor, tracks, Cut(self.info.window_s, self.info.rate_hz, every_s))
        if found is None:
            raise ConfigError("there is nothing to ask about: no labelled frame has a second of past")
        return found

    def about_crops(self, crops: Iterable[Crop]) -> Predictions:
        """What it says of all labelled crops, which must be pictures; raises ConfigError where there are none."""
        described, answers = [], []
        for batch in _batches(crop for crop in crops if class_numbers((crop.label,))[0] != UNLABELLED):
            answers.append(self.answers(as_input([resized(crop.pixels(), self.info.side_px) for crop in batch])))
            # Without their pictures, or a large file would not fit into memory.
            described += [(c.source, c.group, c.person, c.view, c.time_s, c.label, c.synthetic) for c in batch]
        if not described:
            raise ConfigError("there is nothing to ask about: no crop has a label")
        sources, groups, people, views, times, labels, synthetic = zip(*described, strict=True)
        truths = np.array(class_numbers(labels), np.int64)
        found = Predictions(
            probabilities=np.concatenate(answers).astype(np.float64),
            truths=truths,
            groups=np.array(groups),
            sources=np.array(sources),
            people=np.array(people, np.int64),
            views=np.array(views),
            ends_s=np.array(times, np.float64),
            since_s=np.zeros(len(truths)),
            synthetic=np.array(synthetic, np.bool_),
            mixed=np.zeros(len(truths), np.bool_),
            folds=np.zeros(len(truths), np.int64),
        )
        return _with_seconds(found)


def _batches(crops: Iterable[Crop]) -> Iterator[list[Crop]]:
    waiting: list[Crop] = []
    for crop in crops:
        waiting.append(crop)
        if len(waiting) == _CROPS_AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _with_seconds(predictions: Predictions) -> Predictions:
    """The same with how long each person had been doing this, as far as the crops show."""
    for rows in tracks_in_order(predictions):
        truths, times = predictions.truths[rows], predictions.ends_s[rows]
        began = np.maximum.accumulate(np.where(np.diff(truths, prepend=-1) != 0, np.arange(len(rows)), 0))
        predictions.since_s[rows] = times - times[began]
    return predictions
