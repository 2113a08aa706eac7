"""The delay of the one-euro filter that every live track passes, put on a whole track at once.

The same arithmetic as ``workers.pose.smoothing`` with the same constants, frame by frame only where one result needs
the one before; a test holds both together.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.augment.noise import REGION_M
from training.augment.view import pixels_per_metre
from training.dataset.landmarks import Track
from workers.pose.smoothing import IMAGE_LANDMARKS, VISIBILITY_ALPHA, WORLD_LANDMARKS, OneEuroConstants


def lagged(track: Track) -> Track:
    """A track as the tracker's smoother would have given it, had it seen these landmarks."""
    if len(track) < 2:
        return track
    size_px = np.maximum(REGION_M * pixels_per_metre(track), 1.0)[:, None, None]
    landmarks = np.empty_like(track.landmarks)
    landmarks[..., :3] = smoothed(track.landmarks[..., :3], track.times, IMAGE_LANDMARKS, size_px)
    landmarks[..., 3] = _recursive(np.full(len(track), VISIBILITY_ALPHA), track.landmarks[..., 3].astype(np.float64))
    world = smoothed(track.world, track.times, WORLD_LANDMARKS, np.ones((1, 1, 1)))
    return replace(track, landmarks=landmarks, world=world.astype(np.float32))


def smoothed(
    values: NDArray[np.floating], times: NDArray[np.float64], constants: OneEuroConstants, size: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Signals (N, ...) at increasing times (N,) seconds, smoothed; ``size``: of the object, in the signals' unit."""
    raw = np.asarray(values, np.float64)
    rate_hz = np.concatenate([[1.0], 1.0 / np.maximum(np.diff(times), 1e-6)])
    shape = (len(raw),) + (1,) * (raw.ndim - 1)
    rates = rate_hz.reshape(shape)
    change = np.zeros_like(raw)
    change[1:] = np.diff(raw, axis=0)
    speed = _recursive(_alpha(np.asarray(constants.derivative_cutoff_hz), rate_hz), change * rates / size)
    follow = _alpha(constants.min_cutoff_hz + constants.beta * np.abs(speed), rates)
    return _recursive(follow, raw)


def _recursive(weights: NDArray[np.floating], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moving averages: each is the newest value with its weight and the average before with the rest."""
    gained = weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim)) * values
    kept = 1 - weights
    result = np.empty_like(values)
    result[0] = values[0]
    for now in range(1, len(values)):
        np.multiply(result[now - 1], kept[now], out=result[now])
        result[now] += gained[now]
    return result


def _alpha(cutoff_hz: NDArray[np.floating], rate_hz: NDArray[np.floating]) -> NDArray[np.float64]:
    turn = 2 * math.pi * cutoff_hz
    return np.asarray(turn / (turn + rate_hz))
