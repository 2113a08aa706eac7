"""Right and wrong: accuracy, precision, recall and F1 with intervals over groups, the confusion matrix, breakdowns.

A macro figure is the mean over the classes that occur in the truth; a class that is never answered has precision 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.classes import CLASSES
from training.evaluation.predictions import IS_EXERCISE, Flags, Floats, Numbers, Predictions, majority, smoothed
from training.scoring.intervals import Figure, figure_of_mean, figure_of_sums, sums_by_cluster

PASTS_S = (1, 2, 3, 4)
NONE = len(CLASSES)
"""Stands for "no exercise" where classes are numbers; ``CLASSES`` and this are the rows of a confusion matrix."""
NONE_NAME = "none"


@dataclass(frozen=True, slots=True)
class Scores:
    """How often a decision was right."""

    accuracy: Figure
    precision: Figure
    recall: Figure
    f1: Figure
    exercise_f1: Figure
    """Macro-F1 over the exercises alone; idle people taken for training still cost precision."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class."""

    name: str
    precision: float
    recall: float
    f1: float
    windows: int
    groups: int


def decided_classes(predictions: Predictions) -> Numbers:
    """The likeliest class of each window (N,)."""
    return np.asarray(predictions.probabilities.argmax(1), np.int64)


def scores(predictions: Predictions, decided: Numbers, truths: Numbers | None = None) -> Scores:
    """Lay decisions (N,) beside the truth: that of the predictions, or ``truths``."""
    truths = predictions.truths if truths is None else truths
    size = NONE + 1
    hits = np.zeros((len(truths), 3, size))
    rows = np.arange(len(truths))
    hits[rows, 0, truths] = truths == decided
    hits[rows, 1, decided] = 1
    hits[rows, 2, truths] = 1
    groups = predictions.groups.tolist()
    sums = sums_by_cluster(hits.reshape(len(truths), -1), groups) if len(truths) else np.zeros((0, 3 * size))

    def figure(measure: int, only: Flags | None = None) -> Figure:
        return figure_of_sums(sums, lambda parts: _macro(parts, size, only)[..., measure], len(truths))

    exercises = np.append(IS_EXERCISE, False)
    accuracy = figure_of_mean((truths == decided).astype(np.float64), groups) if len(truths) else figure(0)
    return Scores(accuracy, figure(0), figure(1), figure(2), figure(2, exercises))


def by_recording(predictions: Predictions) -> Scores:
    """The same of whole recordings: the majority of the smoothed decisions about a person's windows of one class."""
    steady = smoothed(predictions)
    recordings, decided = majority(steady, decided_classes(steady))
    return scores(recordings, decided)


def among_exercises(predictions: Predictions) -> Scores:
    """The same of the recordings that show an exercise: which one it is, where it is known that somebody trains."""
    steady = smoothed(predictions.take(IS_EXERCISE[predictions.truths]))
    recordings, decided = majority(steady, decided_classes(steady))
    return scores(recordings, decided)


def class_scores(predictions: Predictions, decided: Numbers) -> list[ClassScore]:
    """Precision, recall and F1 of each class that occurs in the truth, in order of ``CLASSES``."""
    matrix = confusion(predictions.truths, decided)
    result = []
    for number in np.flatnonzero(matrix.sum(1)):
        right, answered, true = matrix[number, number], matrix[:, number].sum(), matrix[number].sum()
        here = predictions.truths == number
        result.append(
            ClassScore(
                name=CLASSES[number] if number < NONE else NONE_NAME,
                precision=float(right / answered) if answered else 0.0,
                recall=float(right / true),
                f1=float(2 * right / (answered + true)),
                windows=int(true),
                groups=len(np.unique(predictions.groups[here])),
            )
        )
    return result


def confusion(truths: Numbers, decided: Numbers) -> NDArray[np.int64]:
    """How often each class (row) was decided to be each class (column): (classes + 1, classes + 1), "none" last."""
    matrix = np.zeros((NONE + 1, NONE + 1), np.int64)
    np.add.at(matrix, (truths, decided), 1)
    return matrix


def by_view(predictions: Predictions, decided: Numbers) -> Mapping[str, Scores]:
    """The scores of each view that the data name."""
    views = [view for view in np.unique(predictions.views).tolist() if view]
    return {view: _part(predictions, decided, predictions.views == view) for view in views}


def by_past(predictions: Predictions, decided: Numbers) -> Mapping[int, Scores]:
    """The scores of windows that end a whole number of seconds (within half a one) after the start of a set."""
    in_set = IS_EXERCISE[predictions.truths]
    pasts = {past: in_set & (np.abs(predictions.since_s - past) <= 0.5) for past in PASTS_S}
    return {past: _part(predictions, decided, rows) for past, rows in pasts.items() if rows.any()}


def without_names_for_nothing(truths: Numbers) -> Numbers:
    """Truths with all ways of doing no exercise as one: what is asked of a decision that may say "none"."""
    return np.where(IS_EXERCISE[truths], truths, NONE)


def _part(predictions: Predictions, decided: Numbers, rows: Flags) -> Scores:
    return scores(predictions.take(rows), decided[rows])


def _macro(parts: Floats, size: int, only: Flags | None) -> Floats:
    """Sums (..., 3 * size) of right, answered and true to (..., 3): macro precision, recall and F1."""
    right, answered, true = np.moveaxis(parts.reshape(*parts.shape[:-1], 3, size), -2, 0)
    present = true > 0 if only is None else (true > 0) & only
    count = present.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = [
            np.where(answered > 0, right / np.maximum(answered, 1), 0.0),
            right / np.maximum(true, 1),
            2 * right / np.maximum(answered + true, 1),
        ]
        return np.stack([np.where(present, values, 0.0).sum(-1) / count for values in each], -1)
