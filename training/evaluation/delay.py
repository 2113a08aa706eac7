"""How long it takes until a set that began is called by its name."""

from dataclasses import dataclass

import numpy as np

from training.evaluation.predictions import IS_EXERCISE, Flags, Floats, Numbers, Predictions, tracks_in_order
from training.scoring.intervals import Figure, figure_of_mean

WISHED_S = 2.0
_SHORTEST_SET_S = 3.0


@dataclass(frozen=True, slots=True)
class SwitchDelay:
    """Seconds from the start of a labelled set, or of the recording where that begins in a set."""

    first_s: float
    """Median until the decision is right for the first time; infinite if most never are."""
    stays_s: float
    """Median until it is right and stays so to the end of the set."""
    first_in_time: Figure
    """Share of sets that are named rightly within ``WISHED_S``."""
    stays_in_time: Figure
    """Share of sets that are, and stay so."""


def switch_delay(predictions: Predictions, decided: Numbers) -> SwitchDelay:
    """Measure over all sets of at least three seconds; ``decided`` (N,) as workers would, smoothed and rejecting."""
    first, stays, groups = set_delays(predictions, decided)
    if not len(first):
        nothing = Figure(float("nan"), float("nan"), float("nan"), 0)
        return SwitchDelay(float("nan"), float("nan"), nothing, nothing)
    return SwitchDelay(
        first_s=_median(first),
        stays_s=_median(stays),
        first_in_time=figure_of_mean((first <= WISHED_S).astype(np.float64), groups),
        stays_in_time=figure_of_mean((stays <= WISHED_S).astype(np.float64), groups),
    )


def set_delays(predictions: Predictions, decided: Numbers) -> tuple[Floats, Floats, list[str]]:
    """Seconds until first right and until right for good, infinite if never, and the group of each set."""
    first, stays, groups = [], [], []
    for track in tracks_in_order(predictions):
        truths, since_s = predictions.truths[track], predictions.since_s[track]
        starts = np.flatnonzero((np.diff(truths, prepend=-1) != 0) | (np.diff(since_s, prepend=np.inf) < 0))
        for rows in np.split(track, starts[1:]):
            since = predictions.since_s[rows]
            if not IS_EXERCISE[predictions.truths[rows[0]]] or since[-1] < _SHORTEST_SET_S:
                continue
            right = decided[rows] == predictions.truths[rows]
            first.append(_seconds(since, right))
            stays.append(_seconds(since, np.logical_and.accumulate(right[::-1])[::-1]))
            groups.append(str(predictions.groups[rows[0]]))
    return np.array(first), np.array(stays), groups


def _seconds(since_s: Floats, right: Flags) -> float:
    return float(since_s[right.argmax()]) if right.any() else float("inf")


def _median(values: Floats) -> float:
    """The median where some values are infinite."""
    return float(np.sort(values)[(len(values) - 1) // 2])
