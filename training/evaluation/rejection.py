"""Saying "no exercise": people who stand about or do something else must not be counted.

A window is given an exercise where that is the likeliest class and its probability reaches a threshold. The threshold
is chosen on other people than those it is measured on.
"""

from dataclasses import dataclass

import numpy as np

from training.classes import CLASSES, IDLE, OTHER
from training.evaluation.classification import NONE
from training.evaluation.predictions import IS_EXERCISE, Floats, Numbers, Predictions, majority
from training.scoring.intervals import Figure, figure_of_mean

WISHED_FALSE_SHARE = 0.05
_STRANGERS = (CLASSES.index(IDLE), CLASSES.index(OTHER))


@dataclass(frozen=True, slots=True)
class Rejection:
    """How well people who do no exercise are left alone, at one threshold."""

    threshold: float
    rejected: Figure
    """Share of idle and other windows that got no exercise."""
    rejected_recordings: Figure
    lost: Figure
    """Share of windows of an exercise that got none."""
    lost_recordings: Figure
    auroc: float
    """Chance that a window of an exercise has a likelier exercise than an idle or other one; NaN if one is missing."""


def exercise_confidence(predictions: Predictions) -> Floats:
    """Probability of the likeliest exercise (N,), 0 where something else is likelier."""
    best = predictions.probabilities[:, IS_EXERCISE].max(1)
    return np.where(IS_EXERCISE[predictions.probabilities.argmax(1)], best, 0.0)


def decided_or_none(predictions: Predictions, thresholds: Floats | float) -> Numbers:
    """The exercise of each window, or ``NONE``; ``thresholds`` one for all or (N,)."""
    named = exercise_confidence(predictions) >= np.maximum(thresholds, 1e-9)
    return np.where(named, predictions.probabilities.argmax(1), NONE).astype(np.int64)


def chosen_threshold(predictions: Predictions, false_share: float = WISHED_FALSE_SHARE) -> float:
    """The least threshold at which no more than ``false_share`` of idle and other windows get an exercise.

    0 where there is no such window to choose by.
    """
    confidence = np.sort(exercise_confidence(predictions)[np.isin(predictions.truths, _STRANGERS)])
    allowed = int(np.floor(false_share * len(confidence)))
    if not len(confidence) or allowed >= len(confidence):
        return 0.0
    return float(np.nextafter(confidence[len(confidence) - 1 - allowed], 2.0))


def thresholds_of_other_folds(predictions: Predictions, false_share: float = WISHED_FALSE_SHARE) -> Floats:
    """For each window (N,) the threshold that the other folds of a cross-validation choose."""
    result = np.zeros(len(predictions))
    for fold in np.unique(predictions.folds):
        here = predictions.folds == fold
        result[here] = chosen_threshold(predictions.take(~here), false_share)
    return result


def rejection(predictions: Predictions, thresholds: Floats | float) -> Rejection:
    """Measure at a threshold, or at one for each window; smooth the predictions before, as a decision does."""
    decided = decided_or_none(predictions, thresholds)
    recordings, decided_recordings = majority(predictions, decided)
    strangers = np.isin(predictions.truths, _STRANGERS)
    exercises = IS_EXERCISE[predictions.truths]
    return Rejection(
        threshold=float(np.mean(thresholds)),
        rejected=_share_of_none(predictions, decided, of_exercises=False),
        rejected_recordings=_share_of_none(recordings, decided_recordings, of_exercises=False),
        lost=_share_of_none(predictions, decided, of_exercises=True),
        lost_recordings=_share_of_none(recordings, decided_recordings, of_exercises=True),
        auroc=auroc(
            predictions.probabilities[exercises][:, IS_EXERCISE].max(1),
            predictions.probabilities[strangers][:, IS_EXERCISE].max(1),
        ),
    )


def auroc(higher: Floats, lower: Floats) -> float:
    """Chance that one of ``higher`` is above one of ``lower``, ties half; NaN where one is empty."""
    from scipy.stats import rankdata

    if not len(higher) or not len(lower):
        return float("nan")
    ranks = rankdata(np.concatenate([higher, lower]))[: len(higher)]
    return float((ranks.sum() - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower)))


def _share_of_none(predictions: Predictions, decided: Numbers, *, of_exercises: bool) -> Figure:
    wanted = IS_EXERCISE[predictions.truths] if of_exercises else np.isin(predictions.truths, _STRANGERS)
    none = (decided[wanted] == NONE).astype(np.float64)
    if not len(none):
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    return figure_of_mean(none, predictions.groups[wanted].tolist())
