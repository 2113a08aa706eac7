"""Whether a probability of 0.8 is right eight times in ten, and the temperature that makes it so.

Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017 (expected calibration error, temperature).
"""

from dataclasses import dataclass

import numpy as np

from training.evaluation.predictions import Floats, Numbers, Predictions

BINS = 15
_LEAST, _MOST = 0.05, 20.0
# Keeps the logarithm of a class that a model does not know finite.
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """How confidence and being right go together."""

    error: float
    """Expected calibration error: mean distance of confidence and share that is right, weighted by windows."""
    confidence: Floats
    """(bins,): mean confidence; NaN where a bin is empty."""
    right: Floats
    """(bins,): share that was right; NaN where a bin is empty."""
    windows: Numbers


def calibration(predictions: Predictions) -> Calibration:
    """Measure the likeliest class of each window, in ``BINS`` bins of equal width."""
    confidence = predictions.probabilities.max(1)
    right = (predictions.probabilities.argmax(1) == predictions.truths).astype(np.float64)
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    windows = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(bins, confidence, BINS) / windows
        mean_right = np.bincount(bins, right, BINS) / windows
    gaps = np.where(windows > 0, np.abs(mean_confidence - mean_right), 0.0)
    error = float(gaps @ windows / len(predictions)) if len(predictions) else float("nan")
    return Calibration(error, mean_confidence, mean_right, windows.astype(np.int64))


def fitted_temperature(predictions: Predictions) -> float:
    """The temperature that makes these windows' truths likeliest; above 1 the model was too sure of itself."""
    from scipy.optimize import minimize_scalar

    if not len(predictions):
        return 1.0

    def surprise(logarithm: float) -> float:
        cooled = with_temperature(predictions.probabilities, float(np.exp(logarithm)))
        return float(-np.log(cooled[np.arange(len(cooled)), predictions.truths] + _TINY).mean())

    found = minimize_scalar(surprise, bounds=(np.log(_LEAST), np.log(_MOST)), method="bounded")
    return float(np.exp(found.x))


def with_temperature(probabilities: Floats, temperature: Floats | float) -> Floats:
    """Probabilities (N, classes) as if the logits had been divided by a temperature, or by one for each row (N, 1)."""
    logits = np.log(probabilities + _TINY) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))
