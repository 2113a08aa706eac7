"""Whether a movement looks like an exercise: its posture frame by frame, and its signature repetition by repetition.

This needs no training; a temporal classifier, where one is given, weighs it (classifier.py).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import DEGREES, INDEX
from workers.exercise.statistics import RepStatistics, unit_of

# How far outside its bounds a statistic may lie before the match is 0: about the error of BlazePose's angles (7 degrees
# from the side, up to 14 oblique) for features in degrees, and of its heights for the others.
_SOFT_DEGREES = 14.0
_SOFT_RATIO = 0.22
# What cannot be seen speaks neither for nor against an exercise, but one that is seen whole is the better answer.
_UNSEEN = 0.9


def signature_match(signature: Mapping[str, tuple[float, float]], statistics: RepStatistics) -> float:
    """How well a repetition fits a signature: the product over all bounds of 1 inside, falling to 0 outside."""
    match = 1.0
    for key, (low, high) in signature.items():
        if not statistics.sees(key):
            match *= _UNSEEN
            continue
        value = statistics.value(key)
        outside = max(low - value, value - high, 0.0)
        match *= max(0.0, 1.0 - outside / _softness(key))
        if match == 0.0:
            break
    return match


def in_posture(bounds: Mapping[str, tuple[float, float]], features: NDArray[np.float32]) -> bool:
    """Whether features (COUNT,) lie within all bounds, with the same softness as a signature's half match."""
    for feature, (low, high) in bounds.items():
        slack = _softness(feature) / 2
        if not low - slack <= float(features[INDEX[feature]]) <= high + slack:
            return False
    return True


def _softness(key: str) -> float:
    return _SOFT_DEGREES if unit_of(key.split(".", 1)[0]) == DEGREES else _SOFT_RATIO
