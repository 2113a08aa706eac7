"""What a classifier said of windows, beside what is true of them.

Pure arrays: asks no model itself, reads no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from training.classes import CLASSES, EXERCISES, class_numbers
from training.dataset.landmarks import Track
from training.windows import WindowSet

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SMOOTHING_S = 0.6
"""Time constant of the smoothing. Shorter lets single windows flicker, longer delays the next exercise."""
IS_EXERCISE: Flags = np.array([name in EXERCISES for name in CLASSES])
"""(classes,): which classes are exercises; the others are ways of doing none."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Windows with what a model said of each; all arrays have a row for each window."""

    probabilities: Floats
    """(N, classes): of each of ``CLASSES``; a class that the model does not know has 0."""
    truths: Numbers
    """(N,): positions in ``CLASSES``."""
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    people: Numbers
    views: NDArray[np.str_]
    ends_s: Floats
    since_s: Floats
    """(N,): how long the person had been doing this, as far as the recording shows."""
    synthetic: Flags
    mixed: Flags
    """(N,): the last second shows more than one class."""
    folds: Numbers
    """(N,): which of the models of a cross-validation answered; 0 where there is one model."""

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.truths)

    def take(self, which: Numbers | Flags) -> "Predictions":
        """Some of the windows, by positions or flags."""
        return replace(self, **{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def saying(self, probabilities: Floats) -> "Predictions":
        """The same windows with other answers."""
        return replace(self, probabilities=probabilities)

    def recordings(self) -> tuple[Numbers, Numbers]:
        """Number the person's stretches of one class in one recording: (N,) of each window, (R,) a window of each."""
        rows = zip(self.sources.tolist(), self.people.tolist(), self.truths.tolist(), strict=True)
        numbers: dict[tuple[str, int, int], int] = {}
        found = np.array([numbers.setdefault(row, len(numbers)) for row in rows], np.int64)
        return found, np.unique(found, return_index=True)[1].astype(np.int64)


def predictions_of(
    windows: WindowSet, probabilities: NDArray[np.float32], since_s: Floats, fold: int = 0
) -> Predictions:
    """Put answers (N, classes), in the order of ``CLASSES``, beside the windows they are answers to."""
    return Predictions(
        probabilities=np.asarray(probabilities, np.float64),
        truths=windows.labels,
        groups=windows.groups,
        sources=windows.sources,
        people=windows.people,
        views=windows.views,
        ends_s=windows.ends_s,
        since_s=since_s,
        synthetic=windows.synthetic,
        mixed=windows.mixed,
        folds=np.full(len(windows), fold, np.int64),
    )


def joined(parts: Sequence[Predictions]) -> Predictions:
    """All windows of several predictions; at least one."""
    return Predictions(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Predictions)}
    )


def in_order_of_classes(probabilities: NDArray[np.float32], labels: Sequence[str], name: str) -> NDArray[np.float32]:
    """Answers (N, labels) of a model called ``name`` as (N, classes); raises ModelError for a label that is none."""
    unknown = [label for label in labels if label not in CLASSES]
    if unknown:
        raise ModelError(f"{name}: knows {', '.join(unknown)}, which no data set is labelled with; train it again")
    result = np.zeros((len(probabilities), len(CLASSES)), np.float32)
    result[:, [CLASSES.index(label) for label in labels]] = probabilities
    return result


def seconds_since_change(track: Track, ends_s: Floats) -> Floats:
    """How long a track has had the class it has at some of its times: (K,) seconds, from its first frame on at most."""
    classes = np.array(class_numbers(track.labels), np.int64)
    changed = np.concatenate([[True], classes[1:] != classes[:-1]])
    began = np.maximum.accumulate(np.where(changed, np.arange(len(classes)), 0))
    frames = np.clip(np.searchsorted(track.times, ends_s - 1e-6), 0, len(track) - 1)
    return np.asarray(ends_s - track.times[began[frames]])


def smoothed(predictions: Predictions) -> Predictions:
    """The same windows with each person's answers smoothed in order of time, never by what comes later."""
    result = predictions.probabilities.copy()
    for rows in tracks_in_order(predictions):
        gaps_s = np.diff(predictions.ends_s[rows], prepend=-np.inf)
        state = result[rows[0]]
        for row, gap_s in zip(rows.tolist(), gaps_s.tolist(), strict=True):
            state = state + (1 - np.exp(-gap_s / SMOOTHING_S)) * (result[row] - state)
            result[row] = state
    return predictions.saying(result)


def tracks_in_order(predictions: Predictions) -> list[Numbers]:
    """The windows of each person of each recording, in order of time."""
    people: dict[tuple[str, int], list[int]] = {}
    keys = zip(predictions.sources.tolist(), predictions.people.tolist(), strict=True)
    for row, key in enumerate(keys):
        people.setdefault(key, []).append(row)
    found = [np.array(rows, np.int64) for rows in people.values()]
    return [rows[np.argsort(predictions.ends_s[rows], kind="stable")] for rows in found]


def majority(predictions: Predictions, decided: Numbers) -> tuple[Predictions, Numbers]:
    """A row for each recording, and the class that most of its windows were decided to be: ties go to the likelier.

    ``decided`` (N,): positions in ``CLASSES``, or one more for "none of them".
    """
    numbers, firsts = predictions.recordings()
    size = len(CLASSES) + 1
    votes = np.zeros((len(firsts), size))
    np.add.at(votes, (numbers, decided), 1.0)
    means = np.zeros((len(firsts), len(CLASSES)))
    np.add.at(means, numbers, predictions.probabilities)
    means /= np.maximum(votes.sum(1, keepdims=True), 1.0)
    votes[:, :-1] += 0.5 * means
    return predictions.take(firsts).saying(means), votes.argmax(1).astype(np.int64)
